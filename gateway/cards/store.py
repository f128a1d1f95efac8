"""Cards in the database. The card itself is sealed under its holder's key; what is not sealed names nobody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.cards.issuer import LIST_SIZE, CardIssuer
from gateway.cards.model import Card, CardState, Entitlement, Place
from gateway.cards.verify import trust_in, verify
from gateway.ids import new_id
from gateway.settings import Cards as Limits
from gateway.storage import Storage
from gateway.storage.tables import cards
from gateway.storage.vault import Erased, Vault

_FULL: Final = LIST_SIZE // 2
"""A list gets no more cards than this: places are drawn at random, so that they tell nothing of who came when."""
_DRAWS: Final = 64
"""As at most half of a list is taken, two are enough on average."""


class TooManyCards(Exception):
    """The person has as many valid cards as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card that is good now."""

    card: Card
    fast_lane: bool


class CardStore:
    """Issues, finds and revokes cards."""

    def __init__(self, storage: Storage, vault: Vault, issuer: CardIssuer, limits: Limits) -> None:
        self._storage = storage
        self._vault = vault
        self._limits = limits
        self.issuer = issuer

    def issue(
        self,
        tx: Connection,
        *,
        client: str,
        subject: str,
        holder: Mapping[str, Any],
        holder_key: Mapping[str, str] | None = None,
    ) -> tuple[Card, str]:
        """A new card, and its text. Raises `TooManyCards`."""
        moment = datetime.now(UTC).replace(microsecond=0)  # as exactly as the card itself says it
        self._check_number(tx, subject, moment)
        number = self._list_with_room(tx)
        for _ in range(_DRAWS):
            card = Card(
                id=new_id("card"),
                client=client,
                subject=subject,
                place=Place(list=number, index=secrets.randbelow(LIST_SIZE)),
                bound=holder_key is not None,
                issued_at=moment,
                expires_at=moment + timedelta(days=self._limits.days),
            )
            whole = self.issuer.card(card, holder, holder_key)
            if self._insert(tx, card, whole):
                return card, whole
        raise RuntimeError(f"no place found in status list {number}")

    async def get(self, card_id: str) -> Card | None:
        query = select(*_LIGHT).where(cards.c.id == card_id)
        row = await self._storage.run_read(lambda connection: connection.execute(query).one_or_none())
        return _card(row) if row else None

    async def entitles(self, text: str, subject: str) -> bool:
        """Whether this is a card of that person's with the fast lane, and good now. It need not disclose anything."""
        shown = await self.shown(text)
        return shown is not None and shown.fast_lane and shown.card.subject == subject

    async def shown(self, text: str) -> ShownCard | None:
        """The card of ours that somebody shows, if it is good now; None otherwise."""
        verdict = verify(text, trust_in(self.issuer.metadata()))
        if verdict.result != "valid":
            return None
        listed = verdict.claims["status"]["status_list"]
        number = int(listed["uri"].rpartition("/")[2])
        card = await self._at(Place(list=number, index=listed["idx"]))
        if card is None or card.state(datetime.now(UTC)) is not CardState.VALID:
            return None
        return ShownCard(card, Entitlement.FAST_LANE.value in verdict.claims.get("entitlements", ()))

    async def _at(self, place: Place) -> Card | None:
        """The card that has this place in the status lists."""
        query = select(*_LIGHT).where(cards.c.status_list == place.list, cards.c.status_index == place.index)
        row = await self._storage.run_read(lambda connection: connection.execute(query).one_or_none())
        return _card(row) if row else None

    async def page(self, subject: str, *, before: str, limit: int) -> tuple[list[Card], str]:
        """The person's cards, the newest first, and the cursor of the next page (empty at the end)."""
        query = select(*_LIGHT).where(cards.c.subject == subject).order_by(cards.c.id.desc()).limit(limit + 1)
        if before:
            query = query.where(cards.c.id < before)  # an id sorts by the time it was made
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        found = [_card(row) for row in rows[:limit]]
        return found, (found[-1].id if len(rows) > limit else "")

    async def whole(self, card: Card) -> str:
        """The card itself, with all its disclosures. Raises `Erased`."""

        def read(connection: Connection) -> bytes:
            sealed = connection.execute(select(cards.c.sealed).where(cards.c.id == card.id)).scalar_one()
            if not sealed:
                raise Erased("the person asked to be forgotten")
            return self._vault.open(connection, card.subject, sealed, context=card.id)

        return (await self._storage.run_read(read)).decode()

    def revoke(self, tx: Connection, card_id: str) -> Card:
        """From now on and for good; a card that is revoked already stays as it is."""
        moment = datetime.now(UTC)
        tx.execute(update(cards).where(cards.c.id == card_id, cards.c.revoked_at.is_(None)).values(revoked_at=moment))
        return _card(tx.execute(select(*_LIGHT).where(cards.c.id == card_id)).one())

    async def status_list(self, number: int) -> str | None:
        """The signed list as it is now; None for one that does not exist."""
        query = select(cards.c.status_index).where(cards.c.status_list == number, cards.c.revoked_at.is_not(None))

        def read(connection: Connection) -> Sequence[int] | None:
            return None if number > _newest(connection) else connection.execute(query).scalars().all()

        revoked = await self._storage.run_read(read)
        return None if revoked is None else self.issuer.status_list(number, revoked, datetime.now(UTC))

    async def status_lists(self) -> list[str]:
        """All of them."""
        newest = await self._storage.run_read(_newest)
        found = [await self.status_list(number) for number in range(newest + 1)]
        return [each for each in found if each is not None]

    def _check_number(self, tx: Connection, subject: str, now: datetime) -> None:
        if not self._storage.sqlite:  # or two requests of one person, both of them the last allowed, would pass
            tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))"), {"subject": subject})
        valid = (cards.c.subject == subject, cards.c.revoked_at.is_(None), cards.c.expires_at > now)
        held: int = tx.execute(select(func.count()).select_from(cards).where(*valid)).scalar_one()
        if held >= self._limits.per_person:
            raise TooManyCards(self._limits.per_person)

    def _list_with_room(self, tx: Connection) -> int:
        number = _newest(tx)
        here = select(func.count()).select_from(cards).where(cards.c.status_list == number)
        return number if tx.execute(here).scalar_one() < _FULL else number + 1

    def _insert(self, tx: Connection, card: Card, whole: str) -> bool:
        """False if another card has, or had, this place."""
        sealed = self._vault.seal(tx, card.subject, whole.encode(), context=card.id)
        columns = msgspec.structs.asdict(card)
        place: Place = columns.pop("place")
        insert = sqlite.insert if self._storage.sqlite else postgresql.insert
        values = {**columns, "status_list": place.list, "status_index": place.index, "sealed": sealed}
        kept = tx.execute(insert(cards).values(values).on_conflict_do_nothing().returning(cards.c.id))
        return kept.scalar_one_or_none() is not None


_LIGHT: Final = [column for column in cards.c if column.name != "sealed"]


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(cards.c.status_list))).scalar_one() or 0)


def _card(row: Row[Any]) -> Card:
    return Card(
        id=row.id,
        client=row.client,
        subject=row.subject,
        place=Place(list=row.status_list, index=row.status_index),
        bound=row.bound,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
