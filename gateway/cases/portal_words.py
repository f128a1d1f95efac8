"""What a portal says to the person in its own words, and which members of the form it objects to.

The words may name her, so they are kept in the sealed part of her case alone. They are foreign text: what no page can
show, or what reverses how a line reads, is taken out, and a very long text is cut where one sees it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gateway import typed_text
from gateway.cases.model import Case, Personal
from gateway.cases.state import Objection, State
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus, Progress, Refused
from gateway.storage.vault import Erased

MOST_CHARACTERS: Final = 2_000
"""Of the portal's words. What is cut off is shown as an ellipsis."""
MOST_FIELDS: Final = 50
_LONGEST_POINTER: Final = 300
_LONGEST_CODE: Final = 100
REJECTING: Final = frozenset({CaseStatus.REJECTED, CaseStatus.FAILED})
"""How a portal says that there will be no result."""
_NOT_SHOWN: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
"""Controls, halves of characters, and what stands for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalWords:
    """What is shown of them."""

    refusal: str = ""
    asked: str = ""


NO_WORDS: Final = PortalWords()


async def of_case(cases: Cases, case: Case) -> PortalWords:
    """The sealed part is opened only if there are any. None of a person who asked to be forgotten."""
    state = case.state
    if not (state.objection is not None and state.objection.worded) and not any(
        each.worded for each in (*([state.action] if state.action else []), *state.offers)
    ):
        return NO_WORDS
    try:
        personal = await cases.personal(case)
    except Erased:
        return NO_WORDS
    return PortalWords(refusal=personal.refusal, asked=personal.asked)


def readable(text: str) -> str:
    """The words as a page can show them: by the rule of typed text, with spaces for what that would refuse."""
    begun = text[: 2 * MOST_CHARACTERS]
    shown = typed_text.clean(begun)
    if not typed_text.acceptable(shown):
        shown = typed_text.clean("".join(" " if _hidden(each) else each for each in shown))
    if not typed_text.acceptable(shown):  # marks are piled up
        shown = typed_text.decomposed(shown)
        shown = unicodedata.normalize("NFC", shown).strip()
    if len(shown) <= MOST_CHARACTERS and len(begun) == len(text):
        return shown
    return f"{shown[: MOST_CHARACTERS - 1].rstrip()}…"


def objected(state: State, personal: Personal, portal: str, error: Refused) -> None:
    """Keep what the portal said when it refused: in the state the codes, in the sealed part its words."""
    fields = _fields(error.fields)
    personal.refusal = readable(error.portal_message)
    state.objection = Objection(portal=portal, code=error.code, fields=fields, worded=bool(personal.refusal))


def no_objection(state: State, personal: Personal) -> None:
    """What was refused before has been taken now."""
    personal.refusal, state.objection = "", None


def said_anything(progress: Progress) -> bool:
    return bool(progress.message or (progress.ask is not None and progress.ask.message))


def keep(personal: Personal, progress: Progress) -> bool:
    """Keep the portal's words about what it asks, and about why it rejected the demand; returns whether they are others
    than before."""
    before = personal.asked, personal.refusal
    if progress.ask is not None and progress.ask.message:
        personal.asked = readable(progress.ask.message)
    if progress.status in REJECTING:
        personal.refusal = readable(progress.message)
    return before != (personal.asked, personal.refusal)


def _fields(fields: Mapping[str, str]) -> dict[str, str]:
    fit = (
        (pointer, code)
        for pointer, code in fields.items()
        if len(pointer) <= _LONGEST_POINTER and len(code) <= _LONGEST_CODE
    )
    return dict(islice(fit, MOST_FIELDS))


def _hidden(character: str) -> bool:
    return character not in "\t\n" and unicodedata.category(character) in _NOT_SHOWN
