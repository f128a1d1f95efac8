"""Payments: card pages opened, callbacks settled, lost callbacks found again.

The portal's own state of the order, queried server to server, settles a payment. A callback, however well signed, may
have come through the payer's browser: it only triggers the query, and its reply follows the portal's state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog
from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases.model import Case, Contact, Event, now
from gateway.cases.portals import Portals
from gateway.cases.state import ActionType, Charge
from gateway.cases.store import Cases, Conflict, Damaged, attempts
from gateway.connectors.contract import (
    Callback,
    CaseStatus,
    Checkout,
    Fee,
    Money,
    Paying,
    Payment,
    PaymentState,
    Refused,
    Reply,
    Settlement,
    Unavailable,
    Verdict,
)
from gateway.ids import new_id
from gateway.outbound.invoke import invoke_plain
from gateway.storage.tables import payments
from gateway.telemetry.metrics import payment_too_late

log = structlog.get_logger()

SETTLED: Final = "payment_settled"
AUTHENTIC: Final = "callback.authentic@1"
"""The audit rule that admits a portal's callback."""

DECLINED: Final = "payment_declined"
NOT_NEEDED: Final = "payment_not_needed"
TOO_LATE: Final = "payment_too_late"
"""The portal took money that was not due any more: somebody has to see to it that it is given back."""
RETURN: Final = "return"
"""The path below a portal's callbacks to which the payer's browser comes back, followed by the order number."""

TAKEN: Final = (PaymentState.PAID, PaymentState.AUTHORISED)
"""Portal states that confirm a callback's success: the money is taken, or held until we reply."""
_NAMELESS: Final = "-"
"""The number of a declined attempt for which the portal gives none."""


