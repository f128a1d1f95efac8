"""A portal calls back: about a payment, or to say that a demand has changed.

Each portal authenticates its calls in its own way, so the connector checks them; their content is only a hint, and the
gateway queries the portal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.audit.entry import Entry
from gateway.cases.commands.not_offered import PortalNotFound
from gateway.cases.commands.unit_of_work import StillChanging
from gateway.cases.payments import AUTHENTIC, RETURN, Payments
from gateway.cases.portals import Portals
from gateway.cases.store import Cases, Conflict
from gateway.connectors.contract import Callback, Filing, Paying, Refused, Reply, Verdict

PAYMENT: Final = "payment"


class CallbackRefused(Exception):
    """The connector refused the call as not authentic. `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCallback:
    portals: Portals
    payments: Payments
    cases: Cases
    callback_seconds: float
    wake_worker: Callable[[], None]

    def is_return(self, entry: Entry, portal: str, path: str) -> bool:
        """Whether this is a person who comes back from a card page, which proves nothing. Raises `PortalNotFound` for a
        portal that never calls."""
        if not self._pays(portal) and not self._notifies(portal):
            raise PortalNotFound(portal)
        entry.portal = portal
        if not (self._pays(portal) and path.partition("/")[0] == RETURN):
            return False
        entry.purpose = "payment"
        return True

    async def returns_to(self, portal: str, path: str) -> str:
        """Where a person who comes back goes on to; empty for the gateway's own page."""
        return await self.payments.returns_to(portal, path.partition("/")[2])

    async def run(self, entry: Entry, portal: str, callback: Callback) -> Reply:
        """What the portal expects to hear. Raises `PortalNotFound`, `CallbackRefused`, `StillChanging`, and what the
        portal's connector raises: then nothing has changed, and the callback has to come again."""
        if self._pays(portal) and callback.path == PAYMENT and callback.method == "POST":
            entry.purpose = "payment"
            return await self._payment(entry, portal, callback)
        if not self._notifies(portal):
            raise PortalNotFound(portal)
        entry.purpose = "notice"
        return await self._notice(entry, portal, callback)

    async def _payment(self, entry: Entry, portal: str, callback: Callback) -> Reply:
        try:
            heard = await self.payments.callback(portal, callback, self.callback_seconds, entry)
        except Conflict as error:
            raise StillChanging from error
        verdict, reply, entry.code = heard
        entry.decision = "deny" if verdict is Verdict.REJECTED else "allow"
        entry.rule = AUTHENTIC
        if verdict is Verdict.REJECTED:
            entry.kind, entry.outcome = "refusal", "denied"
        self.wake_worker()
        return reply

    async def _notice(self, entry: Entry, portal: str, callback: Callback) -> Reply:
        """Make the cases with this reference due; the journey then queries the portal, because the notice itself is not
        trusted.

        An unknown reference gets the same answer, so that callers cannot find out which ones exist.
        """
        entry.rule = AUTHENTIC
        try:
            notice = await self.portals.recorded_in(entry).call(portal, Filing.notice, callback)
        except Refused as error:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
            raise CallbackRefused(error.code) from error
        entry.decision, entry.principal = "allow", "portal"
        concerned = await self.cases.make_due(portal, notice.reference)
        if concerned:
            entry.case_id, entry.service, entry.subject = concerned[0]
        entry.code = "notice_taken" if concerned else "notice_of_nothing"
        self.wake_worker()
        return notice.reply

    def _pays(self, portal: str) -> bool:
        return self.portals.has(portal, Paying)

    def _notifies(self, portal: str) -> bool:
        return self.portals.implements(portal, Filing.notice)
