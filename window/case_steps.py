"""A case as one way across its portals: which steps it has, how each stands, and who is waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from window.catalogue import short_title

State = Literal["done", "begun", "now", "later", "stopped"]
"""`begun`: the portal has it, and the case waits elsewhere."""

ENDED: Final = ("completed", "rejected", "withdrawn", "failed")
_WITHDRAWAL: Final = ("withdrawal_asked", "withdrawal_refused")
_PAID: Final = ("paid", "refunded")
_ARRIVED: Final = ("delivered",)


class Step(msgspec.Struct, kw_only=True):
    title: str
    portal: str
    """Its name for people."""
    called: str = ""
    """The same within a sentence: without what a title says after a colon."""
    kind: str = ""
    state: State = "later"
    waits: Literal["", "person", "portal"] = ""
    """Of the present step: for whom the case waits there."""
    at: str = ""
    """When it was done, or is to be."""
    number: str = ""


def required(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the case waits for, the first thing first."""
    return [each for each in case["actions"] if not each["optional"]]


def possible(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What she may do and need not."""
    return [each for each in case["actions"] if each["optional"]]


def withdrawing(events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether she has taken it back and no portal has refused that. `events`: the oldest first."""
    told = [each["code"] for each in events if each["code"] in _WITHDRAWAL]
    return told[-1:] == [_WITHDRAWAL[0]]


def steps(case: Mapping[str, Any], planned: Sequence[Mapping[str, Any]]) -> list[Step]:
    """`planned`: the `steps` of its service, in their order. One of them is the present one while the case is open."""
    present = _present(case) if case["status"] not in ENDED else ""
    found: list[Step] = []
    for each in planned:
        step = _step(case, each)
        if case["status"] == "completed":
            step.state = "done"
        elif case["status"] in ENDED and step.state != "done":
            step.state = "stopped"
        elif each["step"] == present and step.state != "done":
            step.state, step.waits = "now", _waited_for(case, present)
            present = ""
        found.append(step)
    return found


def _present(case: Mapping[str, Any]) -> str:
    """Which kind of step the case is at."""
    todo = required(case)
    if todo:
        by_action = {"choose_slot": "appointment", "pay": _fee_due(case)}
        return by_action.get(todo[0]["type"], "delivery" if case["shipment"] else "filing")
    if case["shipment"]:
        return "delivery"
    appointment = case["appointment"]
    if appointment is not None and appointment["state"] == "booked":
        return "appointment"
    return "fee" if case["filing"]["reference"] is None and _fee_open(case) else "filing"


def _fee_due(case: Mapping[str, Any]) -> str:
    due = [each for each in case["payments"] if each["state"] == "due"]
    return "fee" if not due or due[0]["code"] == "fee_due" else "later_fee"


def _fee_open(case: Mapping[str, Any]) -> bool:
    return any(each["state"] == "due" and each["code"] == "fee_due" for each in case["payments"])


def _waited_for(case: Mapping[str, Any], present: str) -> Literal["person", "portal"]:
    return "person" if required(case) or present == "appointment" else "portal"


def _step(case: Mapping[str, Any], planned: Mapping[str, Any]) -> Step:
    """As far as it has come, by what the case says."""
    kind, portal = planned["step"], planned["portal_title"]
    step = Step(title=planned["title"], portal=portal, called=short_title(portal), kind=kind)
    if kind in ("fee", "later_fee"):
        asked = [each for each in case["payments"] if (each["code"] == "fee_due") == (kind == "fee")]
        paid = [each for each in asked if each["state"] in _PAID]
        if paid and all(each["state"] != "due" for each in asked):
            step.state, step.at = "done", paid[-1]["paid_at"] or ""
    elif kind == "filing" and case["filing"]["reference"]:
        step.at, step.number = case["filing"]["filed_at"] or "", case["filing"]["reference"]
        step.state = "done" if case["shipment"] else "begun"
    elif kind == "appointment" and case["appointment"] is not None:
        step.at, step.number = case["appointment"]["starts_at"], case["appointment"]["reference"]
        step.state = "done" if case["appointment"]["state"] == "kept" else "later"
    elif kind == "delivery" and case["shipment"] is not None:
        step.number = case["shipment"]["reference"]
        step.state = "done" if case["shipment"]["milestone"] in _ARRIVED else "later"
    return step
