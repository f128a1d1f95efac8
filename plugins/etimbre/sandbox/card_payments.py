"""CMI's stand-in, the money's side: attempts, cards, pre-authorisations, captures, refunds. No I/O but through the
sandbox's context."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from time import time
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar.exceptions import HTTPException

from gateway.sandbox.authoring import SandboxContext, on_loopback

from . import callbacks
from .form_hash import hash_fits

APPROVED_CARDS: Final = frozenset({"4000000000000010", "5453010000066100"})
SECURED_CARDS: Final = frozenset({"5191630100004896"})
CVC: Final = "000"
SECURE_CODE: Final = "123"
APPROVED: Final = "00"
DECLINED: Final = "05"
MAX_ATTEMPTS: Final = 5
MERCHANT: Final = "600000001"
"""Unless the settings say otherwise."""
PREAUTH_SECONDS: Final = 600
"""A pre-authorisation that nobody captured is given back after this, by the stand-in's clock."""

ONGOING: Final = ("open", "challenged", "declined")
EXPECTED: Final = {"storetype": "3D_PAY_HOSTING", "TranType": "PreAuth", "hashAlgorithm": "ver3"}
CURRENCIES: Final = {"504": "MAD", "600": "PYG", "840": "USD", "978": "EUR"}
"""Nothing here says that a merchant takes dirhams only: he must look himself."""


_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,9})(?:\.([0-9]{2}))?")


class CardRefused(Exception):
    """The card form cannot be used as it is: `errors` by field name."""

    def __init__(self, **errors: str) -> None:
        super().__init__(*errors.values())
        self.errors = errors


class CardPayments:
    """Keeps `payments` by oid, `card_sessions` by page token, `preauths` by oid while held, `notices` to be sent."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._payments = context.table("payments")
        self._sessions = context.table("card_sessions")
        self._preauths = context.table("preauths")
        self._notices = context.table("notices")
        self._merchant = context.options.get("clientid", MERCHANT)

    # --- the payer's side ---

    def open(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Start an attempt with what the merchant's form posted. The same form again (a reload) shows the same page."""
        if fields.get("clientid") != self._merchant:
            raise HTTPException(status_code=400, detail="unknown_merchant")
        if not hash_fits(fields, self._context.secrets["store_key"]):
            raise HTTPException(status_code=400, detail="bad_hash")
        if any(fields.get(name) != value for name, value in EXPECTED.items()):
            raise HTTPException(status_code=400, detail="unsupported_transaction")
        if fields.get("currency") not in CURRENCIES:
            raise HTTPException(status_code=400, detail="unsupported_transaction")
        amount = _amount(fields.get("amount", ""))
        _check_addresses(fields)
        session_timeout = fields.get("sessiontimeout", "")
        if not re.fullmatch("[0-9]{2,4}", session_timeout) or not 30 <= int(session_timeout) <= 2700:
            raise HTTPException(status_code=400, detail="bad_session_timeout")
        oid = fields.get("oid", "")
        if not re.fullmatch("[A-Za-z0-9_-]{1,64}", oid):
            raise HTTPException(status_code=400, detail="bad_order")
        with self._context.store.transaction():
            known = self._payments.get(oid)
            if known is not None:
                if known["posted"] != dict(fields) or known["status"] not in ONGOING:
                    raise HTTPException(status_code=400, detail="order_exists")
                return known
            payment: dict[str, Any] = {
                "oid": oid,
                "token": secrets.token_urlsafe(24),
                "posted": dict(fields),
                "amount": amount,
                "status": "open",
                "attempts": 0,
                "transaction": "",
                "code": "",
                "until": time() + int(session_timeout),  # real time, as payers live in it
            }
            self._payments.put(oid, payment)
            self._sessions.put(payment["token"], {"oid": oid})
        return payment

    def session(self, token: str) -> dict[str, Any]:
        """The attempt behind a card page."""
        session = self._sessions.get(token)
        payment = session and self._payments.get(session["oid"])
        if not payment or (payment["status"] in ONGOING and time() > payment["until"]):
            raise HTTPException(status_code=400, detail="session_expired")
        return payment

    def pay(self, payment: dict[str, Any], *, pan: str, expiry: str, cvc: str) -> list[str]:
        """Ask the issuer. Changes `payment`; returns the notices to send. `CardRefused` before anything happened."""
        pan = re.sub("[ -]", "", pan)
        errors = {}
        if not _luhn(pan):
            errors["pan"] = "card_number_invalid"
        if not _unexpired(expiry):
            errors["expiry"] = "expiry_invalid"
        if not re.fullmatch("[0-9]{3}", cvc):
            errors["cvc"] = "cvc_invalid"
        if errors:
            raise CardRefused(**errors)
        if cvc != CVC or pan not in APPROVED_CARDS | SECURED_CARDS:
            return self._decline(payment, DECLINED)
        if pan in SECURED_CARDS:
            payment["status"] = "challenged"
            self._payments.put(payment["oid"], payment)
            return []
        return self._authorise(payment)

    def prove(self, payment: dict[str, Any], code: str) -> list[str]:
        """The payer's 3-D Secure code."""
        return self._authorise(payment) if code.strip() == SECURE_CODE else self._decline(payment, "")

    def give_up(self, payment: dict[str, Any]) -> list[str]:
        """The payer leaves the card page."""
        payment["attempts"] = MAX_ATTEMPTS
        return self._decline(payment, "")

    def _authorise(self, payment: dict[str, Any]) -> list[str]:
        transaction = _transaction()
        payment |= {"status": "authorised", "transaction": transaction, "code": APPROVED}
        payment["outcome"] = callbacks.approval(payment["posted"], store_key=self._store_key, transaction=transaction)
        copies = 2 if self._context.options.get("duplicate_callbacks") == "true" else 1
        with self._context.store.transaction():
            self._preauths.put(payment["oid"], {"at": self._context.clock.timestamp()})
            return self._note(payment, copies)

    def _decline(self, payment: dict[str, Any], code: str) -> list[str]:
        transaction = _transaction()
        payment |= {"status": "declined", "transaction": transaction, "code": code}
        payment["attempts"] += 1
        payment["outcome"] = callbacks.refusal(
            payment["posted"], store_key=self._store_key, transaction=transaction, code=code
        )
        if payment["attempts"] >= MAX_ATTEMPTS:
            payment["until"] = 0
        with self._context.store.transaction():
            return self._note(payment, 1)

    def _note(self, payment: dict[str, Any], copies: int) -> list[str]:
        self._payments.put(payment["oid"], payment)
        ids = [f"{payment['transaction']}.{copy}" for copy in range(copies)]
        for id in ids:
            self._notices.put(
                id,
                {
                    "oid": payment["oid"],
                    "url": payment["posted"].get("callbackUrl", ""),
                    "fields": payment["outcome"],
                    "approval": payment["status"] == "authorised",
                    "tries": 0,
                    "answered": False,
                    "due": time() + callbacks.FIRST_PAUSE,  # the request that made it tries at once
                },
            )
        return ids

    # --- the merchant's side ---

    def payment(self, oid: str) -> dict[str, Any]:
        payment = self._payments.get(oid)
        if payment is None:
            raise HTTPException(status_code=404, detail="unknown_payment")
        return payment

    def capture(self, oid: str) -> None:
        """Take the money that is held. Once: a second order to capture changes nothing."""
        payment = self.payment(oid)
        if payment["status"] == "authorised":
            self._settle(payment, "captured", "capture")

    def refund(self, oid: str, amount: str) -> dict[str, Any]:
        """Give captured money back, or let go of money only held. Once an oid: later calls return the first answer."""
        with self._context.store.transaction():
            payment = self.payment(oid)
            if amount != payment["amount"]:
                raise HTTPException(status_code=409, detail="amount_mismatch")
            if "refund" not in payment:
                if payment["status"] not in ("captured", "authorised"):
                    raise HTTPException(status_code=409, detail="payment_not_captured")
                payment["refund"] = f"RF{_transaction()}"
                if payment["status"] == "captured":
                    self._settle(payment, "refunded", "refund")
                else:
                    self._settle(payment, "voided", "void")
        return {"oid": oid, "reference": payment["refund"], "amount": amount, "currency": "MAD"}

    def holding(self) -> bool:
        """Whether any pre-authorisation waits for its capture."""
        return len(self._preauths) > 0

    def void_stale(self, *, except_for: Collection[str]) -> None:
        """Give back what nobody captured in time, except where the merchant has not been heard yet."""
        oldest = self._context.clock.timestamp() - PREAUTH_SECONDS
        for oid, held in self._preauths.items():
            if held["at"] <= oldest and oid not in except_for:
                self._settle(self.payment(oid), "voided", "void")

    def _settle(self, payment: dict[str, Any], status: str, effect: str) -> None:
        payment["status"] = status
        amount = centimes(payment["amount"])
        with self._context.store.transaction():
            self._payments.put(payment["oid"], payment)
            self._preauths.delete(payment["oid"])
            self._context.effects.record(effect, payment["oid"], amount=amount)

    @property
    def _store_key(self) -> str:
        return self._context.secrets["store_key"]


