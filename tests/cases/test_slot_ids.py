"""The ids of slots hold what finds the slot again, and nonsense is told from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.cases import slot_ids
from gateway.cases.slot_ids import SlotInvalid
from gateway.connectors.contract import Slot

START = datetime(2027, 2, 16, 9, tzinfo=UTC)


def slot(id: str = "tanger.20270216.0900") -> Slot:
    return Slot(id=id, post="tanger", service="meeting", start=START, end=START + timedelta(minutes=30))


@pytest.mark.parametrize("id", ["tanger.20270216.0900", "a/b?c=d&e", "موعد", "x" * 80])
def test_slot_id_finds_its_slot_again(id: str) -> None:
    made = slot_ids.encode("echo", slot(id))
    found = slot_ids.decode(made)
    assert (found.portal, found.post, found.slot, found.starts_at) == ("echo", "tanger", id, START)
    assert len(made) <= slot_ids.LONGEST
    assert made.isascii()


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda made: made[:-1], lambda made: made + "A"])
def test_slot_id_that_was_changed_is_none(change: object) -> None:
    assert callable(change)
    with pytest.raises(SlotInvalid):
        slot_ids.decode(change(slot_ids.encode("echo", slot())))
