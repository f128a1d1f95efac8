"""The record while it is being made: one `Entry` a call, a journey step or an administrative act, one `Hop` an attempt.

Whoever starts the work makes the entry and passes it on. A call of a portal is given its list of hops, to which the
outbound `record` layer adds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

Kind = Literal["call", "step", "admin", "access", "refusal"]
Outcome = Literal["ok", "client_error", "refused", "unavailable", "unknown", "denied", "failed"]
NAMED_BY_ANOTHER: Final = "named_by_another_person"
"""The reason in an additional record of a call, for a person whom another person's form names."""
TRIED_BY_ANOTHER: Final = "tried_by_another_person"
"""The same for the owner of an object that somebody else tried to reach, and was refused."""
SHOWN_TO_ANOTHER: Final = "shown_to_another_person"
"""The same for each person of whom an agent's list told."""
BESIDE: Final = frozenset({NAMED_BY_ANOTHER, TRIED_BY_ANOTHER, SHOWN_TO_ANOTHER})
"""Reasons of records that are additional to the caller's own."""


@dataclass(slots=True, kw_only=True)
class Hop:
    """One attempt to reach a portal."""

    attempt: int
    portal: str
    operation: str
    method: str
    key_id: str = ""
    """The key that signed this attempt."""
    status: int = 0
    """HTTP status; 0 when no answer came."""
    outcome: str = ""
    """`answered`, or the name of what went wrong: `connect_failed`, `timeout`, `reset`, `breaker_open`, ...

    `under_way` where the record was written before the end: a token that several calls wait for is fetched though the
    one that began gives up."""
    breaker: str = "closed"
    duration_ms: float = 0.0
    request: bytes = b""
    """Raw bytes of the request; only a salted commitment enters the log."""
    response: bytes = b""


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of calls of unknown callers, all of one kind. See `gateway.audit.sums`."""

    operation: str
    code: str
    outcome: Outcome
    status: int
    count: int


@dataclass(slots=True, kw_only=True)
class Entry:
    """The content of the audit record. Only `request` and `response`, here and in the hops, may hold personal data: the
    log gets only a salted commitment to them."""

    call_id: str
    kind: Kind
    operation: str = ""
    """`cases.create`, `tracking.read`, `journey.file`: the route or step."""
    client: str = ""
    subject: str = ""
    """Pseudonym of the person concerned, as the store has it; the log calls them otherwise each year."""
    actor: str = ""
    """Pseudonym of the agent who acts for that person, or tries to."""
    mandate: str = ""
    """The mandate that the call is about, or was made under."""
    principal: str = ""
    """`citizen`, `app`, `agent`, `auditor`, `operator`, `portal`, `journey`, `anonymous`."""
    purpose: str = ""
    search: str = ""
    """The filters of an access to the log."""
    case_id: str = ""
    cases: list[str] = field(default_factory=list)
    """The cases that one request to a portal was about, in the record of that request..."""
    batch: str = ""
    """...and, in the record of a case that it changed, the `call_id` of that record."""
    service: str = ""
    portal: str = ""
    outcome: Outcome = "ok"
    code: str = ""
    """The problem's code, if it failed."""
    status: int = 0
    decision: str = ""
    """Policy decision: `allow` or `deny`."""
    rule: str = ""
    """The rule that decided, with its version: `scope:cases.write@1`."""
    reason: str = ""
    """Why that rule decided so, as a word: `not_the_owner`. Empty where the rule simply held."""
    idempotency_key_hash: str = ""
    cutoff: str = ""
    """For the act that lets records expire: those from before this day are too old, `2026-04-01`..."""
    expired: int = 0
    """...and those before this index go."""
    until: str = ""
    """For a record of calls that were summed up: the end of their time, as `at` is its beginning..."""
    sums: list[Sum] = field(default_factory=list)
    """...and how many there were of each kind."""
    request: bytes = b""
    response: bytes = b""
    secret_response: bool = False
    """Nothing is kept of the answer's body, not even its hash: it gives a secret to the caller."""
    hops: list[Hop] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=time.perf_counter)
    recorded: bool = False
    """Already written, for example in the transaction of the reported work."""

    @property
    def duration_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000
