"""The caller and the decisions about the call: the audit entry holds both."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.auth.mandates import Mandates
from gateway.auth.policy import Decision, Denied
from gateway.auth.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    principal: Principal
    entry: Entry
    """What the audit record of this call will say."""


def allow(entry: Entry, decision: Decision) -> None:
    entry.decision, entry.rule, entry.reason = "allow", decision.rule, decision.reason


class deciding:
    """Writes a `Denied` that is raised inside into the audit entry. `not_found` is raised in its place where the caller
    must not learn whether the thing exists."""

    def __init__(self, entry: Entry, *, not_found: type[Exception] | None = None) -> None:
        self._entry = entry
        self._not_found = not_found

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Denied):
            return
        self._entry.kind, self._entry.decision, self._entry.rule = "refusal", "deny", error.decision.rule
        self._entry.outcome, self._entry.reason = "denied", error.decision.reason
        if self._not_found is not None and error.code == "not_found":
            raise self._not_found from error


async def require_permission(mandates: Mandates, caller: Caller) -> None:
    """Check, before a request to a portal, that the mandate of the call has not ended meanwhile. Raises `Denied`."""
    with deciding(caller.entry):
        await mandates.still(caller.principal)


def require_permission_in(tx: Connection, mandates: Mandates, caller: Caller) -> None:
    """The same inside the unit of work that stores an effect or its intent."""
    with deciding(caller.entry):
        mandates.still_in(tx, caller.principal)
