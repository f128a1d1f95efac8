"""eTimbre and CMI words <-> gateway words. Pure functions; the tables stand on top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from gateway.connectors.contract import (
    Fee,
    Money,
    Payment,
    PaymentState,
    Refund,
    Refused,
    Reply,
    Settlement,
    Stamp,
    StampOrder,
    StampState,
    Verdict,
)

PAYMENT_STATES: Final = {
    "open": PaymentState.PENDING,
    "authorised": PaymentState.PENDING,  # held, not taken: CMI still waits for our ACTION=POSTAUTH
    "captured": PaymentState.PAID,
    "declined": PaymentState.DECLINED,
    "voided": PaymentState.DECLINED,
    "refunded": PaymentState.REFUNDED,
}
STAMP_STATES: Final = {
    "issued": StampState.ISSUED,
    "reserved": StampState.RESERVED,
    "consumed": StampState.CONSUMED,
    "cancelled": StampState.CANCELLED,
    "expired": StampState.EXPIRED,
}
ANSWERS: Final = {
    Verdict.CAPTURE: b"ACTION=POSTAUTH",
    Verdict.NOTED: b"APPROVED",
    Verdict.REJECTED: b"FAILURE",
}
REFUSALS: Final = {
    "unknown_payment": "payment_not_found",
    "unknown_stamp": "stamp_not_found",
    "payment_not_captured": "payment_not_captured",
    "amount_mismatch": "amount_mismatch",
    "stamp_already_used": "stamp_already_used",
    "stamp_cancelled": "stamp_cancelled",
    "stamp_expired": "stamp_expired",
}
NOT_YET: Final = "payment_pending"
"""The portal's word for a payment that is held but not yet taken: the same request succeeds a moment later."""
APPROVED: Final = "00"
DIRHAM: Final = "504"
"""ISO 4217 number of the MAD."""
LANGUAGES: Final = ("ar", "fr", "en")

_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})")
_SERIAL: Final = re.compile(r"[0-9]{16}")
_OID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_FIELDS: Final = 200


def decimal(money: Money) -> str:
    """CMI's notation of an amount: dot, two decimals. `Refused` for what a Moroccan card page cannot take."""
    if money.currency != "MAD":
        raise Refused("currency_not_supported")
    if money.amount <= 0:
        raise Refused("amount_not_payable")
    return f"{money.amount // 100}.{money.amount % 100:02}"


def centimes(text: str) -> int:
    """The reverse, and nothing else: "20.00" is 2000; "20", "20,00" and "2e1" raise ValueError."""
    amount = _AMOUNT.fullmatch(text)
    if amount is None:
        raise ValueError("not an amount with a dot and two decimals")
    return int(amount[1]) * 100 + int(amount[2])


def checkout_fields(
    fee: Fee, *, options: Mapping[str, str], return_url: str, callback_url: str, rnd: str
) -> dict[str, str]:
    """What the payer's browser posts to the card page, still without `hash`. `rnd` is fresh for each checkout."""
    return {
        "clientid": options["clientid"],
        "storetype": "3D_PAY_HOSTING",
        "TranType": "PreAuth",
        "amount": decimal(fee.amount),
        "currency": DIRHAM,
        "oid": oid(fee.oid),
        "okUrl": return_url,
        "failUrl": return_url,
        "shopurl": return_url,
        "callbackUrl": callback_url,
        "CallbackResponse": "true",
        "AutoRedirect": "true",
        "lang": fee.language if fee.language in LANGUAGES else "fr",
        "rnd": rnd,
        "hashAlgorithm": "ver3",
        "encoding": "UTF-8",
        "refreshtime": options["refreshtime"],
        "sessiontimeout": options["sessiontimeout"],
        "email": _one_line(fee.payer_email),
        "BillToName": _one_line(fee.payer_name),
        "tel": _one_line(fee.payer_phone),
    }


def form_fields(body: bytes) -> dict[str, str]:
    """A callback's form as it was sent. `Refused("malformed_callback")` unless it is UTF-8 with every name once."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise Refused("malformed_callback") from None
    if len({name.lower() for name, _ in pairs}) != len(pairs):
        raise Refused("malformed_callback")
    return dict(pairs)


def settlement(fields: Mapping[str, str]) -> Settlement:
    """What an authentic callback says. `Refused("malformed_callback")` if there is no order or no amount in MAD."""
    code = fields.get("ProcReturnCode", "")
    try:
        amount = centimes(fields.get("amount", ""))
    except ValueError:
        raise Refused("malformed_callback") from None
    if not fields.get("oid") or fields.get("currency", DIRHAM) != DIRHAM:
        raise Refused("malformed_callback")
    return Settlement(
        oid=fields["oid"],
        state=PaymentState.PAID if code == APPROVED else PaymentState.DECLINED,
        amount=Money(amount=amount),
        transaction=fields.get("TransId", ""),
        code=code,
    )


def reply(verdict: Verdict) -> Reply:
    return Reply(body=ANSWERS[verdict])


class _Payment(msgspec.Struct):
    oid: str
    status: str
    amount: str
    transaction: str = ""
    code: str = ""


class _Refund(msgspec.Struct):
    oid: str
    reference: str
    amount: str


class _Stamp(msgspec.Struct):
    serial: str
    status: str
    amount: str


class _Stamps(msgspec.Struct):
    stamps: list[_Stamp]


def inquiry(body: bytes) -> Settlement:
    """A status that is not in the table is pending, never paid."""
    said = msgspec.json.decode(body, type=_Payment)
    return Settlement(
        oid=said.oid,
        state=PAYMENT_STATES.get(said.status, PaymentState.PENDING),
        amount=Money(amount=centimes(said.amount)),
        transaction=said.transaction,
        code=said.code,
    )


def refund_request(payment: Payment) -> dict[str, Any]:
    return {"amount": decimal(payment.amount)}


def refund(body: bytes) -> Refund:
    said = msgspec.json.decode(body, type=_Refund)
    return Refund(oid=said.oid, reference=said.reference, amount=Money(amount=centimes(said.amount)))


def stamp_request(order: StampOrder) -> dict[str, Any]:
    return {
        "client_reference": order.key,
        "oid": order.payment.oid,
        "amount": decimal(order.payment.amount),
        "service": order.service,
    }


def stamp(body: bytes) -> Stamp:
    """Raises `KeyError` for a status that is not in the table: a stamp of unknown state must not be relied on."""
    return _stamp(msgspec.json.decode(body, type=_Stamp))


def first_stamp(body: bytes) -> Stamp | None:
    stamps = msgspec.json.decode(body, type=_Stamps).stamps
    return _stamp(stamps[0]) if stamps else None


def _stamp(said: _Stamp) -> Stamp:
    if not _SERIAL.fullmatch(said.serial):
        raise ValueError("a stamp's serial has 16 digits")
    return Stamp(serial=said.serial, state=STAMP_STATES[said.status], amount=Money(amount=centimes(said.amount)))


def serial(text: str) -> str:
    """A serial that may stand in a path."""
    if not _SERIAL.fullmatch(text):
        raise Refused("stamp_not_found")
    return text


def oid(text: str) -> str:
    """An order number that may stand in a path."""
    if not _OID.fullmatch(text):
        raise Refused("payment_not_found")
    return text


def _one_line(text: str) -> str:
    """A browser rewrites line breaks in what it posts, and the hash would no longer match."""
    return " ".join(text.split())
