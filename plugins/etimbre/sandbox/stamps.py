"""The tax office's stand-in: the register of fee stamps. `issued -> reserved -> consumed | cancelled | expired`."""

from __future__ import annotations

import secrets
from typing import Any, Final, NamedTuple

from litestar.exceptions import HTTPException

from gateway.sandbox.authoring import SandboxContext

from .card_payments import CardPayments, centimes

VALID_SECONDS: Final = 365 * 86400
"""Assumed: a stamp that was not used is lost after a year."""


NOT_YET: Final = "payment_pending"
"""The merchant's answer that takes the money is still on its way."""


class Move(NamedTuple):
    """A step of a stamp's life: where it leads, where it may start, what it counts as."""

    to: str
    start: tuple[str, ...]
    effect: str


MOVES: Final = {
    "reserve": Move("reserved", ("issued",), "stamp_reserved"),
    "consume": Move("consumed", ("issued", "reserved"), "stamp_consumed"),
    "cancel": Move("cancelled", ("issued", "reserved"), "stamp_cancelled"),
}
OBJECTIONS: Final = {
    "reserved": "stamp_already_used",
    "consumed": "stamp_already_used",
    "cancelled": "stamp_cancelled",
    "expired": "stamp_expired",
}


class StampRegister:
    def __init__(self, context: SandboxContext, payments: CardPayments) -> None:
        self._context = context
        self._payments = payments
        self._stamps = context.table("stamps")

    def issue(self, *, client_reference: str, oid: str, amount: str, service: str) -> dict[str, Any]:
        """One more stamp at each call, whatever the reference: a blind resend shows."""
        with self._context.store.transaction():
            payment = self._payments.payment(oid)
            if payment["status"] == "authorised":
                raise HTTPException(status_code=409, detail=NOT_YET)
            if payment["status"] != "captured":
                raise HTTPException(status_code=409, detail="payment_not_captured")
            if payment["amount"] != amount:
                raise HTTPException(status_code=409, detail="amount_mismatch")
            now = self._context.clock.timestamp()
            stamp: dict[str, Any] = {
                "serial": self._new_serial(),
                "status": "issued",
                "amount": amount,
                "currency": "MAD",
                "client_reference": client_reference,
                "oid": oid,
                "service": service,
                "issued_at": now,
                "expires_at": now + VALID_SECONDS,
                "reference": "",
            }
            self._stamps.put(stamp["serial"], stamp)
            self._context.effects.record(
                "stamp", stamp["serial"], oid=oid, amount=centimes(amount), client_reference=client_reference
            )
        return stamp

    def issued_for(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._aged(stamp) for stamp in self._stamps.where(client_reference=client_reference)]

    def stamp(self, serial: str) -> dict[str, Any]:
        stamp = self._stamps.get(serial)
        if stamp is None:
            raise HTTPException(status_code=404, detail="unknown_stamp")
        return self._aged(stamp)

    def move(self, serial: str, name: str, reference: str = "") -> dict[str, Any]:
        """Take a step, once: the same step for the same reference again changes nothing."""
        step = MOVES[name]
        with self._context.store.transaction():
            stamp = self.stamp(serial)
            if stamp["status"] == step.to and stamp["reference"] in ("", reference):
                return stamp
            held_by_another = (
                stamp["status"] == "reserved" and step.to == "consumed" and stamp["reference"] != reference
            )
            if stamp["status"] not in step.start or held_by_another:
                raise HTTPException(status_code=409, detail=OBJECTIONS[stamp["status"]])
            stamp |= {"status": step.to, "reference": reference}
            self._stamps.put(serial, stamp)
            self._context.effects.record(step.effect, serial, reference=reference)
        return stamp

    def _aged(self, stamp: dict[str, Any]) -> dict[str, Any]:
        over = stamp["status"] in ("issued", "reserved") and self._context.clock.timestamp() > stamp["expires_at"]
        return stamp | {"status": "expired"} if over else stamp

    def _new_serial(self) -> str:
        while True:
            serial = f"{secrets.randbelow(10**16):016}"
            if self._stamps.get(serial) is None:
                return serial
