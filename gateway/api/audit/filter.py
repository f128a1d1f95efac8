"""What an auditor asks the log for, in a query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, get_args

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from gateway.api.http.access import Call, entry_of
from gateway.api.http.problems import FieldError, Problem
from gateway.audit.entry import Outcome
from gateway.audit.search import Filter
from gateway.auth.keys import KeyRing

Text = Annotated[str, QueryParameter(max_length=100)]


def asked(
    request: Call,
    ring: NamedDependency[KeyRing],
    since: Annotated[datetime | None, QueryParameter(description="From this time on, with its zone.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Before this time.")] = None,
    portal: Text = "",
    service: Text = "",
    client: Text = "",
    outcome: Annotated[str, QueryParameter(max_length=100, description=f"One of {', '.join(get_args(Outcome))}.")] = "",
    kind: Annotated[Literal["call", "step", "admin", "access", "refusal"] | None, QueryParameter()] = None,
    call_id: Text = "",
    case_id: Text = "",
    operation: Annotated[str, QueryParameter(max_length=100, description="Such as `tracking.read`.")] = "",
    subject: Annotated[
        str, QueryParameter(max_length=100, description="A pseudonym, as records or `POST /audit/subjects` give it.")
    ] = "",
    actor: Annotated[str, QueryParameter(max_length=100, description="Pseudonym of the agent who acted.")] = "",
) -> Filter:
    """All that is given must hold."""
    return Filter(
        since=moment(since, "since"),
        until=moment(until, "until"),
        portal=portal,
        service=service,
        client=client,
        outcome=outcome,
        kind=kind or "",
        call_id=call_id,
        case_id=case_id,
        operation=operation,
        subject=subject,
        actor=actor,
        subjects=ring.ledger.every(subject, entry_of(request).at) if subject else (),
    )


ASKED: Final = {"where": Provide(asked, sync_to_thread=False)}


def moment(given: datetime | None, name: str) -> datetime | None:
    """In UTC. Raises `Problem` for a time without its zone, of the parameter `name`."""
    if given is None:
        return None
    try:
        if given.tzinfo is None:
            raise Problem("filter_invalid", errors=[FieldError(f"/?{name}", "time_without_zone")])
        return given.astimezone(UTC)
    except OverflowError:  # the first or the last day there is, in another zone
        raise Problem("filter_invalid", errors=[FieldError(f"/?{name}", "invalid")]) from None
