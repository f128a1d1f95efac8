"""The laws of a walk: what must hold at its end, whatever was done and whatever failed on the way.

Each law takes what was found (`Found`) and raises `Broken` with its own message. They are pure: a test plants a
violation without a gateway. What happened is what the portals say (`GET /_effects/{portal}`), never the gateway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

ENDED: Final = frozenset({"completed", "rejected", "withdrawn", "failed"})

FILED: Final = {
    "watiqa": "order", "alhalalmadania": "demand", "chikaya": "complaint", "rokhas": "dossier",
    "passeport": "pre_application", "rendezvous": "request", "echo": "demand",
}  # fmt: skip
"""What a filing portal calls a demand among its effects."""
TAKEN_BACK: Final = ("cancellation", "withdrawal", "desistement")
BOOKED: Final = ("booking", "appointment")
UNBOOKED: Final = ("booking_cancelled", "cancellation", "withdrawal")
"""A booking goes by itself, or with the demand that it is for."""

MADE_BY: Final = {
    "file": (), "ship": ("shipment",), "issue": ("stamp",), "consume": ("stamp_consumed",),
    "void": ("stamp_cancelled",), "refund": ("refund",), "book": BOOKED,
}  # fmt: skip
"""Operation -> effects that nothing else has; those of `file` are each portal's own."""
FOUND_BY: Final = {"file": "find", "ship": "find_shipment", "issue": "find_stamp", "book": "find_booking"}
"""A process that is killed takes the record of what is under way with it. The next one asks by these operations."""
SAID: Final = {
    "filed": tuple(sorted(set(FILED.values()))), "shipped": ("shipment",), "stamp_issued": ("stamp",),
    "stamp_used": ("stamp_consumed",),
    "stamp_voided": ("stamp_cancelled",), "refunded": ("refund",), "paid": ("capture",), "appointment_booked": BOOKED,
    "withdrawn_at_portal": TAKEN_BACK, "appointment_cancelled": UNBOOKED, "appointment_replaced": UNBOOKED,
    "reissued": ("reissue",),
}  # fmt: skip
"""What the timeline says -> what must have happened at a portal at least as often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case as the gateway shows it, with the effects that really belong to it."""

    id: str
    service: str
    status: str
    actions: tuple[str, ...] = ()
    """Types of what is open and must be answered."""
    timeline: tuple[str, ...] = ()
    paid: int = 0
    """Charges that the case holds for paid and not given back."""
    stamps_used: int = 0
    stamps_voided: int = 0
    held: int = 0
    """Authorisations of a card that the acquirer neither took nor gave back."""
    effects: Counter[str] = field(default_factory=Counter)
    demand_alive: bool = False
    """The filing portal itself says that it goes on with the demand."""
    booking_alive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    seed: int = 0
    killed: bool = False
    """The gateway was killed on the way, perhaps between a request and its record."""
    steps: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(portal, kind) -> how often it happened there."""
    hops: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(portal, operation) -> attempts in the audit log."""
    refused_offers: tuple[str, ...] = ()
    replays: tuple[tuple[str, Any, Any], ...] = ()
    """What was sent, its first answer and the one to the repetition."""
    receipts_wrong: tuple[str, ...] = ()
    log_says: str = ""
    """What `verify_audit.py` said, if the log did not verify."""


class Broken(AssertionError):
    """A law does not hold."""


def money_and_effects_balance(found: Found) -> None:
    for case in found.cases:
        held = case.effects["capture"] - case.effects["refund"]
        if held != case.paid:
            raise Broken(f"{_of(case)}: the acquirer holds {held} payments, the case says {case.paid}")
        if case.held:
            raise Broken(f"{_of(case)}: {case.held} authorisations are neither taken nor given back")
        for kind, said in (("stamp_consumed", case.stamps_used), ("stamp_cancelled", case.stamps_voided)):
            if case.effects[kind] != said:
                raise Broken(f"{_of(case)}: {kind} happened {case.effects[kind]} times, the case says {said}")
        for kind in ("capture", "refund", "stamp", "shipment", FILED[case.service.partition(".")[0]]):
            most = 1 + case.timeline.count("asked") + case.timeline.count("reissued")
            if case.effects[kind] > most:
                raise Broken(f"{_of(case)}: {kind} happened {case.effects[kind]} times, {most} at most were asked for")


def no_effect_is_without_a_record(found: Found) -> None:
    for operation, kinds in MADE_BY.items():
        for portal in {portal for portal, _ in found.effects}:
            mine = (FILED[portal],) if operation == "file" and portal in FILED else kinds
            happened = sum(found.effects[portal, kind] for kind in set(mine))
            known = found.hops[portal, operation]
            if found.killed:
                known += found.hops[portal, FOUND_BY.get(operation, "")]
            if happened > known:
                raise Broken(
                    f"{portal}: {'/'.join(mine)} happened {happened} times, the log has {known} attempts to {operation}"
                )


def nothing_is_alive_for_an_ended_case(found: Found) -> None:
    told = {"demand_kept", "not_taken_back", "shipped"}
    for case in found.cases:
        if case.status not in ENDED or case.status == "completed":
            continue
        if case.demand_alive and not told & set(case.timeline):
            raise Broken(f"{_of(case)}: the case is {case.status}, its portal goes on with the demand")
        if case.booking_alive and not {"appointment_kept", "not_taken_back"} & set(case.timeline):
            raise Broken(f"{_of(case)}: the case is {case.status}, its appointment stands")


def no_case_is_stuck(found: Found) -> None:
    for case in found.cases:
        if case.status not in ENDED and not case.actions:
            raise Broken(f"{_of(case)}: {case.status}, and neither the person nor time brings it on: {case.timeline}")


def what_is_offered_is_possible(found: Found) -> None:
    if found.refused_offers:
        raise Broken(f"offered and refused: {found.refused_offers[0]}")


def replays_are_identical(found: Found) -> None:
    for what, first, again in found.replays:
        if first != again:
            raise Broken(f"{what}: first {first}, repeated {again}")


def receipts_and_log_verify(found: Found) -> None:
    if found.receipts_wrong:
        raise Broken(f"receipt: {found.receipts_wrong[0]}")
    if found.log_says:
        raise Broken(f"the log does not verify: {found.log_says}")


def the_timeline_says_only_what_happened(found: Found) -> None:
    for case in found.cases:
        said = Counter(case.timeline)
        for code, kinds in SAID.items():
            happened = sum(case.effects[kind] for kind in kinds)
            if said[code] > happened:
                raise Broken(
                    f"{_of(case)}: says {code} {said[code]} times, {'/'.join(kinds)} happened {happened} times"
                )


LAWS: Final[tuple[Callable[[Found], None], ...]] = (
    money_and_effects_balance,
    no_effect_is_without_a_record,
    nothing_is_alive_for_an_ended_case,
    no_case_is_stuck,
    what_is_offered_is_possible,
    replays_are_identical,
    receipts_and_log_verify,
    the_timeline_says_only_what_happened,
)


def judge(found: Found) -> None:
    """All laws. The message says how to walk the same way again."""
    for law in LAWS:
        try:
            law(found)
        except Broken as error:
            steps = "\n".join(f"  {number:3} {step}" for number, step in enumerate(found.steps))
            raise Broken(f"seed {found.seed}, {law.__name__}: {error}\nsteps:\n{steps}") from None


def _of(case: Case) -> str:
    return f"{case.service} {case.id}"
