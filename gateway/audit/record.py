"""What enters the log: an `Entry` becomes a leaf, RFC 8785 canonical JSON without personal data.

`docs/reference/audit-record.md` explains the fields to an auditor. They are declared here in the order of their names
and hold only strings, integers and lists, so that msgspec's encoder writes the canonical form directly.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.audit.entry import Entry, Hop, Sum

VERSION: Final = 1
SALT_BYTES: Final = 16
_REPLACEMENT: Final = "�"


class HopRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to reach a portal."""

    attempt: int
    breaker: str = ""
    duration_us: int = 0
    key_id: str = ""
    method: str = ""
    operation: str = ""
    outcome: str = ""
    portal: str
    request: str = ""
    response: str = ""
    status: int = 0


class SumRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number of calls of one kind, in a record of summed-up calls."""

    code: str = ""
    count: int
    operation: str = ""
    outcome: str
    status: int = 0


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leaf of the log. Empty and zero members are left out."""

    actor: str = ""
    at: str
    batch: str = ""
    call: str
    case: str = ""
    cases: list[str] = []
    client: str = ""
    code: str = ""
    cutoff: str = ""
    decision: str = ""
    duration_us: int = 0
    expired: int = 0
    hops: list[HopRecord] = []
    hops_omitted: int = 0
    idempotency_key: str = ""
    kind: str
    mandate: str = ""
    operation: str = ""
    outcome: str
    portal: str = ""
    principal: str = ""
    purpose: str = ""
    reason: str = ""
    request: str = ""
    response: str = ""
    rule: str = ""
    search: str = ""
    service: str = ""
    status: int = 0
    subject: str = ""
    sums: list[SumRecord] = []
    until: str = ""
    v: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record ready to be written. `salts` open the commitments, in the order that `openings` gives. Where bodies are
    kept, `bodies` is what was committed to, still to be sealed for `owner`, or `sealed` if that is done."""

    record: Record
    leaf: bytes
    salts: bytes
    owner: str = ""
    bodies: bytes = b""
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class Opening:
    """One commitment of a leaf and the salt that opens it. `where` is a JSON pointer into the leaf."""

    where: str
    commitment: str
    salt: bytes

    def opens(self, content: bytes) -> bool:
        """Whether the log committed to `content`."""
        return hmac.compare_digest(_commitment(self.salt, content), self.commitment)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


def prepare(entry: Entry, *, max_bytes: int, subject: str | None = None) -> Prepared:
    """The leaf of `entry` as it stands now, and the salts of its commitments. `subject` is the person's pseudonym in
    the log, if it differs from the entry's.

    A leaf over `max_bytes` loses its last hops; `hops_omitted` says how many. Without any hop it is below 2 KiB, and 43
    bytes for each of `cases` more.
    """
    subject = entry.subject if subject is None else subject
    prepared = _prepare(entry, subject, entry.hops)
    if len(prepared.leaf) <= max_bytes:
        return prepared
    over = len(prepared.leaf) - max_bytes + len(b'"hops_omitted":00000,')
    keep = len(entry.hops)
    while keep and over > 0:
        keep -= 1
        over -= len(_encode(prepared.record.hops[keep])) + len(b",")
    return _prepare(entry, subject, entry.hops[:keep])


def decode(leaf: bytes) -> Record:
    return _decode(leaf)


def row(record: Record) -> dict[str, Any]:
    """The columns of `audit_records` that repeat parts of the leaf."""
    return {
        "call_id": record.call,
        "at": datetime.fromisoformat(record.at),
        "kind": record.kind,
        "client": record.client,
        "subject": record.subject,
        "case_id": record.case,
        "service": record.service,
        "portal": record.portal,
        "operation": record.operation,
        "outcome": record.outcome,
        "actor": record.actor or None,
    }


def openings(record: Record, salts: bytes) -> Iterator[Opening]:
    """The commitments in the order of their salts: the record's own, then each hop's; request before response."""
    commitments = [("/request", record.request), ("/response", record.response)]
    for number, hop in enumerate(record.hops):
        commitments += [(f"/hops/{number}/request", hop.request), (f"/hops/{number}/response", hop.response)]
    made = [(where, commitment) for where, commitment in commitments if commitment]
    for number, (where, commitment) in enumerate(made):
        yield Opening(where, commitment, salts[number * SALT_BYTES : (number + 1) * SALT_BYTES])


class _Committer:
    """Commits to one content after the other, each under a salt of its own."""

    __slots__ = ("_random", "_used")

    def __init__(self, most: int) -> None:
        self._random = os.urandom(most * SALT_BYTES)
        self._used = 0

    def __call__(self, content: bytes) -> str:
        if not content:
            return ""
        salt = self._random[self._used : self._used + SALT_BYTES]
        self._used += SALT_BYTES
        return _commitment(salt, content)

    @property
    def salts(self) -> bytes:
        return self._random[: self._used]


def _prepare(entry: Entry, subject: str, hops: list[Hop]) -> Prepared:
    commit = _Committer(2 + 2 * len(hops))
    record = Record(
        actor=_word(entry.actor, 64),
        at=entry.at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z",
        batch=_word(entry.batch, 40),
        call=_word(entry.call_id, 40),
        case=_word(entry.case_id, 40),
        cases=[_word(each, 40) for each in entry.cases],
        client=_word(entry.client, 100),
        code=_word(entry.code, 100),
        cutoff=_word(entry.cutoff, 10),
        decision=_word(entry.decision, 20),
        duration_us=_microseconds(entry.duration_ms),
        expired=entry.expired,
        request=commit(entry.request),
        response=commit(entry.response),
        hops=[_hop(hop, commit) for hop in hops],
        hops_omitted=len(entry.hops) - len(hops),
        idempotency_key=_word(entry.idempotency_key_hash, 100),
        kind=entry.kind,
        mandate=_word(entry.mandate, 40),
        operation=_word(entry.operation, 60),
        outcome=entry.outcome,
        portal=_word(entry.portal, 40),
        principal=_word(entry.principal, 20),
        purpose=_word(entry.purpose, 100),
        reason=_word(entry.reason, 100),
        rule=_word(entry.rule, 100),
        search=_word(entry.search, 200),
        service=_word(entry.service, 100),
        status=entry.status,
        subject=_word(subject, 64),
        sums=[_sum(each) for each in entry.sums],
        until=_word(entry.until, 27),
        v=VERSION,
    )
    return Prepared(record, _encode(record), commit.salts)


def _sum(counted: Sum) -> SumRecord:
    return SumRecord(
        code=_word(counted.code, 100),
        count=counted.count,
        operation=_word(counted.operation, 60),
        outcome=counted.outcome,
        status=counted.status,
    )


def _hop(hop: Hop, commit: _Committer) -> HopRecord:
    return HopRecord(
        attempt=hop.attempt,
        breaker=_word(hop.breaker, 20),
        duration_us=_microseconds(hop.duration_ms),
        key_id=_word(hop.key_id, 100),
        method=_word(hop.method, 20),
        operation=_word(hop.operation, 60),
        outcome=_word(hop.outcome, 60),
        portal=_word(hop.portal, 40),
        request=commit(hop.request),
        response=commit(hop.response),
        status=hop.status,
    )


def _commitment(salt: bytes, content: bytes) -> str:
    return hmac.digest(salt, content, "sha256").hex()


def _word(text: str, most: int) -> str:
    """Bounded, and without characters that a database or a terminal cannot handle: no value makes a record fail."""
    if len(text) <= most and text.isprintable():
        return text
    return "".join(c if c.isprintable() else _REPLACEMENT for c in text[:most])


def _microseconds(milliseconds: float) -> int:
    return max(0, round(milliseconds * 1000))
