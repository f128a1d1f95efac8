"""Payments: card pages opened, callbacks settled, lost callbacks found again.

A payment is settled by the portal's authenticated callback or by asking the portal, never by what a browser brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.entry import current
from gateway.audit.log import AuditLog
from gateway.cases.model import ActionType, Case, Charge, Contact, Event, now
from gateway.cases.portals import Portals
from gateway.cases.store import Cases, Conflict
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
    Verdict,
)
from gateway.ids import new_id
from gateway.storage.tables import payments

if TYPE_CHECKING:
    from gateway.cases.trip import Trip

log = structlog.get_logger()

SETTLED: Final = "payment_settled"
AUTHENTIC: Final = "callback.authentic@1"
"""The rule by which a portal's callback is believed."""

_TRIES: Final = 5


class Payments:
    def __init__(self, cases: Cases, portals: Portals, audit: AuditLog) -> None:
        self._cases = cases
        self._portals = portals
        self._audit = audit

    async def open_checkout(self, case: Case, which: int, contact: Contact, return_url: str) -> tuple[str, Checkout]:
        """A card page for one of the charges of `case`, under a new order number. Nothing is stored yet: see
        `announce`."""
        charge = case.state.charges[which]
        fee = Fee(
            case_id=case.id,
            oid=new_id("pay"),
            amount=charge.amount,
            payer_name=contact.name,
            payer_email=contact.email,
            payer_phone=contact.phone,
            language=case.language,
            return_url=return_url,
        )
        return fee.oid, await self._portals.call(charge.portal, "checkout", fee)

    async def announce(self, tx: AsyncConnection, case: Case, which: int, oid: str) -> None:
        """Remember the attempt, in the transaction that gives the card page to the person."""
        charge = case.state.charges[which]
        await tx.execute(
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
            )
        )

    async def callback(self, portal: str, callback: Callback) -> tuple[Verdict, Reply, str]:
        """Settle what a portal says of a payment. Returns the verdict, the portal's expected answer, and a code.

        Authentic, known and of the right amount, a success is kept before it is acknowledged; said twice it changes
        nothing and is acknowledged again. A second paid attempt for a case that is paid already is not captured.
        """
        connector = self._portals.connector(portal)
        if not isinstance(connector, Paying):
            raise Refused("capability_missing")
        try:
            settlement: Settlement = await self._portals.call(portal, "settle", callback)
        except Refused as error:
            return Verdict.REJECTED, connector.answer(Verdict.REJECTED), error.code
        verdict, code = await self._judge(portal, settlement)
        return verdict, connector.answer(verdict), code

    async def _judge(self, portal: str, settlement: Settlement) -> tuple[Verdict, str]:
        row = await self._find(settlement.oid)
        if row is None or row.portal != portal:
            return Verdict.REJECTED, "payment_unknown"
        if settlement.amount != Money(amount=row.amount, currency=row.currency):
            return Verdict.REJECTED, "payment_amount_wrong"
        if settlement.state is not PaymentState.PAID:
            await self._decline(row, settlement)
            return Verdict.NOTED, "payment_declined"
        return await self._keep(row, settlement)

    async def _keep(self, row: Row[Any], settlement: Settlement) -> tuple[Verdict, str]:
        for _ in range(_TRIES):
            case = await self._concerned(row)
            if case is None:
                return Verdict.REJECTED, "payment_unknown"
            charge = case.state.charges[row.charge]
            if charge.paid_oid == settlement.oid and not charge.refunded:
                return Verdict.CAPTURE, SETTLED
            if not charge.due or case.ended or case.state.ending is not None:
                return Verdict.NOTED, "payment_not_needed"
            try:
                await self._settle(case, row.charge, settlement)
            except Conflict:
                continue
            return Verdict.CAPTURE, SETTLED
        raise Conflict(row.case_id)

    async def _settle(self, case: Case, which: int, settlement: Settlement) -> None:
        state, charge = case.state, case.state.charges[which]
        charge.paid_oid = settlement.oid
        if state.action is not None and state.action.type is ActionType.PAY:
            state.action = None
            case.move(CaseStatus.IN_PROGRESS)
        case.due_at = now()
        paid = Event(code="paid", portal=charge.portal, data={"amount": settlement.amount.amount})
        entry = current.get()
        async with self._cases.storage.transaction() as tx:
            await self._cases.save(tx, case, [paid])
            await tx.execute(
                update(payments)
                .where(payments.c.oid == settlement.oid)
                .values(state=PaymentState.PAID.value, transaction_id=settlement.transaction, settled_at=now())
            )
            if entry is not None:
                if entry.kind == "call":
                    entry.status, entry.code = 200, SETTLED
                    entry.decision, entry.rule = "allow", AUTHENTIC
                await self._audit.append(tx, entry)

    async def _decline(self, row: Row[Any], settlement: Settlement) -> None:
        """A declined attempt leaves the order alone: the person may try again."""
        case = await self._concerned(row)
        if case is None or case.ended or row.state != PaymentState.PENDING.value:
            return
        if not case.state.charges[row.charge].due:
            return
        async with self._cases.storage.transaction() as tx:
            try:
                await self._cases.save(
                    tx, case, [Event(code="payment_declined", portal=row.portal, data={"reason": settlement.code})]
                )
            except Conflict:
                log.info("payment_declined_unlisted", case_id=case.id)

    async def inquire(self, trip: Trip, which: int) -> bool:
        """Ask the portal about the attempts still open; True if one of them turns out to be paid."""
        charge = trip.state.charges[which]
        async with self._cases.storage.read() as connection:
            query = (
                select(payments.c.oid)
                .where(
                    payments.c.case_id == trip.case.id,
                    payments.c.charge == which,
                    payments.c.state == PaymentState.PENDING.value,
                )
                .order_by(payments.c.created_at.desc())
                .limit(10)
            )
            open_oids = (await connection.execute(query)).scalars().all()
        for oid in open_oids:
            settlement: Settlement | None = await trip.call(charge.portal, "payment", oid)
            paid = settlement is not None and settlement.state is PaymentState.PAID
            if settlement is not None and paid and settlement.amount == charge.amount:
                await self._settle(trip.case, which, settlement)
                return True
        return False

    async def payment(self, case: Case, charge: Charge) -> Payment:
        """What was paid for this charge."""
        row = await self._find(charge.paid_oid)
        transaction = str(row.transaction_id) if row is not None else ""
        return Payment(case_id=case.id, oid=charge.paid_oid, amount=charge.amount, transaction=transaction)

    async def mark_refunded(self, tx: AsyncConnection, oid: str) -> None:
        await tx.execute(update(payments).where(payments.c.oid == oid).values(state=PaymentState.REFUNDED.value))

    async def _concerned(self, row: Row[Any]) -> Case | None:
        """The case that was to be paid. The call's record says whom it concerns."""
        case, entry = await self._cases.get(row.case_id), current.get()
        if case is not None and entry is not None:
            entry.case_id, entry.service, entry.subject = case.id, case.service, case.subject
        return case

    async def _find(self, oid: str) -> Row[Any] | None:
        async with self._cases.storage.read() as connection:
            return (await connection.execute(select(payments).where(payments.c.oid == oid))).one_or_none()
