"""The post's words <-> the gateway's words. Pure: bytes in, values out.

The tracking page is meant for eyes, so it is recognised strictly: where a label or the timeline is missing we say that
the page has changed (`UnexpectedAnswer`) and guess nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from lxml import etree

from gateway.connectors.authoring import (
    PDF,
    CaseStatus,
    Document,
    Milestone,
    Parcel,
    Progress,
    Refused,
    Shipment,
    Step,
    Unavailable,
    UnexpectedAnswer,
    base64_bytes,
    fold,
    in_order,
    same,
    wall_clock,
    with_key,
)

from . import s10

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

NOT_SERVED: Final = frozenset({"AQ", "BV", "GS", "HM", "PN", "TF", "UM"})
"""Where the post carries nothing. Assumed: places without a population that a post of its own serves."""

REASONS: Final = {Milestone.RETURNED: "returned_to_sender", Milestone.LOST: "parcel_lost"}

PAGE_PARTS: Final = ("lblProductName", "lblWeight", "lblCurrentPosition", "lblDepositDate", "lblRecipient", "timeline")
BESIDE_THE_TEXT: Final = frozenset({"bullet", "container_date", "container_time"})
MAX_PAGE_BYTES: Final = 262_144
MAX_STEPS: Final = 200
_USUAL: Final = 200
"""Characters. Longer texts are read anew each time, so that no page fills the memory with what is remembered."""


class SearchAnswer(msgspec.Struct):
    OperationSuccess: bool
    Html: str | None = None


class ShipmentAnswer(msgspec.Struct):
    number: str
    client_reference: str
    label: str
    """A PDF in Base64, which may be wrapped as in MIME."""


class ShipmentsAnswer(msgspec.Struct):
    shipments: list[ShipmentAnswer]


_search: Final = msgspec.json.Decoder(SearchAnswer)
_created: Final = msgspec.json.Decoder(ShipmentAnswer)
_found: Final = msgspec.json.Decoder(ShipmentsAnswer)
_html: Final = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


# --- Tracking -----------------------------------------------------------------------------------------------------


def progress(number: str, answer: bytes, *, max_bytes: int = MAX_PAGE_BYTES) -> Progress:
    """Read the answer of `Tracking/Search` about `number`.

    Raises `Refused("tracking_number_unknown")`, for another country's number `Refused("tracking_number_not_arrived")`,
    and `msgspec.ValidationError` for another shape.
    The recipient's name is on the page and never in the result.
    """
    if len(answer) > max_bytes:
        raise UnexpectedAnswer("the answer is too long")
    found = _search.decode(answer)
    page = _parse(found.Html) if found.Html else None
    if page is not None and any(fold(_text(h5)).startswith("aucune information") for h5 in page.iter("h5")):
        raise Refused("tracking_number_unknown" if s10.is_own(number) else "tracking_number_not_arrived")
    if not found.OperationSuccess:
        raise Unavailable("portal_failed")
    if page is None:
        raise UnexpectedAnswer("Html is empty")
    return _read(number, page)


def _parse(html: str) -> etree._Element:
    if "\0" in html:
        raise UnexpectedAnswer("Html holds a NUL, where the parser would stop")
    try:
        return etree.fromstring(html.encode(), _html)
    except etree.LxmlError as error:
        raise UnexpectedAnswer("Html cannot be parsed") from error


def _read(number: str, page: etree._Element) -> Progress:
    named: dict[str, etree._Element] = {}
    for element in page.iter():
        for name in _known(element.get("class")):
            if name in PAGE_PARTS:
                named.setdefault(name, element)
    for name in PAGE_PARTS:
        if name not in named:
            raise UnexpectedAnswer(f"no element of class {name}")
    recipient = _text(named["lblRecipient"])
    steps, mixed_up = _in_order([_line(li, recipient) for li in named["timeline"].iterchildren("li")])

    newest = steps[-1].label
    meaning = read_label(newest)
    position = read_label(_text(named["lblCurrentPosition"]))  # usually a place
    if meaning is None or (position is not None and position != meaning):
        return Progress(
            reference=number,
            status=CaseStatus.IN_PROGRESS,
            portal_status=newest,
            steps=steps,
            warnings=["portal_status_unknown" if meaning is None else "portal_status_contradictory", *mixed_up],
        )
    milestone, status = meaning
    return Progress(
        reference=number,
        status=status,
        portal_status=newest,
        milestone=milestone,
        steps=steps,
        reason=REASONS.get(milestone, ""),
        warnings=mixed_up,
    )


class _Line(NamedTuple):
    """A line of the timeline."""

    wall: datetime
    """As a clock in Morocco showed it."""
    label: str
    milestone: Milestone | None
    place: str

    def step(self, at: datetime) -> Step:
        return Step(at=at, label=self.label, milestone=self.milestone, place=self.place)


def _in_order(lines: list[_Line]) -> tuple[list[Step], list[str]]:
    """The oldest first. The page puts the newest first, and its order decides: minutes are too coarse to sort by, and
    an hour comes twice when the clocks go back. Only a page whose order cannot be time's is sorted, with a warning."""
    if not 0 < len(lines) <= MAX_STEPS:
        raise UnexpectedAnswer(f"{len(lines)} steps in the timeline")
    order, mixed_up = in_order([each.wall for each in lines], newest_first=True)
    return [lines[place].step(at) for place, at in order], mixed_up