def inquiry(payment: Mapping[str, Any]) -> dict[str, Any]:
    """What the merchant may know of an attempt."""
    status = "open" if payment["status"] == "challenged" else payment["status"]
    facts = {name: payment[name] for name in ("oid", "transaction", "code")}
    return facts | {
        "status": status,
        "amount": payment["amount"],
        "currency": CURRENCIES[payment["posted"]["currency"]],
    }


def centimes(amount: str) -> int:
    """Of an amount in the stand-in's notation. Written apart from the connector's reading of amounts."""
    return int(amount.replace(".", ""))


def _amount(text: str) -> str:
    """In the stand-in's notation. Whole amounts without decimals are taken too, as published callbacks show."""
    found = _AMOUNT.fullmatch(text)
    if found is None or centimes(text) == 0:
        raise HTTPException(status_code=400, detail="bad_amount")
    return f"{found[1]}.{found[2] or '00'}"


def _check_addresses(fields: Mapping[str, str]) -> None:
    """The payer's browser may go anywhere on the web; the stand-in itself calls nobody but this machine."""
    if not on_loopback(fields.get("callbackUrl", "")):
        raise HTTPException(status_code=400, detail="callback_not_on_loopback")
    if not all(re.match("https?://", fields.get(name, "")) for name in ("okUrl", "failUrl")):
        raise HTTPException(status_code=400, detail="bad_return_address")


def _transaction() -> str:
    return f"{secrets.randbelow(10**18):018}"


def _luhn(pan: str) -> bool:
    if not re.fullmatch("[0-9]{13,19}", pan):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(pan)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _unexpired(expiry: str) -> bool:
    """MM/YY or MM/YYYY, not in the past, in real time: the card is the payer's."""
    written = re.fullmatch(r"\s*(0[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", expiry)
    if written is None:
        return False
    today = datetime.now(ZoneInfo("Africa/Casablanca"))
    return (2000 + int(written[2]), int(written[1])) >= (today.year, today.month)
