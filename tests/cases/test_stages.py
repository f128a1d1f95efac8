"""The stages of a journey: each a `Stage`, each with a name of its own, and one for every part of a case."""

from __future__ import annotations

from dataclasses import fields
from unittest.mock import Mock

import pytest

from gateway.cases.stages.order import Stages
from gateway.cases.stages.stage import Stage
from gateway.cases.state import Part
from gateway.connectors.contract import CaseStatus

from .states import state_of
from .test_model import case_with

STAGES = Stages.using(Mock(), Mock(), Mock())
ALL: list[Stage] = [getattr(STAGES, each.name) for each in fields(STAGES)]


def test_every_part_has_its_stage_and_every_stage_its_name() -> None:
    assert all(STAGES.of_part(part) in ALL for part in Part)
    assert sorted(each.name for each in ALL) == [
        "answers",
        "appointment",
        "compensation",
        "fee",
        "filing",
        "finish",
        "follow",
        "leftovers",
        "shipping",
    ]


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"parts": [Part.FILING, Part.FOLLOW]}, "filing"),
        ({"parts": [Part.FILING, Part.FOLLOW], "reference": "E1"}, "follow"),
        ({"parts": [Part.FILING, Part.FOLLOW], "reference": "E1", "followed": True}, "finish"),
        ({"parts": [Part.APPOINTMENT, Part.FILING, Part.FOLLOW]}, "appointment"),
        ({"parts": [Part.FILING, Part.FOLLOW], "reference": "E1", "cancelling": ["B1"]}, "appointment"),
        ({"parts": [Part.SHIPPING], "cancelling": ["B1"], "ending": CaseStatus.FAILED}, "compensation"),
    ],
)
def test_the_next_stage_is_decided_from_the_case_alone(known: dict[str, object], name: str) -> None:
    assert STAGES.next_of(case_with(CaseStatus.IN_PROGRESS, state_of(**known))).name == name


def test_an_ended_case_has_leftovers_at_most() -> None:
    assert STAGES.next_of(case_with(CaseStatus.FAILED, state_of(ending=CaseStatus.FAILED))) is STAGES.leftovers
