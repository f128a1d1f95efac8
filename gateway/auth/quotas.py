"""How much a person, or an application with all its people, may use: the settings of `[quotas]`.

What is stored is counted in the database, in the transaction that stores it: by all processes together, and not at all
if that fails. Open streams are counted by each process for itself. Whoever has used up a quota gets 429 (RFC 6585),
which says which one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, and_, bindparam, func, literal, select

from gateway.settings import Quotas as Amounts
from gateway.storage.allowances import Allowance, spend, spend_later
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.remembered import check_before_commit
from gateway.storage.tables import cases, drafts, mandates

DAY: Final = 86_400.0
MONTH: Final = 30 * DAY
DRAFTS_BEGUN: Final = 10
"""How many times as many drafts as a person may have she may begin within a day."""
LEAST_FILE: Final = 16_384
"""A file counts as at least so many bytes: small ones have rows and keys too."""
_ENDED: Final = ("completed", "rejected", "withdrawn", "failed")
_OPEN_CASES: Final = CompiledStatement(
    select(func.count()).select_from(
        select(literal(1))
        .where(cases.c.subject == bindparam("person"), and_(*(cases.c.status != each for each in _ENDED)))
        .limit(bindparam("most"))
        .subquery()
    )
)
"""Of a person, but no more than `most` are counted."""
_SOON: Final = 3600.0
"""When to come back where nothing but an act of the person's own helps."""


class QuotaUsed(Exception):
    """`code` is the problem's, `quota` the setting's name, `retry_after` in seconds."""

    def __init__(self, code: str, quota: str, limit: int, retry_after: float) -> None:
        super().__init__(code)
        self.code, self.quota, self.limit, self.retry_after = code, quota, limit, retry_after