def _line(li: etree._Element, recipient: str) -> _Line:
    beside: dict[str, str] = {}
    words: list[str] = []
    _gather(li, beside, words)
    if "container_date" not in beside or "container_time" not in beside:
        raise UnexpectedAnswer("a step without container_date or container_time")
    wall = wall_clock(f"{beside['container_date']} {beside['container_time']}", seconds=False)
    text = " ".join(" ".join(words).split())
    if not text:
        raise UnexpectedAnswer("a step without text")
    meaning = read_label(text)
    label = _without(recipient, text)
    place = _PLACE.search(label)
    return _Line(wall, label, meaning[0] if meaning else None, place[1].strip() if place else "")


def _gather(element: etree._Element, beside: dict[str, str], words: list[str]) -> None:
    """The words of a step, and apart from them those of the elements that stand beside its text."""
    for name in _known(element.get("class")):
        if name in BESIDE_THE_TEXT:
            beside.setdefault(name, _text(element))
            words = []
    if text := element.text:
        words.append(text)
    if not len(element):
        return
    for child in element:
        _gather(child, beside, words)
        if tail := child.tail:
            words.append(tail)


def _known(classes: str | None) -> tuple[str, ...]:
    """Those of an element's classes that are looked for."""
    if not classes:
        return ()
    return _of_classes(classes) if len(classes) <= _USUAL else _of_classes.__wrapped__(classes)


@lru_cache(maxsize=256)
def _of_classes(classes: str) -> tuple[str, ...]:
    return tuple(name for name in classes.split() if name in PAGE_PARTS or name in BESIDE_THE_TEXT)


def _without(name: str, text: str) -> str:
    if not name or name.casefold() not in text.casefold():
        return text
    return re.sub(re.escape(name), "…", text, flags=re.IGNORECASE)


def _text(element: etree._Element) -> str:
    words = " ".join(map(str, element.itertext())) if len(element) else element.text or ""
    return " ".join(words.split())


_PLACE = re.compile(r"\b(?:agence|centre)\b[\s:]*(.*)", re.IGNORECASE)


# --- Labels -------------------------------------------------------------------------------------------------------

_ORDINAL = r"(?:\d+ ?[a-z]*|premiere|deuxieme|seconde|troisieme)"
_DENIAL = re.compile(r"\b(?:non|pas|sans|annul\w*|echec\w*|erreur\w*|impossible|refus\w*)\b")


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(phrase)).replace('<neme>', _ORDINAL)}(?!\w)")


_PATTERNS: Final = tuple((_pattern(phrase), milestone, status) for phrase, milestone, status in LABELS)


def read_label(text: str) -> tuple[Milestone, CaseStatus] | None:
    """What a text of the page means, or None. A delivery that the same text denies is not one."""
    return _meaning(text) if len(text) <= _USUAL else _meaning.__wrapped__(text)


@lru_cache(maxsize=1024)
def _meaning(text: str) -> tuple[Milestone, CaseStatus] | None:
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


def shipment(answer: bytes, key: str) -> Shipment:
    created = _created.decode(answer)
    same(created.client_reference, key, "key")
    return _shipment(created)


def first_shipment(answer: bytes, key: str) -> Shipment | None:
    """The oldest shipment with this key in the answer to a search, or None. A search that ignored the key must not give
    us another person's parcel."""
    return with_key(_found.decode(answer).shipments, key, _shipment)


def _shipment(answer: ShipmentAnswer) -> Shipment:
    if not (s10.valid(answer.number) and s10.is_own(answer.number)):
        raise UnexpectedAnswer("a shipment whose number is no S10 number")
    content = base64_bytes(answer.label, wrapped=True)
    if not PDF.fits(content):
        raise UnexpectedAnswer("a label that is no PDF")
    label = Document(id="label", filename=f"{answer.number}.pdf", media_type=PDF.media_type, content=content)
    return Shipment(number=answer.number, label=label)