class Payments:
    def __init__(
        self, cases: Cases, portals: Portals, audit: AuditLog, poll_seconds: float = 300.0, public_url: str = ""
    ) -> None:
        self._cases = cases
        self._portals = portals
        self._audit = audit
        self._poll_seconds = poll_seconds
        self._public_url = public_url

    async def open_checkout(self, case: Case, which: int, contact: Contact, entry: Entry) -> tuple[str, Checkout]:
        """A card page for one of the charges of `case`, under a new order number. Nothing is stored yet: see
        `announce`. The payer's browser comes back to the gateway, which sends it on."""
        charge = case.state.payment.charges[which]
        soon = now() + timedelta(seconds=self._poll_seconds)  # should no callback come
        case.due_at = soon if case.due_at is None else min(case.due_at, soon)
        oid = new_id("pay")
        fee = Fee(
            case_id=case.id,
            oid=oid,
            amount=charge.amount,
            payer_name=contact.name,
            payer_email=contact.email,
            payer_phone=contact.phone,
            language=case.language,
            return_url=f"{self._public_url}/callbacks/{charge.portal}/{RETURN}/{oid}",
        )
        return oid, await self._portals.recorded_in(entry).call(charge.portal, Paying.checkout, fee)

    def announce(self, tx: Connection, case: Case, which: int, oid: str, return_url: str = "") -> None:
        """Remember the attempt, in the transaction that gives the card page to the person. `return_url`: the client's
        address where her browser goes in the end."""
        charge = case.state.payment.charges[which]
        tx.execute(
            insert(payments).values(
                oid=oid,
                case_id=case.id,
                charge=which,
                portal=charge.portal,
                amount=charge.amount.amount,
                currency=charge.amount.currency,
                state=PaymentState.PENDING.value,
                transaction_id="",
                created_at=now(),
                return_url=return_url,
            )
        )

    async def callback(
        self, portal: str, callback: Callback, budget: float, entry: Entry
    ) -> tuple[Verdict, Reply, str]:
        """Handle a callback about a payment, by querying the portal. Returns the verdict, the reply that the portal
        expects, and a code.

        Well signed, known, of the right amount and confirmed by the portal, a success is kept before it is
        acknowledged; said twice it changes nothing and is acknowledged again. A second paid attempt for a case that is
        paid already is not captured.

        A portal that cannot be asked within `budget` seconds raises `Unavailable`, `Unknown` or `NotAvailable`, and a
        case that cannot be read as a whole `Damaged`: nothing has changed, and the callback has to come again.
        """
        connector = self._portals.connector(portal)
        if not isinstance(connector, Paying):
            raise Refused("capability_missing")
        try:
            hint = await self._portals.recorded_in(entry, budget=budget).call(portal, Paying.settle, callback)
        except Refused as error:
            return Verdict.REJECTED, invoke_plain(portal, connector.answer, Verdict.REJECTED, Reply), error.code
        verdict, code = await self._judge(connector, portal, hint, budget, entry)
        return verdict, invoke_plain(portal, connector.answer, verdict, Reply), code

    async def _judge(
        self, connector: Paying, portal: str, hint: Settlement, budget: float, entry: Entry
    ) -> tuple[Verdict, str]:
        row = await self._payment_row(hint.oid)
        if row is None or row.portal != portal:
            return Verdict.REJECTED, "payment_unknown"
        if hint.amount != _owed(row):
            return Verdict.REJECTED, "payment_amount_wrong"
        if (known := await self._heard(row, hint, entry)) is not None:
            return known
        said = await self._ask(portal, row, budget, entry)
        if said is None:
            return Verdict.REJECTED, "payment_not_confirmed"
        if said.amount != _owed(row):
            return Verdict.REJECTED, "payment_amount_wrong"
        if hint.state is not PaymentState.PAID:
            return await self._decline(row, said, entry)
        if said.state in TAKEN:
            return await self._keep(row, said, entry, invoke_plain(portal, connector.answer, Verdict.CAPTURE, Reply))
        if said.state is PaymentState.REFUNDED:
            return Verdict.NOTED, NOT_NEEDED
        return Verdict.REJECTED, "payment_not_confirmed"

    async def _ask(self, portal: str, row: Row[Any], budget: float, entry: Entry) -> Settlement | None:
        """The portal's own state of this order and no other."""
        try:
            said = await self._portals.recorded_in(entry, budget=budget).call(portal, Paying.payment, row.oid)
        except Refused as error:  # a query, whose only negative answer is None
            raise Unavailable("portal_answer_unexpected", error.portal_message) from error
        return said if said is not None and said.oid == row.oid else None

    async def _heard(self, row: Row[Any], hint: Settlement, entry: Entry) -> tuple[Verdict, str] | None:
        """The reply to a callback whose payment the portal confirmed before; None if the portal must be queried."""
        if hint.state is not PaymentState.PAID:
            said_before = bool(hint.transaction) and row.transaction_id == hint.transaction
            return (Verdict.NOTED, DECLINED) if said_before and await self._believed(row, entry) else None
        case = await self._case(row)
        if case is None:
            return Verdict.REJECTED, "payment_unknown"
        charge = case.state.payment.charges[row.charge]
        if charge.paid_oid == row.oid and not charge.refunded and await self._believed(row, entry):
            return Verdict.CAPTURE, SETTLED
        return None

    async def _keep(self, row: Row[Any], settlement: Settlement, entry: Entry, reply: Reply) -> tuple[Verdict, str]:
        async for _ in attempts():
            case = await self._believed(row, entry)
            if case is None:
                return Verdict.REJECTED, "payment_unknown"
            charge = case.state.payment.charges[row.charge]
            if charge.paid_oid == settlement.oid and not charge.refunded:
                return Verdict.CAPTURE, SETTLED
            if _unwanted(case, charge):
                return await self._leave_unwanted(row, settlement, entry)
            try:
                await self.settle(case, row.charge, settlement, entry, reply)
            except Conflict:
                continue
            return Verdict.CAPTURE, SETTLED
        raise Conflict(row.case_id)

    async def settle(
        self, case: Case, which: int, settlement: Settlement, entry: Entry, reply: Reply | None = None
    ) -> None:
        """Store that the portal reports the charge as paid. `reply`: the reply to the portal's callback, if there was
        one."""
        state, charge = case.state, case.state.payment.charges[which]
        charge.paid_oid, charge.paid_at = settlement.oid, now()
        if state.action is not None and state.action.type is ActionType.PAY:
            state.action = None
            case.move(CaseStatus.IN_PROGRESS)
        case.due_at = now()
        paid = Event(code="paid", portal=charge.portal, data={"amount": settlement.amount.amount})

        def work(tx: Connection) -> None:
            self._cases.save(tx, case, [paid])
            tx.execute(
                update(payments)
                .where(payments.c.oid == settlement.oid)
                .values(state=PaymentState.PAID.value, transaction_id=settlement.transaction, settled_at=now())
            )
            if reply is not None:
                entry.status, entry.code = reply.status, SETTLED
                entry.decision, entry.rule = "allow", AUTHENTIC
            self._audit.append(tx, entry)

        await self._cases.storage.run_write(work)

    async def _decline(self, row: Row[Any], said: Settlement, entry: Entry) -> tuple[Verdict, str]:
        """A declined attempt does not change the order: the person may try again. The timeline reports it, unless the
        portal's state has changed by now."""
        if said.state is PaymentState.DECLINED:
            told = Event(code=DECLINED, portal=row.portal, data={"reason": said.code})
            await self._report(row, said, told, entry, still_so=lambda case, charge: not case.ended and charge.due)
        return Verdict.NOTED, DECLINED

    async def _leave_unwanted(self, row: Row[Any], said: Settlement, entry: Entry) -> tuple[Verdict, str]:
        """Money that is held and not wanted any more is not taken; what the portal took by itself an operator has to
        give back. The timeline says which."""
        if said.state is PaymentState.AUTHORISED:
            await self._report(row, said, Event(code=NOT_NEEDED, portal=row.portal), entry, still_so=_unwanted)
            return Verdict.NOTED, NOT_NEEDED
        told = Event(code=TOO_LATE, portal=row.portal, data={"amount": said.amount.amount})
        if await self._report(row, said, told, entry, still_so=_unwanted):
            payment_too_late(row.portal)
            log.error(TOO_LATE, case_id=row.case_id, portal=row.portal, reference=row.oid)
        return Verdict.NOTED, TOO_LATE

    async def _report(
        self,
        row: Row[Any],
        said: Settlement,
        told: Event,
        entry: Entry,
        *,
        still_so: Callable[[Case, Charge], bool],
    ) -> bool:
        """Report an attempt that does not pay the charge: once, however often the portal does, and only while it is
        `still_so`. Money that was taken all the same is marked. Returns whether it was reported now."""
        attempt, taken = said.transaction or _NAMELESS, said.state is PaymentState.PAID
        values: dict[str, Any] = {"transaction_id": attempt}
        if taken:
            values |= {"state": PaymentState.PAID.value, "settled_at": now()}
        async for _ in attempts():
            case, row = await self._believed(row, entry), await self._payment_row(row.oid) or row
            new = row.state == PaymentState.PENDING.value and (taken or row.transaction_id != attempt)
            if case is None or not new or not still_so(case, case.state.payment.charges[row.charge]):
                return False
            if taken:
                case.state.payment.charges[row.charge].paid_late = True
            same = [payments.c[name] == getattr(row, name) for name in ("oid", "transaction_id", "state")]
            try:
                if await self._cases.storage.run_write(partial(self._report_once, case, same, values, told)):
                    return True
            except Conflict:
                continue
        return False

    def _report_once(
        self, case: Case, same: Sequence[ColumnElement[bool]], values: Mapping[str, Any], told: Event, tx: Connection
    ) -> bool:
        done = tx.execute(update(payments).where(*same).values(**values))
        if done.rowcount == 1:
            self._cases.save(tx, case, [told])
        return bool(done.rowcount == 1)

    async def open_attempts(self, case: Case, which: int) -> Sequence[str]:
        """Orders for this charge whose payment is still unknown, the newest first."""
        query = (
            select(payments.c.oid)
            .where(
                payments.c.case_id == case.id,
                payments.c.charge == which,
                payments.c.state == PaymentState.PENDING.value,
            )
            .order_by(payments.c.created_at.desc())
            .limit(10)
        )
        return await self._cases.storage.run_read(lambda read: read.execute(query).scalars().all())

    async def payment(self, case: Case, charge: Charge) -> Payment:
        """The paid amount of this charge."""
        row = await self._payment_row(charge.paid_oid)
        transaction = str(row.transaction_id) if row is not None else ""
        return Payment(case_id=case.id, oid=charge.paid_oid, amount=charge.amount, transaction=transaction)

    async def returns_to(self, portal: str, oid: str) -> str:
        """Where the browser goes that comes back from the card page of this order; empty where the client named no
        address. Which case and payment it was about stands in the query; whether it was paid does not."""
        row = await self._payment_row(oid)
        if row is None or row.portal != portal or not row.return_url:
            return ""
        parts = urlsplit(str(row.return_url))
        told = urlencode({"case": row.case_id, "payment": payment_id(row.case_id, row.charge)})
        return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))

    def mark_refunded(self, tx: Connection, oid: str) -> None:
        tx.execute(update(payments).where(payments.c.oid == oid).values(state=PaymentState.REFUNDED.value))

    async def _believed(self, row: Row[Any], entry: Entry) -> Case | None:
        """The case of the payment. The portal has confirmed the callback, so the call's record may name the portal as
        caller, and the person."""
        case = await self._case(row)
        if case is not None:
            entry.case_id, entry.service, entry.subject = case.id, case.service, case.subject
            entry.principal = "portal"
        return case

    async def _case(self, row: Row[Any]) -> Case | None:
        """Raises `Damaged`: the callback has to come again when the case has been mended."""
        case = await self._cases.get(row.case_id)
        if case is not None and case.damaged:
            raise Damaged(case.id)
        return case

    async def _payment_row(self, oid: str) -> Row[Any] | None:
        query = select(payments).where(payments.c.oid == oid)
        return await self._cases.storage.run_read(lambda read: read.execute(query).one_or_none())


def payment_id(case_id: str, which: int) -> str:
    """The API's id of a case's charge with this index."""
    return f"pay_{case_id.removeprefix('case_')}_{which + 1}"


def charge_of(case: Case, id: str) -> int | None:
    """The index of the case's charge with this id."""
    return next((which for which in range(len(case.state.payment.charges)) if payment_id(case.id, which) == id), None)


def _unwanted(case: Case, charge: Charge) -> bool:
    return not charge.due or case.ended or case.state.ending.status is not None


def _owed(row: Row[Any]) -> Money:
    return Money(amount=row.amount, currency=row.currency)
