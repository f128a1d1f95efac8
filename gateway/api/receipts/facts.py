"""What a receipt says to people, whatever it is written on.

Everything comes from the signed claims, in the language that they were written in: nothing on the paper is more than
what the signature covers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from gateway.cases.receipt_check import CHECK_PATH, check_address
from gateway.i18n.formats import day, moment
from gateway.i18n.messages import Messages, direction

if TYPE_CHECKING:
    import segno

_BASIS: Final = re.compile(r"(Law|Decree) ([0-9][0-9-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    language: str
    title: str
    service: str
    intro: str
    rows: list[tuple[str, str]]
    """Label and value, in the order of the paper."""
    check: str
    """How anybody checks it."""
    check_url: str
    """The page that does, without the receipt."""
    code: segno.QRCode | None
    """The page's address with the receipt in its fragment; None for a receipt that no code can hold."""
    receipt: str

    @property
    def direction(self) -> str:
        return direction(self.language)


def facts_of(receipt: str, claims: Mapping[str, Any], messages: Messages) -> ReceiptFacts:
    """`claims`: of the `receipt`, a compact JWS of ours."""
    language = str(claims["language"])
    language = language if language in messages.languages else messages.languages[0]
    text = messages.translator(language)
    code = _code(check_address(str(claims["iss"]), receipt))
    return ReceiptFacts(
        language=language,
        title=text("receipt.title"),
        service=str(claims["service"]["title"]),
        intro=text("receipt.intro"),
        rows=[(text(f"receipt.{name}"), value) for name, value in _rows(claims, language, messages)],
        check=text("receipt.check" if code is not None else "receipt.check_without_code"),
        check_url=f"{claims['iss']}{CHECK_PATH}",
        code=code,
        receipt=receipt,
    )


def _rows(claims: Mapping[str, Any], language: str, messages: Messages) -> list[tuple[str, str]]:
    portal, deadline, fee = claims.get("portal"), claims["deadline"], claims.get("fee")
    rows = [
        ("filed_at", moment(datetime.fromisoformat(claims["filed_at"]), language)),
        ("case", str(claims["sub"])),
        ("competent_body", str(claims["competent_body"])),
    ]
    if portal:
        rows.append(("reference", str(portal["reference"])))
    if deadline.get("on"):
        until = day(date.fromisoformat(deadline["on"]), language)
        basis = _basis(str(deadline.get("basis", "")), language, messages)
        rows.append(("deadline", f"{until} ({basis})" if basis else until))
    if claims.get("silence_is_acceptance"):
        rows.append(("silence", messages.translate("receipt.silence_text", language, source=claims["silence_source"])))
    if fee:
        rows.append(("fee", messages.money(fee["amount"], fee["currency"], language)))
    rows += [
        ("attachments", str(len(claims["attachments"]))),
        ("appeal", str(claims["appeal"])),
        ("issuer", str(claims["iss"])),
    ]
    return rows


def _basis(written: str, language: str, messages: Messages) -> str:
    """The law or decree, which the catalogue names in one language, `Law 55-19`; empty where it names none."""
    found = _BASIS.match(written)
    return messages.translate(f"receipt.basis.{found[1].lower()}", language, number=found[2]) if found else ""


def _code(address: str) -> segno.QRCode | None:
    """Error correction L: a paper that is not torn needs no more, and a receipt has some 1,500 characters."""
    import segno  # here, because few receipts are drawn
    from segno.encoder import DataOverflowError

    try:
        return segno.make_qr(address, error="l", boost_error=False)
    except DataOverflowError:
        return None
