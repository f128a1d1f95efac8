"""Sends the messages that are due, on nothing but the database.

A message is claimed with a lease, decided upon, sent, and its end is committed with the audit record. Before it is sent
the attempt is committed. A process that dies between the two leaves a message that was perhaps sent: a carrier that can
find messages is asked; to one that cannot, a mail server, it is handed over again with the same `Message-ID`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from gateway.async_tasks import let_end
from gateway.audit.entry import Entry, Outcome
from gateway.audit.log import AuditLog
from gateway.cases.portals import NotAvailable
from gateway.connectors.contract import (
    Channel,
    MessageReceipt,
    MessageState,
    PortalError,
    Refused,
    Unknown,
)
from gateway.notifications.messages import metrics, store
from gateway.notifications.messages.carriers import Carrier
from gateway.notifications.messages.decision import Decision, Later, Never, Send
from gateway.notifications.messages.facts import FactKind
from gateway.notifications.messages.store import Claims, State, StoredMessage
from gateway.settings import Messages
from gateway.storage import Storage

log = structlog.get_logger()

_HEARTBEATS: Final = 3
"""Renewals per lease time."""
_ENDS: Final[dict[MessageState, State]] = {
    MessageState.ACCEPTED: State.SENT,
    MessageState.DELIVERED: State.DELIVERED,
    MessageState.UNDELIVERABLE: State.UNDELIVERABLE,
}


@dataclass(frozen=True, slots=True)
class _Became:
    """What an attempt came to."""

    state: State
    reason: str = ""
    reference: str = ""
    seconds: float | None = None
    outcome: Outcome = "ok"


class MessageSender:
    """Sends in this process. `carriers` by channel: messages for another channel wait."""

    def __init__(
        self,
        storage: Storage,
        audit: AuditLog,
        decision: Decision,
        carriers: Mapping[Channel, Carrier],
        settings: Messages,
        executor: str,
    ) -> None:
        self._storage, self._audit, self._decision = storage, audit, decision
        self._carriers, self._settings = carriers, settings
        self._claims = Claims(executor, settings.lease_seconds)
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        if taken := await self._storage.run_write(self._claims.take_over_own):
            log.info("message_leases_taken_over", count=taken)
        self._tasks = [
            asyncio.create_task(self._run(), name="message-sender"),
            asyncio.create_task(self._keep_leases(), name="message-leases"),
        ]

    async def stop(self, grace: float = 10.0) -> None:
        """Claim nothing new, let what is being sent end, and give the rest back."""
        if not self._tasks:
            return
        running, keeping = self._tasks
        running.cancel()
        await asyncio.wait([running], timeout=grace)
        await let_end(self._at_work.values(), grace)
        keeping.cancel()
        await asyncio.wait([keeping], timeout=grace)
        for carrier in self._carriers.values():
            await carrier.close()

    def wake(self) -> None:
        """There are new messages: look now."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            seconds = self._settings.tick_seconds
            try:
                waiting = await self._storage.run_read(store.waiting)
                metrics.overdue(waiting.overdue)
                if waiting.due:
                    await self._claim_due()
                elif waiting.next_in is not None:
                    seconds = min(seconds, waiting.next_in)
            except Exception:
                log.exception("messages_not_looked_for")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()

    async def _claim_due(self) -> None:
        free = self._settings.concurrent - len(self._at_work)
        if free <= 0:
            return
        claimed = await self._storage.run_write(partial(self._claims.claim, most=free))
        for id in claimed:
            task = asyncio.create_task(self._send(id))
            self._at_work[id] = task
            task.add_done_callback(partial(self._ended, id))

    def _ended(self, id: str, task: asyncio.Task[None]) -> None:
        del self._at_work[id]
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("message_failed", exc_info=error)  # its lease ends by itself

    async def _send(self, id: str) -> None:
        due, decided = await self._storage.run_read(partial(self._decide, id))
        if due is None or due.claimed_by != self._claims.holder:
            return
        try:
            await self._carry_out(due, decided)
        except Exception:
            log.exception("message_failed", case_id=due.case_id)
            await self._put_off(due, self._after_failure)

    async def _carry_out(self, due: StoredMessage, decided: Send | Later | Never | None) -> None:
        entry = _entry(due)
        match decided:
            case None:
                await self._end(due, entry, await self._ask(due, entry))
            case Later():
                await self._put_off(due, decided)
            case Never():
                await self._end(due, entry, _Became(State.NOT_SENT, decided.reason))
            case Send():
                entry.service, entry.request = decided.service, b"" if decided.secret else decided.message.text.encode()
                await self._end(due, entry, await self._attempt(due, decided, entry))

    def _decide(self, id: str, connection: Connection) -> tuple[StoredMessage | None, Send | Later | Never | None]:
        """None: it was sent, and is to be asked about."""
        due = store.read(connection, id)
        if due is None or due.state is not State.WAITING:
            return due, None
        try:
            return due, self._decision.make(connection, due)
        except Exception:
            log.exception("message_not_decided", case_id=due.case_id)
            return due, self._after_failure

    @property
    def _after_failure(self) -> Later:
        """A message that fails in here must not come first again and again, before all others of its person."""
        return Later(self._settings.retry_max_seconds, "failed")

    async def _attempt(self, due: StoredMessage, decided: Send, entry: Entry) -> _Became:
        carrier = self._carriers.get(due.channel)
        if carrier is None:
            return _Became(State.NOT_SENT, "no_carrier")
        begun = await self._storage.run_write(lambda tx: store.begin(tx, due.id, self._claims.holder, carrier.name))
        if not begun:
            return _Became(State.WAITING, "lease_lost")
        entry.portal = carrier.name
        try:
            receipt = await carrier.find(due.id, entry) if due.attempts else None
            receipt = receipt or await carrier.send(decided.message, due.created_at, entry)
        except Refused as error:
            return _Became(State.REFUSED, error.code, outcome="refused")
        except (PortalError, NotAvailable) as error:
            return self._again(due, error)
        return self._received(due, carrier, receipt)

    async def _ask(self, due: StoredMessage, entry: Entry) -> _Became:
        """What became of a message that was handed over."""
        carrier = self._carriers.get(due.channel)
        if carrier is None or not carrier.tells_delivery or carrier.name != due.carrier:
            return _Became(State.SENT)
        entry.operation, entry.portal = f"message.{due.channel}.delivery", carrier.name
        try:
            return self._received(due, carrier, await carrier.delivery(due.reference, entry))
        except (PortalError, NotAvailable):
            return _Became(State.SENT, seconds=self._ask_again(due), outcome="unavailable")

    def _received(self, due: StoredMessage, carrier: Carrier, receipt: MessageReceipt) -> _Became:
        state = _ENDS[receipt.state]
        seconds = self._ask_again(due) if state is State.SENT and carrier.tells_delivery else None
        return _Became(state, receipt.reason, receipt.reference, seconds)

    def _ask_again(self, due: StoredMessage) -> float | None:
        """Seconds until it is asked again: as long as it has been under way; None when it has been so for too long."""
        first = self._settings.delivery_seconds
        since = (due.read_at - due.sent_at).total_seconds() if due.sent_at else 0.0
        return max(first, since) if since < self._settings.delivery_give_up_seconds else None

    def _again(self, due: StoredMessage, error: PortalError | NotAvailable) -> _Became:
        """The carrier fails: later, or no more."""
        limits = self._settings
        code = error.code if isinstance(error, PortalError) else "connector_quarantined"
        outcome: Outcome = "unknown" if isinstance(error, Unknown) else "unavailable"
        since = due.first_tried_at or due.read_at
        if (due.read_at - since).total_seconds() > limits.give_up_seconds:
            return _Became(State.GIVEN_UP, code, outcome=outcome)
        wait = min(limits.retry_max_seconds, limits.retry_base_seconds * 2 ** min(due.attempts, 16))
        asked = getattr(error, "retry_after", None) or 0.0
        return _Became(State.WAITING, code, seconds=max(wait, min(asked, limits.retry_max_seconds)), outcome=outcome)

    async def _put_off(self, due: StoredMessage, later: Later) -> None:
        put = partial(store.end, id=due.id, holder=self._claims.holder, state=due.state)
        await self._storage.run_write(partial(put, reason=later.reason, seconds=later.seconds))

    async def _end(self, due: StoredMessage, entry: Entry, became: _Became) -> None:
        """Keep what it came to, with the record of it."""
        entry.outcome, entry.code = became.outcome, became.reason if became.outcome != "ok" else ""
        entry.reason = became.reason if became.state is State.NOT_SENT else ""
        if due.fact.kind is FactKind.CODE:  # an SMS goes the way of a portal's calls, whose bytes are on record
            for hop in entry.hops:
                hop.request = hop.response = b""

        def work(tx: Connection) -> None:
            store.end(
                tx,
                due.id,
                self._claims.holder,
                became.state,
                reason=became.reason,
                reference=became.reference,
                seconds=became.seconds,
            )
            self._audit.append(tx, entry)

        await self._storage.run_write(work)
        metrics.message(due.channel, became.state.value, became.reason)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / _HEARTBEATS)
            try:
                if held := list(self._at_work):
                    await self._storage.run_write(partial(self._claims.extend, ids=held))
            except Exception:
                log.exception("message_leases_not_kept")


def _entry(due: StoredMessage) -> Entry:
    """The record of an attempt: which case, which fact, which way. No address, and of the text a commitment."""
    return Entry(
        call_id=due.id,
        kind="step",
        operation=f"message.{due.channel}.{due.fact.kind}",
        client=due.client,
        subject=due.subject,
        principal="journey",
        case_id=due.case_id,
    )
