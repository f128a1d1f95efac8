"""The post's words <-> the gateway's words. Pure: bytes in, values out.

The tracking page is meant for eyes, so it is recognised strictly: where a label or the timeline is missing we say that
the page has changed (`ShapeChanged`) and guess nothing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

from gateway.connectors.contract import (
    CaseStatus,
    Document,
    Milestone,
    Parcel,
    Progress,
    Refused,
    Shipment,
    Step,
    Unavailable,
)
from plugins.barid import s10

LABELS: Final = (
    # what the page says          what it means               the parcel's state
    ("prise en charge", Milestone.POSTED, CaseStatus.IN_PROGRESS),
    ("arrivé à l'agence", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
    ("arrivé au centre", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
    ("sorti de l'agence", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
    ("sorti du centre", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
    ("sorti par le facteur", Milestone.OUT_FOR_DELIVERY, CaseStatus.IN_PROGRESS),
    ("<Nème> tentative de livraison", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
    ("à retourner", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
    ("retourné", Milestone.RETURNED, CaseStatus.FAILED),
    ("perdu", Milestone.LOST, CaseStatus.FAILED),
    ("livraison effectuée", Milestone.DELIVERED, CaseStatus.COMPLETED),
)
"""Capitals, accents and the kind of apostrophe do not count. The first row that is found in a text wins, so success
comes last. "arrivé au centre", "sorti du centre" and "perdu" are assumed, the others are known."""

REFUSALS: Final = {
    "incomplete_address": "address_incomplete",
    "unknown_country": "country_unknown",
    "invalid_postcode": "postcode_invalid",
}
"""The post's reasons to refuse a parcel -> gateway codes."""

REASONS: Final = {Milestone.RETURNED: "returned_to_sender", Milestone.LOST: "parcel_lost"}

PAGE_PARTS: Final = ("lblProductName", "lblWeight", "lblCurrentPosition", "lblDepositDate", "lblRecipient", "timeline")
BESIDE_THE_TEXT: Final = frozenset({"bullet", "container_date", "container_time"})
CASABLANCA: Final = ZoneInfo("Africa/Casablanca")
MAX_PAGE_BYTES: Final = 262_144
MAX_STEPS: Final = 200


class ShapeChanged(ValueError):
    """The answer is not the page we know. The text names the missing part and nothing of the content."""


class SearchAnswer(msgspec.Struct):
    OperationSuccess: bool
    Html: str | None = None


class ShipmentAnswer(msgspec.Struct):
    number: str
    client_reference: str
    label: bytes
    """PDF, Base64 on the wire."""


class ShipmentsAnswer(msgspec.Struct):
    shipments: list[ShipmentAnswer]


_search: Final = msgspec.json.Decoder(SearchAnswer)
_created: Final = msgspec.json.Decoder(ShipmentAnswer)
_found: Final = msgspec.json.Decoder(ShipmentsAnswer)
_html: Final = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


# --- Tracking -----------------------------------------------------------------------------------------------------


def progress(number: str, answer: bytes, *, max_bytes: int = MAX_PAGE_BYTES) -> Progress:
    """Read the answer of `Tracking/Search` about `number`.

    Raises `Refused("tracking_number_unknown")`, and `ValueError` (`ShapeChanged` or msgspec's) for another shape.
    The recipient's name is on the page and never in the result.
    """
    if len(answer) > max_bytes:
        raise ShapeChanged("the answer is too long")
    found = _search.decode(answer)
    page = _parse(found.Html) if found.Html else None
    if page is not None and any(fold(_text(h5)).startswith("aucune information") for h5 in page.iter("h5")):
        raise Refused("tracking_number_unknown")
    if not found.OperationSuccess:
        raise Unavailable("portal_failed")
    if page is None:
        raise ShapeChanged("Html is empty")
    return _read(number, page)


def _parse(html: str) -> etree._Element:
    if "\0" in html:
        raise ShapeChanged("Html holds a NUL, where the parser would stop")
    try:
        return etree.fromstring(html.encode(), _html)
    except etree.LxmlError as error:
        raise ShapeChanged("Html cannot be parsed") from error


def _read(number: str, page: etree._Element) -> Progress:
    named: dict[str, etree._Element] = {}
    for element in page.iter():
        if classes := element.get("class"):
            for name in classes.split():
                if name in PAGE_PARTS:
                    named.setdefault(name, element)
    for name in PAGE_PARTS:
        if name not in named:
            raise ShapeChanged(f"no element of class {name}")
    recipient = _text(named["lblRecipient"])
    steps = [_step(li, recipient) for li in named["timeline"].iterchildren("li")]
    if not 0 < len(steps) <= MAX_STEPS:
        raise ShapeChanged(f"{len(steps)} steps in the timeline")
    if steps[0].at >= steps[-1].at:  # the page puts the newest first; minutes are too coarse to sort by alone
        steps.reverse()
    steps.sort(key=lambda step: step.at)

    newest = steps[-1].label
    meaning = read_label(newest)
    position = read_label(_text(named["lblCurrentPosition"]))  # usually a place
    if meaning is None or (position is not None and position != meaning):
        return Progress(
            reference=number,
            status=CaseStatus.IN_PROGRESS,
            portal_status=newest,
            steps=steps,
            warnings=["portal_status_unknown" if meaning is None else "portal_status_contradictory"],
        )
    milestone, status = meaning
    return Progress(
        reference=number,
        status=status,
        portal_status=newest,
        milestone=milestone,
        steps=steps,
        reason=REASONS.get(milestone, ""),
    )


