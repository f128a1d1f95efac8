"""Whether what the gateway sends again, since the first answer was lost, is done once at the plugin's stand-in."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gateway.connectors.contract import Booking, Filing
from gateway.connectors.contract_checks import implements
from gateway.testing.checks.base import Check, Notes
from gateway.testing.checks.sandbox import WHERE
from gateway.testing.examination import Examination


async def _done_twice(exam: Examination, notes: Notes) -> None:
    """What the gateway sends again when an answer was lost."""
    if (done := await exam.rehearsal()) is None:
        return
    for each in done.repeated:
        notes.count()
        name, about = each.again.name, each.again.args[1:2]
        told = f"`{name}`" + "".join(f" ({word})" for word in about)
        if each.again.error is not None:
            message = f"{told} that was sent again: {each.again.said()}"
            remedy = "an answer may have been lost: let what the portal has already be a result, as the first time"
            notes.error("connector.py", message, remedy)
        elif each.effects:
            message = f"{told} that was sent again had the effects {dict(Counter(each.effects))}"
            remedy = "let the portal see that it is the same one again, or ask it first what it still waits for"
            notes.error(WHERE, message, remedy)
    kind = exam.plugin.connector_class
    if not any(implements(kind, each) for each in (Filing.act, Filing.withdraw, Booking.cancel)):
        notes.not_applicable("its portal takes nothing that may be sent again")
    elif not notes.examined:
        notes.not_applicable("no example comes to something that is sent again")


CHECKS: Final = (
    Check(
        id="done_twice",
        level="dependable",
        proves="An answer, a withdrawal or a cancellation sent again comes to a result and has no further effect.",
        example="connector.py: `act` (provide_document) that was sent again: Refused('action_not_supported')",
        run=_done_twice,
    ),
)
