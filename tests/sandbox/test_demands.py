"""A stand-in's demands: taken, found, moved on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.sandbox.authoring import Demands, Objection, SandboxContext
from gateway.sandbox.context import Clock, Effects, Store

BEGINS = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PLAN = ((0, "deposee"), (3, "en_controle"), (24, "accordee"))


@pytest.fixture
def context() -> SandboxContext:
    store = Store()
    clock = Clock(store)
    clock.stand_still(BEGINS)
    effects = Effects(store, "hello", clock)
    return SandboxContext(
        portal="hello", base_url="http://127.0.0.1", store=store, clock=clock, effects=effects, secrets={}
    )


def test_a_demand_gets_a_number_and_is_found(context: SandboxContext) -> None:
    demands = Demands(context, "VR-{year}-{count:06}")
    taken = demands.take("key_1", {"plate": "1-A-1"})
    assert taken == {"plate": "1-A-1", "number": "VR-2026-000001", "key": "key_1", "filed": BEGINS.timestamp()}
    assert demands.known("VR-2026-000001") == taken
    assert demands.with_key("key_1") == [taken]
    assert demands.with_key("key_2") == []


def test_content_cannot_take_the_place_of_number_and_key(context: SandboxContext) -> None:
    """What a demand says of itself comes from outside."""
    taken = Demands(context, "D-{count}").take("key_1", {"number": "D-7", "key": "key_of_somebody_else", "filed": 0})
    assert (taken["number"], taken["key"], taken["filed"]) == ("D-1", "key_1", BEGINS.timestamp())


def test_the_same_key_twice_is_two_demands_unless_it_is_promised(context: SandboxContext) -> None:
    demands = Demands(context, "D-{count}")
    assert [demands.take("key_1", {})["number"] for _ in range(2)] == ["D-1", "D-2"]
    assert [each["key"] for each in context.effects.all()] == ["D-1", "D-2"]

    promised = Demands(context, "D-{count}", once_by_key=True)
    assert [promised.take(key, {})["number"] for key in ("key_1", "key_3", "key_3")] == ["D-1", "D-3", "D-3"]
    assert [each["key"] for each in context.effects.all()] == ["D-1", "D-2", "D-3"]


def test_a_number_that_was_never_given_is_the_portals_no(context: SandboxContext) -> None:
    with pytest.raises(Objection) as raised:
        Demands(context, "D-{count}", unknown="DEMANDE_INCONNUE", message="Aucune.").known("D-1")
    said = raised.value
    assert (said.status, said.error, said.message) == (404, "DEMANDE_INCONNUE", "Aucune.")


@pytest.mark.parametrize(
    ("hours", "word", "since"),
    [(0, "deposee", 0), (2.99, "deposee", 0), (3, "en_controle", 3), (23, "en_controle", 3), (900, "accordee", 24)],
)
def test_time_moves_it_on(context: SandboxContext, hours: float, word: str, since: float) -> None:
    demands = Demands(context, "D-{count}")
    taken = demands.take("key_1", {})
    context.clock.set(speed=0.0, advance=hours * 3600)
    assert demands.stage(taken, PLAN) == (word, BEGINS + timedelta(hours=since))


def test_a_plan_that_begins_later_begins_with_its_first_word(context: SandboxContext) -> None:
    demands = Demands(context, "D-{count}")
    assert demands.stage(demands.take("key_1", {}), ((1, "open"),)).word == "open"


def test_a_change_is_kept_with_its_effect(context: SandboxContext) -> None:
    demands = Demands(context, "D-{count}")
    taken = demands.take("key_1", {"answered": False, "year": 1985})
    changed = demands.change(taken, "answer", answered=True)
    assert changed == demands.known("D-1") == {**taken, "answered": True}
    assert [each["kind"] for each in context.effects.all()] == ["demand", "answer"]