def _step(li: etree._Element, recipient: str) -> Step:
    beside: dict[str, str] = {}
    words: list[str] = []
    _gather(li, beside, words)
    if "container_date" not in beside or "container_time" not in beside:
        raise ShapeChanged("a step without container_date or container_time")
    at = instant(beside["container_date"], beside["container_time"])
    text = " ".join(" ".join(words).split())
    if not text:
        raise ShapeChanged("a step without text")
    meaning = read_label(text)
    label = _without(recipient, text)
    place = _PLACE.search(label)
    return Step(at=at, label=label, milestone=meaning[0] if meaning else None, place=place[1].strip() if place else "")


def _gather(element: etree._Element, beside: dict[str, str], words: list[str]) -> None:
    """The words of a step, and apart from them those of the elements that stand beside its text."""
    if classes := element.get("class"):
        for name in classes.split():
            if name in BESIDE_THE_TEXT:
                beside.setdefault(name, _text(element))
                words = []
    if element.text:
        words.append(element.text)
    for child in element:
        _gather(child, beside, words)
        if child.tail:
            words.append(child.tail)


def _without(name: str, text: str) -> str:
    if not name or name.casefold() not in text.casefold():
        return text
    return re.sub(re.escape(name), "…", text, flags=re.IGNORECASE)


def _text(element: etree._Element) -> str:
    words = " ".join(map(str, element.itertext())) if len(element) else element.text or ""
    return " ".join(words.split())


_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_HOUR = re.compile(r"(\d{2}):(\d{2})", re.ASCII)
_PLACE = re.compile(r"\b(?:agence|centre)\b[\s:]*(.*)", re.IGNORECASE)


def instant(day: str, hour: str) -> datetime:
    """`dd/MM/yyyy` and `HH:mm` on a Moroccan wall clock -> UTC. The offset is 0 in Ramadan and +1 otherwise."""
    d, h = _DAY.fullmatch(day), _HOUR.fullmatch(hour)
    if d is None or h is None:
        raise ShapeChanged("a date or a time in another form")
    local = datetime(int(d[3]), int(d[2]), int(d[1]), int(h[1]), int(h[2]), tzinfo=CASABLANCA)
    return local.astimezone(UTC)


# --- Labels -------------------------------------------------------------------------------------------------------

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ‛´`′＇", "'"))
_ACCENTS = dict.fromkeys(range(0x300, 0x370))  # combining marks of Latin letters
_ORDINAL = r"(?:\d+ ?[a-z]*|premiere|deuxieme|seconde|troisieme)"
_DENIAL = re.compile(r"\b(?:non|pas|sans|annul\w*|echec\w*|erreur\w*|impossible|refus\w*)\b")


def fold(text: str) -> str:
    """Text for comparison: no accents, no capitals, one kind of apostrophe, single spaces."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).translate(_ACCENTS).casefold()
    return " ".join(plain.replace("' ", "'").split())


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(phrase)).replace('<neme>', _ORDINAL)}(?!\w)")


_PATTERNS: Final = tuple((_pattern(phrase), milestone, status) for phrase, milestone, status in LABELS)


@lru_cache(maxsize=1024)
def read_label(text: str) -> tuple[Milestone, CaseStatus] | None:
    """What a text of the page means, or None. A delivery that the same text denies is not one."""
    folded = fold(text)
    for pattern, milestone, status in _PATTERNS:
        if pattern.search(folded):
            denied = milestone is Milestone.DELIVERED and _DENIAL.search(folded)
            return None if denied else (milestone, status)
    return None


# --- Shipping -----------------------------------------------------------------------------------------------------


def shipment_request(parcel: Parcel) -> dict[str, Any]:
    return {
        "client_reference": parcel.key,
        "recipient": msgspec.structs.asdict(parcel.recipient),
        "content": parcel.content,
        "sender": parcel.sender,
    }


def shipment(answer: bytes) -> Shipment:
    return _shipment(_created.decode(answer))


def first_shipment(answer: bytes, key: str) -> Shipment | None:
    """The oldest shipment with this key in the answer to a search, or None. A search that ignored the key must not give
    us another person's parcel."""
    return next((_shipment(each) for each in _found.decode(answer).shipments if each.client_reference == key), None)


def _shipment(answer: ShipmentAnswer) -> Shipment:
    if not s10.valid(answer.number):
        raise ShapeChanged("a shipment whose number is no S10 number")
    if not answer.label.startswith(b"%PDF-"):
        raise ShapeChanged("a label that is no PDF")
    label = Document(id="label", filename=f"{answer.number}.pdf", media_type="application/pdf", content=answer.label)
    return Shipment(number=answer.number, label=label)
