"""Open the card page for the fee that a case waits for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway import typed_text
from gateway.auth.clients import Clients
from gateway.cases import actions
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import Case, Event
from gateway.cases.payments import Payments
from gateway.cases.store import Cases
from gateway.connectors.contract import Checkout


class ReturnUrlNotAllowed(Exception):
    """The client is not registered with this address."""


@dataclass(frozen=True, slots=True)
class OpenedPayment:
    case: Case
    which: int
    """Index of the charge."""
    checkout: Checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPayment:
    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    payments: Payments
    clients: Clients

    async def run(
        self, request: WriteRequest, case_id: str, return_url: str, present: Presenter[OpenedPayment]
    ) -> Written:
        """`return_url`: where the card page sends the person afterwards; empty for the gateway's own page.

        Raises `CaseNotFound`, `ReturnUrlNotAllowed`, `Ended`, `NotOpen`, what the portal's connector raises, and as
        `IdempotentWrites.run`.
        """
        await self.access.find(request.caller, case_id)
        self._check_return_url(request.caller, return_url)
        work = partial(self._open, request=request, case_id=case_id, return_url=return_url, present=present)
        return await self.writes.run(request, work, holds_key=True)

    async def _open(
        self,
        unit: UnitOfWork,
        *,
        request: WriteRequest,
        case_id: str,
        return_url: str,
        present: Presenter[OpenedPayment],
    ) -> StoredResponse:
        case = await self.access.find_to_change(unit.caller, case_id)
        request.check_version(case)
        which = actions.charge_due(case)
        personal = await self.cases.personal(case)
        oid, checkout = await self.payments.open_checkout(case, which, personal.contact, unit.caller.entry)

        def keep(tx: Connection) -> OpenedPayment:
            self.cases.save(tx, case, [Event(code="checkout_opened", portal=case.state.payment.charges[which].portal)])
            self.payments.announce(tx, case, which, oid, return_url)
            return OpenedPayment(case, which, checkout)

        return await unit.commit(keep, present)

    def _check_return_url(self, caller: Caller, url: str) -> None:
        if not url:
            return
        client = self.clients.get(caller.principal.client_id)
        plain = typed_text.acceptable(url) and typed_text.bare(url) == url
        if not plain or client is None or not client.may_return_to(url):
            raise ReturnUrlNotAllowed
