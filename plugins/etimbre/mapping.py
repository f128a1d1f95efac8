"""eTimbre and CMI words <-> gateway words. Pure functions; the tables stand on top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from gateway.connectors.authoring import (
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
    centimes,
    decimal,
    in_address,
    same,
    with_key,
)

from . import members
from .settings import ETimbreSettings

PAYMENT_STATES: Final = {
    "open": PaymentState.PENDING,
    "authorised": PaymentState.AUTHORISED,  # held, not taken: CMI still waits for our ACTION=POSTAUTH
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
NEVER_OPENED: Final = "unknown_payment"
"""The acquirer's word, with 404, for an order number of which no card page was ever opened."""
APPROVED: Final = "00"
APPROVED_WORD: Final = "Approved"
RETURN_CODES: Final = frozenset(
    {
        "00", "01", "02", "03", "04", "05", "06", "07", "08", "11", "12", "13", "14", "15", "19", "21", "25", "28",
        "30", "33", "34", "36", "37", "38", "41", "43", "51", "52", "53", "54", "55", "56", "57", "58", "59", "61",
        "62", "63", "65", "68", "75", "76", "77", "78", "80", "81", "82", "83", "84", "85", "86", "88", "89", "91",
        "92", "93", "94", "95", "96", "98", "99",
    }
)  # fmt: skip
"""What card issuers say (ISO 8583, field 39). Any other text is not kept."""
DIRHAM: Final = "504"
"""ISO 4217 number of the MAD."""
LANGUAGES: Final = ("ar", "fr", "en")

_SERIAL: Final = re.compile(r"[0-9]{16}")
_TRANSACTION: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MAX_FIELDS: Final = 200
_MAX_BYTES: Final = 32_768
"""Of a callback. CMI's have a few thousand; reading one takes the event loop."""


def checkout_fields(
    fee: Fee, *, settings: ETimbreSettings, return_url: str, callback_url: str, store_key: str
) -> dict[str, str]:
    """What the payer's browser posts to the card page, still without `hash`. `rnd` is fresh for each checkout, and
    holds together what must come back (`members.seal`).

    Of what the payer typed only a name and an address go out, in a form that can stand for nothing else; the telephone
    number does not.
    """
    fields = {
        "clientid": settings.clientid,
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
        "hashAlgorithm": "ver3",
        "encoding": "UTF-8",
        "refreshtime": str(settings.refreshtime),
        "sessiontimeout": str(settings.sessiontimeout),
    }
    typed = {"email": members.payer_email(fee.payer_email), "BillToName": members.payer_name(fee.payer_name)}
    fields |= {name: value for name, value in typed.items() if value}
    return fields | {"rnd": members.seal(fields, store_key, request_only=settings.request_only.split())}


