"""A case that an earlier version stored goes on: `flat_state.json` is a state as 0.1.0 wrote it, with every member."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from gateway.cases.model import Case
from gateway.cases.state import State
from gateway.cases.store import Damaged
from gateway.cases.stored_state import by_part, read_state, readable_state
from gateway.connectors.contract import CaseStatus, Filing
from gateway.storage.tables import cases
from gateway.telemetry.metrics import REGISTRY
from tests.database_sessions import transaction

from .conftest import CaseHarness, filed, progress

FLAT: dict[str, Any] = json.loads((Path(__file__).parent / "flat_state.json").read_text(encoding="utf-8"))
LATER = {
    "appointment": {"post"},
    "filing": {"steps"},
    "shipment": {"steps", "portal_status"},
    "": {"objection"},
}
"""Members that came when nothing was stored flat any more."""
PARTS = ("payment", "filing", "appointment", "shipment", "ending")


def leaves(value: Any) -> list[str]:
    """Every plain value in it, in one order."""
    if isinstance(value, dict):
        return sorted(leaf for each in value.values() for leaf in leaves(each))
    if isinstance(value, list):
        return sorted(leaf for each in value for leaf in leaves(each))
    return [json.dumps(value)]


def test_a_flat_state_is_read_whole() -> None:
    state = read_state(FLAT)
    stored = msgspec.to_builtins(state)
    for intent in stored["intents"].values():
        del intent["portal"]
    assert leaves(stored) == leaves(FLAT)
    assert state.outage is not None
    assert (state.filing.portal, state.filing.reference, state.shipment.portal) == ("watiqa", "WQ-1", "barid")
    assert (state.appointment.attempts, state.appointment.replaced) == (2, ["R-0"])
    assert (state.ending.status, state.ending.postponed) == ("failed", ["demand"])


def test_no_member_of_the_parts_is_left_out_of_the_sample() -> None:
    stored = msgspec.to_builtins(read_state(FLAT))
    for part in PARTS:
        fields = set(getattr(read_state(FLAT), part).__struct_fields__)
        assert set(stored[part]) == fields - LATER.get(part, set())
    assert set(stored) == set(State.__struct_fields__) - LATER[""]


def test_an_intent_is_told_of_which_portal_it_was() -> None:
    intents = read_state(FLAT).intents
    assert {name: each.portal for name, each in intents.items()} == {
        "file": "watiqa",
        "issue": "etimbre",
        "ship": "barid",
        "book": "rendezvous",
    }


@pytest.mark.parametrize("creation", ["issue", "ship", "book"])
def test_an_intent_without_its_part_names_no_portal(creation: str) -> None:
    flat = {"parts": [], "portal": "echo", "charges": [], "intents": {creation: {"key": "k", "at": FLAT["filed_at"]}}}
    assert by_part(flat)["intents"][creation]["portal"] == ""


def test_the_present_form_is_read_as_it_is() -> None:
    stored = msgspec.to_builtins(read_state(FLAT))
    assert msgspec.to_builtins(read_state(stored)) == stored


async def test_a_case_of_an_earlier_version_goes_on(harness: CaseHarness) -> None:
    """It was filed, and nobody knows whether the portal has it."""
    at = FLAT["filed_at"]
    flat = {"parts": ["filing", "follow"], "portal": "echo", "intents": {"file": {"key": "case_1:file", "at": at}}}
    async with transaction(harness.services.cases.storage) as tx:
        await tx.execute(update(cases).where(cases.c.id == harness.case_id).values(state=flat))
    harness.portals.says(Filing.find, filed())
    harness.portals.says(Filing.progress, progress(status=CaseStatus.COMPLETED))
    case = await harness.run()
    assert (case.status, case.state.filing.reference, case.state.intents) == ("completed", "E00000001", {})
    assert (harness.portals.called[Filing.find], harness.portals.called[Filing.file]) == (1, 0)


async def store(harness: CaseHarness, part: str, **members: Any) -> None:
    stored = msgspec.to_builtins((await harness.case()).state)
    stored.setdefault(part, {}).update(members)
    async with transaction(harness.services.cases.storage) as tx:
        await tx.execute(update(cases).where(cases.c.id == harness.case_id).values(state=stored))


async def listed(harness: CaseHarness) -> list[Case]:
    everything = {"subject": None, "client": None, "service": None}
    found, _ = await harness.services.cases.page(**everything, cursor="", limit=10)
    return found


async def test_a_member_that_cannot_be_read_is_left_out_and_nothing_written(harness: CaseHarness) -> None:
    await store(harness, "filing", documents=[{"id": "x"}], reference="E1")
    damaged = REGISTRY.get_sample_value("mre_gateway_cases_damaged_total") or 0
    case = await harness.case()
    assert case.damaged
    assert (case.state.filing.reference, case.state.filing.documents) == ("E1", [])
    assert REGISTRY.get_sample_value("mre_gateway_cases_damaged_total") == damaged + 1
    assert [each.id for each in await listed(harness)] == [harness.case_id]
    with pytest.raises(Damaged):
        await harness.services.cases.storage.run_write(lambda tx: harness.services.cases.save(tx, case))


async def test_a_case_that_cannot_be_read_at_all_hides_no_other(harness: CaseHarness) -> None:
    await store(harness, "filing", portal=5)
    with pytest.raises(Damaged):
        await harness.case()
    assert await listed(harness) == []
    assert await harness.services.cases.opened([harness.case_id]) == []


def test_what_is_left_of_a_state_is_the_rest_of_it() -> None:
    stored = msgspec.to_builtins(read_state(FLAT))
    broken = stored | {"action": "pay", "ending": stored["ending"] | {"closed": "soon", "kept": 3}}
    state = readable_state(broken)
    assert state is not None
    assert state.action is None
    assert state.filing == read_state(FLAT).filing
    assert readable_state(stored | {"parts": "all"}) is None
    assert broken["action"] == "pay"
