"""Whose demand it is, in the record: what was refused, and what the other people concerned see in their own ledger."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from gateway.api.access import Call, backend_of, entry_of
from gateway.api.problems import FieldError, Problem
from gateway.audit.entry import NAMED_BY_ANOTHER, Entry
from gateway.cases.subject import NotEntitled


async def refuse(request: Call, error: NotEntitled) -> Problem:
    """Record that a demand is not the caller's to make, for her and for those whom it names."""
    entry, audit = entry_of(request), backend_of(request).audit
    entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
    entry.rule, entry.reason = error.rule, error.reason
    for other in _concerned(request, error.named):
        await audit.write(other)
    return Problem(error.code, errors=[FieldError(place, error.code) for place in error.places])


def tell(tx: Connection, request: Call, named: Iterable[str]) -> None:
    """With the case, a record for each of the other people whom its form names by their CNIE."""
    for other in _concerned(request, named):
        backend_of(request).audit.append(tx, other)


def _concerned(request: Call, named: Iterable[str]) -> list[Entry]:
    """The same call once more, as it concerns each of them. It says who filed as far as the log says it of anybody:
    the client, and the agent if one acted. No case: it is not theirs."""
    entry, ring = entry_of(request), backend_of(request).ring
    return [
        Entry(
            call_id=entry.call_id,
            kind="refusal" if entry.decision == "deny" else "access",
            operation=entry.operation,
            client=entry.client,
            subject=ring.pseudonym(each),
            actor=entry.actor,
            principal=entry.principal,
            purpose=entry.purpose,
            service=entry.service,
            portal=entry.portal,
            outcome=entry.outcome,
            decision=entry.decision,
            rule=entry.rule,
            reason=NAMED_BY_ANOTHER,
            at=entry.at,
        )
        for each in sorted(named)
    ]