class Quotas:
    """`subject` is the person's pseudonym. An application that acts for itself has none, and only its own quota."""

    def __init__(self, amounts: Amounts) -> None:
        self._amounts = amounts
        self._streams: Counter[str] = Counter()

    def tell_attempt(self, tx: Connection, *, owner: str, caller: str) -> bool:
        """Whether one more attempt of this caller is told to the owner; nobody is refused anything by it."""
        allowance = Allowance("attempts_told_per_caller_day", self._amounts.attempts_told_per_caller_day, DAY)
        return spend(tx, allowance, f"{owner} {caller}").granted

    @contextmanager
    def stream(self, *, client: str, subject: str) -> Iterator[None]:
        """An open event stream of this process, as long as the context lasts."""
        amounts = self._amounts
        person, application = f"person {subject}", f"client {client}"
        if subject and self._streams[person] >= amounts.streams_per_person:
            raise QuotaUsed("streams_quota_used", "streams_per_person", amounts.streams_per_person, 15)
        if self._streams[application] >= amounts.streams_per_client:
            raise QuotaUsed("client_quota_used", "streams_per_client", amounts.streams_per_client, 15)
        counted = [person, application] if subject else [application]
        self._streams.update(counted)
        try:
            yield
        finally:
            self._streams.subtract(counted)
            for each in counted:
                if not self._streams[each]:
                    del self._streams[each]

    def keep_file(self, tx: Connection, *, client: str, subject: str, size: int) -> None:
        amounts, size = self._amounts, max(size, LEAST_FILE)
        if subject:
            person = Allowance("file_bytes_per_person_day", amounts.file_bytes_per_person_day, DAY)
            take(tx, person, subject, "files_quota_used", size)
        application = Allowance("file_bytes_per_client_day", amounts.file_bytes_per_client_day, DAY)
        take(tx, application, client, "client_quota_used", size)

    def file_case(self, tx: Connection, *, client: str, subject: str, filed: int = 0) -> None:
        """`filed`: how many of those that are counted now are stored already, in this transaction. `QuotaUsed` is
        raised before its commit."""
        for check in self._count_case(tx, client, subject, cost=1, filed=filed):
            check_before_commit(tx, check)

    def require_case(self, connection: Connection, *, client: str, subject: str) -> None:
        """Look whether one more case could be filed, and use nothing. Raises `QuotaUsed`, as `file_case`."""
        for check in self._count_case(connection, client, subject, cost=0, filed=0):
            check()

    def _count_case(
        self, tx: Connection, client: str, subject: str, *, cost: int, filed: int
    ) -> list[Callable[[], None]]:
        """What is to be checked, in this order."""
        amounts = self._amounts
        checks = list[Callable[[], None]]()
        if subject:
            person = Allowance("cases_per_person_day", amounts.cases_per_person_day, DAY)
            checks.append(_take_later(tx, person, subject, "cases_quota_used", cost))
            limit = amounts.open_cases_per_person
            # Counted behind the row that was locked above: each statement sees what was committed before it.
            open_now = _OPEN_CASES.later(tx, {"person": subject, "most": limit + filed})
            checks.append(lambda: _require_few(open_now.scalar() - filed, limit))
        application = Allowance("cases_per_client_day", amounts.cases_per_client_day, DAY)
        checks.append(_take_later(tx, application, client, "client_quota_used", cost))
        return checks

    def validate(self, tx: Connection, *, client: str, subject: str) -> None:
        amounts = self._amounts
        if subject:
            person = Allowance("validations_per_person_day", amounts.validations_per_person_day, DAY)
            take(tx, person, subject, "validations_quota_used")
        application = Allowance("validations_per_client_day", amounts.validations_per_client_day, DAY)
        take(tx, application, client, "client_quota_used")

    def may_be_told(self, connection: Connection, whose: str) -> bool:
        """Whether a portal may be asked what it would refuse this caller."""
        return spend(connection, self._objections(), whose, cost=0).granted

    def tell_objection(self, tx: Connection, whose: str) -> None:
        spend(tx, self._objections(), whose)

    def _objections(self) -> Allowance:
        return Allowance("objections_per_person_day", self._amounts.objections_per_person_day, DAY)

    def keep_draft(self, tx: Connection, *, client: str, subject: str) -> None:
        """Before it is stored. An application's own drafts count as one person's."""
        limit, whose = self._amounts.drafts_per_person, subject or f"client:{client}"
        begun = Allowance("drafts_per_person", limit * DRAFTS_BEGUN, DAY)
        take(tx, begun, whose, "drafts_quota_used")  # its row is locked, so that those at once are counted
        mine = [drafts.c.subject == subject, drafts.c.expires_at > func.now()]
        mine += [] if subject else [drafts.c.client == client]
        count: int = tx.execute(select(func.count()).select_from(drafts).where(*mine)).scalar_one()
        if count >= limit:
            raise QuotaUsed("drafts_quota_used", "drafts_per_person", limit, _SOON)

    def give_mandate(self, tx: Connection, *, subject: str) -> None:
        limit = self._amounts.mandates_per_person
        take(tx, Allowance("mandates_per_person_day", limit, DAY), subject, "mandates_quota_used")
        good = (mandates.c.subject == subject, mandates.c.ended_at.is_(None), mandates.c.expires_at > func.now())
        count: int = tx.execute(select(func.count()).select_from(mandates).where(*good)).scalar_one()
        if count >= limit:
            raise QuotaUsed("mandates_quota_used", "mandates_per_person", limit, _SOON)

    def issue_card(self, tx: Connection, *, subject: str) -> None:
        allowance = Allowance("cards_per_person_month", self._amounts.cards_per_person_month, MONTH)
        take(tx, allowance, subject, "cards_quota_used")


def take(tx: Connection, allowance: Allowance, key: str, code: str, cost: float = 1) -> None:
    """`spend`, or raises `QuotaUsed` with this code."""
    _take_later(tx, allowance, key, code, cost)()


def _take_later(tx: Connection, allowance: Allowance, key: str, code: str, cost: float) -> Callable[[], None]:
    told = spend_later(tx, allowance, key, cost)

    def check() -> None:
        used = told()
        if not used.granted:
            raise QuotaUsed(code, allowance.name, int(allowance.amount), used.retry_after)

    return check


def _require_few(open_cases: int, limit: int) -> None:
    if open_cases >= limit:
        raise QuotaUsed("open_cases_quota_used", "open_cases_per_person", limit, _SOON)
