"""A portal's own words: why it refused, and what it asks. They are kept sealed, and shown as a page can show them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.cases import portal_words
from gateway.cases.actions import ActionReply, answer
from gateway.cases.model import Personal
from gateway.cases.portal_words import MOST_CHARACTERS, MOST_FIELDS, NO_WORDS, of_case, readable
from gateway.cases.state import Action, ActionType, Objection, Part, State
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Refused, RequiredAction
from gateway.storage.tables import cases
from tests.database_sessions import transaction

from .conftest import CaseHarness, progress
from .states import state_of

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

WORDS = "Le permis n° 120369LY01 de Mme El Fassi a déjà été échangé"
REFUSED = Refused("already_exchanged", WORDS, fields={"/licence/number": "already_exchanged"})
FIRST = RequiredAction(type="confirm", code="go_on", options=["yes", "no"], id="C-1", message="Une question")


def filed(**more: Any) -> State:
    return state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001", **more)


def says(harness: CaseHarness, ask: RequiredAction | None, **more: Any) -> None:
    status = CaseStatus.ACTION_REQUIRED if ask else CaseStatus.IN_PROGRESS
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING, ask=ask, **{"status": status} | more))


async def sealed(harness: CaseHarness) -> Personal:
    return await harness.services.cases.personal(await harness.case())


async def reply(harness: CaseHarness, choice: str = "yes") -> None:
    case, personal = await harness.case(), await sealed(harness)
    event = answer(case, personal, ActionType.CONFIRM, ActionReply(choice=choice))
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case, [event], personal)


@pytest.mark.parametrize("hidden", ["\x00", "\ue000", "\ud800", "\x85"])
def test_hidden_character_leaves_the_others_as_they_are(hidden: str, store_url: str) -> None:
    assert readable(f"10 m² —{hidden}½ ﬁn № ٣{hidden}") == "10 m² — ½ ﬁn № ٣"


def test_piled_marks_are_cut(store_url: str) -> None:
    assert readable("m² e" + "\u0301" * 100 + "\x00!") == "m2 é" + "\u0301" * 29 + " !"


async def test_refusal_at_filing_keeps_words_and_fields(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, REFUSED)
    case = await harness.run()
    assert case.status is CaseStatus.REJECTED
    assert case.state.objection == Objection(
        portal="echo", code="already_exchanged", fields={"/licence/number": "already_exchanged"}, worded=True
    )
    assert (await of_case(harness.services.cases, case)).refusal == WORDS


async def test_words_are_in_the_sealed_part_alone(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, REFUSED)
    await harness.run()
    async with transaction(harness.services.cases.storage) as tx:
        rows = (await tx.execute(select(cases))).all()
    events = await harness.services.cases.events(harness.case_id)
    assert rows
    assert "already_exchanged" in str(rows)
    assert "El Fassi" not in f"{rows} {events} {harness.records.entries}"


async def test_rejection_later_keeps_the_portals_words(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, None, status=CaseStatus.REJECTED, reason="licence_suspended", message=WORDS)
    case = await harness.run()
    assert case.state.objection == Objection(portal="echo", code="licence_suspended", worded=True)
    assert (await of_case(harness.services.cases, case)).refusal == WORDS


async def test_rejection_without_words_shows_none_of_before(harness: CaseHarness) -> None:
    await harness.become(filed(objection=Objection(portal="echo", code="answer_refused", worded=True)))
    says(harness, None, status=CaseStatus.REJECTED, reason="licence_suspended")
    case = await harness.run()
    assert case.state.objection == Objection(portal="echo", code="licence_suspended")
    assert await of_case(harness.services.cases, case) == NO_WORDS


async def test_question_has_the_portals_words(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, FIRST)
    case = await harness.run()
    assert case.state.action is not None
    assert (case.state.action.id, case.state.action.worded) == ("C-1", True)
    assert (await of_case(harness.services.cases, case)).asked == "Une question"
    says(harness, msgspec.structs.replace(FIRST, message="La même, mieux dite"))
    case = await harness.run()
    assert (await of_case(harness.services.cases, case)).asked == "La même, mieux dite"
    assert (await harness.codes()).count("asked") == 1


async def test_next_question_without_words_shows_none_of_before(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, FIRST)
    await harness.run()
    says(harness, RequiredAction(type="confirm", code="go_on", options=["yes", "no"], id="C-2"))
    case = await harness.run()
    assert (await harness.codes())[-2:] == ["ask_lapsed", "asked"]
    assert await of_case(harness.services.cases, case) == NO_WORDS


@pytest.mark.parametrize(("id", "told"), [("C-1", {"id": "C-1"}), ("", {})])
async def test_answer_brings_back_which_question_it_is_for(harness: CaseHarness, id: str, told: dict[str, str]) -> None:
    """Whatever the portal asks meanwhile. A connector that gives no numbers gets an answer as before."""
    given: list[Any] = []

    async def act(reference: str, action: str, answer: dict[str, Any]) -> Any:
        given.append(answer)
        return progress(Milestone.PROCESSING)

    await harness.become(filed())
    says(harness, msgspec.structs.replace(FIRST, id=id))
    await harness.run()
    await reply(harness)
    harness.portals.says(Filing.act, act)
    says(harness, None)
    await harness.run()
    assert given == [{"choice": "yes", "text": "", **told}]


async def test_refused_answer_is_told_until_one_is_taken(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, FIRST)
    await harness.run()
    await reply(harness)
    harness.portals.says(Filing.act, Refused("answer_refused", "Illisible"))
    case = await harness.run()
    assert (await of_case(harness.services.cases, case)).refusal == "Illisible"
    await reply(harness)
    harness.portals.says(Filing.act, progress(Milestone.PROCESSING))
    says(harness, None)
    case = await harness.run()
    assert case.state.objection is None
    assert (await sealed(harness)).refusal == ""


def test_number_that_comes_later_makes_no_new_question(store_url: str) -> None:
    """A case may have been stored before its connector gave numbers."""
    one, other = (Action(type=ActionType.CONFIRM, code="c", id=each) for each in ("1", "2"))
    unnumbered = Action(type=ActionType.CONFIRM, code="c")
    assert unnumbered.same(one)
    assert one.same(unnumbered)
    assert not one.same(other)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Déjà échangé.\r\nVoir l'agence.", "Déjà échangé.\nVoir l'agence."),
        ("a\u202eb\u200bc\x00d\x1b[31m", "abc d [31m"),
        ("رخصة\u200f 120369", "رخصة 120369"),
        ("", ""),
        ("x" * MOST_CHARACTERS, "x" * MOST_CHARACTERS),
        ("x" * (MOST_CHARACTERS + 1), "x" * (MOST_CHARACTERS - 1) + "…"),
        (" " * 50_000 + "x", "…"),
    ],
)
def test_words_are_shown_as_a_page_can_show_them(said: str, shown: str, store_url: str) -> None:
    assert readable(said) == shown


def test_fields_are_bounded(store_url: str) -> None:
    many = {f"/{number}": "wrong" for number in range(MOST_FIELDS + 9)} | {"/" + "x" * 400: "wrong"}
    state = state_of()
    portal_words.objected(state, Personal(form={}, contact=msgspec.UNSET), "echo", Refused("wrong", fields=many))  # type: ignore[arg-type]
    assert state.objection is not None
    assert len(state.objection.fields) == MOST_FIELDS