def form_fields(body: bytes) -> dict[str, str]:
    """A callback's form as it was sent. `Refused("malformed_callback")` unless it is short, UTF-8, and has every name
    once.

    CMI's own kits end the form with one `&`.
    """
    if len(body) > _MAX_BYTES:
        raise Refused("malformed_callback")
    try:
        pairs = parse_qsl(
            body.removesuffix(b"&").decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise Refused("malformed_callback") from None
    if len({name.lower() for name, _ in pairs}) != len(pairs):
        raise Refused("malformed_callback")
    return dict(pairs)


def settlement(fields: Mapping[str, str], *, store_key: str, settings: ETimbreSettings) -> Settlement:
    """What a callback with the right hash says.

    `Refused`: `callback_incomplete` for names that are not those of a callback, `callback_altered` for members that are
    not what a checkout of ours sent, `malformed_callback` if there is no order or no amount in MAD.
    """
    success = fields.get("ProcReturnCode") == APPROVED
    request_only, results = settings.request_only.split(), settings.results.split()
    if not members.complete(fields, success=success, request_only=request_only, results=results):
        raise Refused("callback_incomplete")
    if success and fields.get("Response") != APPROVED_WORD:
        raise Refused("callback_incomplete")
    if not members.as_sent(fields, store_key, request_only=request_only):
        raise Refused("callback_altered")
    try:
        amount = centimes(fields.get("amount", ""))
    except ValueError:
        raise Refused("malformed_callback") from None
    if not fields.get("oid") or fields.get("currency") != DIRHAM:
        raise Refused("malformed_callback")
    return Settlement(
        oid=fields["oid"],
        state=PaymentState.PAID if success else PaymentState.DECLINED,
        amount=Money(amount=amount),
        transaction=_transaction(fields.get("TransId", "")),
        code=return_code(fields.get("ProcReturnCode", "")),
    )


def return_code(text: str) -> str:
    return text if text in RETURN_CODES else ""


def _transaction(text: str) -> str:
    return text if _TRANSACTION.fullmatch(text) else ""


def reply(verdict: Verdict) -> Reply:
    return Reply(body=ANSWERS[verdict])


class _Problem(msgspec.Struct):
    error: str


class _Payment(msgspec.Struct):
    oid: str
    status: str
    amount: str
    currency: str
    transaction: str = ""
    code: str = ""


class _Refund(msgspec.Struct):
    oid: str
    reference: str
    amount: str
    currency: str


class _Stamp(msgspec.Struct):
    serial: str
    status: str
    amount: str


class _Issued(_Stamp):
    client_reference: str


class _Stamps(msgspec.Struct):
    stamps: list[_Issued]


def never_opened(media_type: str, body: bytes) -> bool:
    """Whether a 404 is the acquirer's own word, and not a proxy's or a page's."""
    if media_type.partition(";")[0].strip().lower() not in ("application/json", "application/problem+json"):
        return False
    try:
        return msgspec.json.decode(body, type=_Problem).error == NEVER_OPENED
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def inquiry(asked: str, body: bytes) -> Settlement:
    """What the acquirer says of the order `asked`. A status that is not in the table is pending, never paid; an answer
    about another order, or without amount and currency, raises `ValueError`."""
    said = msgspec.json.decode(body, type=_Payment)
    same(said.oid, asked, "order")
    return Settlement(
        oid=said.oid,
        state=PAYMENT_STATES.get(said.status, PaymentState.PENDING),
        amount=_money(said.amount, said.currency),
        transaction=_transaction(said.transaction),
        code=return_code(said.code),
    )


def refund_request(payment: Payment) -> dict[str, Any]:
    return {"amount": decimal(payment.amount)}


def refund(payment: Payment, body: bytes) -> Refund:
    """`ValueError` for an answer about another order or amount."""
    said = msgspec.json.decode(body, type=_Refund)
    amount = _money(said.amount, said.currency)
    same((said.oid, amount), (payment.oid, payment.amount), "refund")
    return Refund(oid=said.oid, reference=said.reference, amount=amount)


def _money(amount: str, currency: str) -> Money:
    if not _CURRENCY.fullmatch(currency):
        raise ValueError("not a currency")
    return Money(amount=centimes(amount), currency=currency)


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


def issued(body: bytes, key: str) -> Stamp:
    said = msgspec.json.decode(body, type=_Issued)
    same(said.client_reference, key, "key")
    return _stamp(said)


def first_stamp(body: bytes, key: str) -> Stamp | None:
    """The stamp that was asked for with `key`, or None."""
    return with_key(msgspec.json.decode(body, type=_Stamps).stamps, key, _stamp)


def _stamp(said: _Stamp) -> Stamp:
    if not _SERIAL.fullmatch(said.serial):
        raise ValueError("a stamp's serial has 16 digits")
    return Stamp(serial=said.serial, state=STAMP_STATES[said.status], amount=Money(amount=centimes(said.amount)))


def serial(text: str) -> str:
    """A serial that may stand in a path."""
    return in_address(text, "stamp_not_found", form=_SERIAL.pattern)


def oid(text: str) -> str:
    """An order number that may stand in a path."""
    return in_address(text, "payment_not_found", form="[A-Za-z0-9_-]{1,64}")
