"""Tracking by proof: which proof counts, limits of wrong ones, and who learns of attempts.

Why so: docs/decisions/tracking-by-proof.md.

A reference is short, and others often know the proof, so neither protects anything alone. Verified claims are the proof
where there are any. Typed values may be guesses: wrong ones are counted per caller and per reference, in the database,
and a caller without tries left gets no answer, right or wrong. Others' attempts do not block a caller with a verified
claim. The owner of a reference that we know sees the attempts in her ledger.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from gateway import national_id, typed_text
from gateway.audit.entry import Entry, Outcome
from gateway.audit.log import AuditLog
from gateway.auth.claim_match import agrees
from gateway.auth.principal import Identity, Principal
from gateway.cases.portals import Portals
from gateway.connectors.contract import Progress, Refused, Tracking
from gateway.settings import Tracking as Limits
from gateway.storage.allowances import Allowance, spend
from gateway.storage.engine import Storage
from gateway.storage.tables import cases

RULE: Final = "tracking:proof@1"
_COMPANY: Final = re.compile("(RC)?[0-9]{1,10}")
"""A trade-register number: it names a company, for which there are no claims."""


class ProofMissing(Exception):
    """`members` are neither verified nor typed."""

    def __init__(self, members: list[str]) -> None:
        super().__init__(", ".join(members))
        self.members = members


class TriesUsed(Exception):
    """Too many wrong proofs; the next one is checked in `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = max(1.0, retry_after)


class QueriesUsed(TriesUsed):
    """Too many queries without a token from one address, right or wrong."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof for the portal, besides the reference."""

    values: Mapping[str, str]
    typed: bool
    """A part of it is typed, so it may be a guess."""
    verified: bool
    """A part of it is a verified claim."""


_NONE_WANTED: Final = Proof({}, typed=False, verified=False)


class ProofTracking:
    def __init__(self, storage: Storage, portals: Portals, audit: AuditLog, limits: Limits) -> None:
        self._storage, self._portals, self._audit = storage, portals, audit
        self._address = Allowance("tracking-address", limits.address_queries, limits.tries_seconds)
        self._caller = Allowance("tracking-caller", limits.caller_tries, limits.tries_seconds)
        self._reference = Allowance("tracking-reference", limits.reference_tries, limits.tries_seconds)

    async def track(
        self,
        portal: str,
        reference: str,
        typed: Mapping[str, str],
        *,
        principal: Principal | None,
        address: str = "",
        entry: Entry,
        budget: float,
    ) -> Progress:
        """Where it stands. Raises `ProofMissing`, `TriesUsed`, `QueriesUsed`, and what the portal's connector raises.

        Without a `principal` every query counts, for the caller's `address`: any text that stands for it and that
        nobody can guess it from."""
        connector = self._portals.connector(portal)
        assert isinstance(connector, Tracking)
        reference = typed_text.bare(reference)
        proof = proof_of(connector.tracking_proof, principal.claims if principal else Identity(), typed)
        if principal is None:
            await self._use_up({address: self._address}, QueriesUsed)
        if not proof.values:  # the portal tells it to everybody
            return await self._ask(portal, reference, proof, entry, budget)
        owner, case_id = await self._storage.run_read(lambda connection: _owner(connection, portal, reference))
        mine = owner != "" and principal is not None and owner == principal.pseudonym
        keys = {} if mine else self._keys(portal, reference, _name_of(principal, address), proof)
        await self._use_up(keys)
        outcome: Outcome = "unknown"  # of a caller who goes away before the answer
        try:
            progress = await self._ask(portal, reference, proof, entry, budget)
        except Refused:
            outcome = "refused"
            raise
        except Exception:
            outcome = "unavailable"  # the caller learnt nothing
            await self._give_back(keys)
            raise
        else:
            outcome = "ok"
            await self._give_back(keys)
            return progress
        finally:
            if owner and not mine:
                await self._audit.write(_told_to_owner(entry, owner, case_id, outcome))

    async def _ask(self, portal: str, reference: str, proof: Proof, entry: Entry, budget: float) -> Progress:
        calls = self._portals.recorded_in(entry, budget=budget)
        return await calls.call(portal, Tracking.track, reference, **proof.values)

    def _keys(self, portal: str, reference: str, who: str, proof: Proof) -> dict[str, Allowance]:
        keys = {who: self._caller}
        if not proof.verified:
            keys[f"{portal} {typed_text.code(reference)}"] = self._reference
        return keys

    async def _use_up(self, keys: Mapping[str, Allowance], refusal: type[TriesUsed] = TriesUsed) -> None:
        """Count one try of each before the query: parallel tries get no more than serial ones."""

        def work(tx: Connection) -> None:
            for key, allowance in keys.items():
                used = spend(tx, allowance, key)
                if not used.granted:
                    raise refusal(used.retry_after)  # and nothing is used

        if keys:
            await self._storage.run_write(work)

    async def _give_back(self, keys: Mapping[str, Allowance]) -> None:
        def work(tx: Connection) -> None:
            for key, allowance in keys.items():
                spend(tx, allowance, key, cost=-1)

        if keys:
            await self._storage.run_write(work)


def _name_of(principal: Principal | None, address: str) -> str:
    """Whose tries are counted."""
    if principal is None:
        return address
    return principal.actor or principal.pseudonym or f"{principal.issuer} {principal.client_id} {principal.subject}"


def proof_of(wanted: tuple[str, ...], claims: Identity, typed: Mapping[str, str]) -> Proof:
    """The members that a portal wants. A verified claim takes precedence over a typed value, unless that is a more
    exact match: the day of a birth whose year is verified. Raises `ProofMissing`."""
    if not wanted:
        return _NONE_WANTED
    verified = {
        "email": claims.email,
        "cnie": claims.cnie,
        "owner_id": claims.cnie,
        "name": claims.name,
        "birth_date": "" if claims.birthdate.startswith("0000") else claims.birthdate,
    }
    values: dict[str, str] = {}
    vouched = set()
    for name in wanted:
        told, known = _clean(name, typed.get(name, "")), verified.get(name, "")
        if name == "owner_id" and _COMPANY.fullmatch(told):
            known = ""
        if name == "birth_date" and len(told) > len(known) and agrees("birthdate", told, known):
            values[name] = told
        elif known:
            values[name] = known
            vouched.add(name)
        elif told:
            values[name] = told
    missing = [name for name in wanted if name not in values]
    if missing:
        raise ProofMissing(missing)
    return Proof(values, typed=len(vouched) < len(values), verified=bool(vouched))


def _clean(name: str, text: str) -> str:
    if not typed_text.acceptable(text):
        return ""
    if name in ("cnie", "owner_id"):
        try:
            return national_id.typed(text)
        except ValueError:
            return typed_text.code(text)
    if name == "birth_date":
        return typed_text.latin_digits(typed_text.bare(text))
    return typed_text.bare(text) if name == "email" else typed_text.line(text)


def _owner(connection: Connection, portal: str, reference: str) -> tuple[str, str]:
    """The pseudonym of the person whose case the portal knows by this reference, and the case; empty if none is."""
    written = {reference, typed_text.code(reference)}
    query = select(cases.c.subject, cases.c.id).where(cases.c.portal == portal, cases.c.reference.in_(written))
    row = connection.execute(query.order_by(cases.c.created_at.desc())).first()
    return (row.subject, row.id) if row is not None and reference else ("", "")


def _told_to_owner(entry: Entry, owner: str, case_id: str, outcome: Outcome) -> Entry:
    """A record about the owner, beside the caller's own: who tried by which client, not what was typed."""
    return Entry(
        call_id=entry.call_id,
        kind="access",
        operation=entry.operation,
        client=entry.client,
        actor=entry.actor,
        principal=entry.principal,
        subject=owner,
        case_id=case_id,
        portal=entry.portal,
        purpose=entry.purpose,
        outcome=outcome,
        decision="allow",
        rule=RULE,
        reason={"ok": "by_proof", "refused": "wrong_proof"}.get(outcome, "no_answer"),
    )
