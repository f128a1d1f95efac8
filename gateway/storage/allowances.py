"""How much of something somebody may use in a time, counted in the database and so by all processes together.

An `Allowance` is `amount` in `seconds`, all of it at once or bit by bit: it refills evenly. What counts it is the
generic cell rate algorithm (GCRA, ITU-T I.371): of each key one moment is kept, until when what was used is paid off.
So one row a key is enough, and there is no window at whose edge twice the amount passes.

How to use it, inside the transaction of what is counted, so that both happen or neither:

    FILES_A_DAY = Allowance("files", amount=1_000_000_000, seconds=86_400)     # bytes

    def work(tx: Connection) -> None:
        used = spend(tx, FILES_A_DAY, principal.pseudonym, cost=len(content))
        if not used.granted:
            raise ...  # 429, Retry-After: used.retry_after

    await storage.run_write(work)

To slow somebody who guesses, count the wrong answers alone, in a transaction of their own that is committed although
the call is refused, and look before the next try (`spend` with cost 0).

A key is whom the amount belongs to: a pseudonym, a client id, `f"{pseudonym} {reference}"`. It is kept as a hash. That
of an identity number or an address can be guessed: pass its pseudonym.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Double, bindparam, case, delete, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import allowances as table

DATABASE_CLOCK: Final[dict[str, ColumnElement[float]]] = {
    "sqlite": literal_column("((julianday('now') - 2440587.5) * 86400.0)"),
    "postgresql": literal_column("CAST(extract(epoch FROM clock_timestamp()) AS double precision)"),
}
"""The database's clock, in seconds: machines differ."""
_EASE: Final = 0.001
"""Seconds by which a sum may be over: the clock of SQLite is that coarse, and sums of fractions are not exact."""


def _spending(dialect: str) -> Any:
    """Use `price` of what `whose` has of `what`, if no more than `most` is used then: the seconds that are used."""
    insert: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    moment = DATABASE_CLOCK[dialect]
    price: ColumnElement[float] = bindparam("price", type_=Double())
    later = case((table.c.used_until > moment, table.c.used_until), else_=moment) + price
    values = {"name": bindparam("what"), "key": bindparam("whose"), "used_until": moment + price}
    return (
        insert.values(values)
        .on_conflict_do_update(
            index_elements=["name", "key"],
            set_={"used_until": later},
            where=later - moment <= bindparam("most", type_=Double()),
        )
        .returning(table.c.used_until - moment)
    )


def _charging(dialect: str) -> Any:
    """Add `price` to what `whose` has used of `what`, up to `most`: the seconds that are used."""
    insert: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    moment = DATABASE_CLOCK[dialect]
    price: ColumnElement[float] = bindparam("price", type_=Double())
    highest = moment + bindparam("most", type_=Double())
    later = case((table.c.used_until > moment, table.c.used_until), else_=moment) + price
    return (
        insert.values({"name": bindparam("what"), "key": bindparam("whose"), "used_until": moment + price})
        .on_conflict_do_update(
            index_elements=["name", "key"], set_={"used_until": case((later > highest, highest), else_=later)}
        )
        .returning(table.c.used_until - moment)
    )


def _used(dialect: str) -> Any:
    mine = (table.c.name == bindparam("what"), table.c.key == bindparam("whose"))
    return select(table.c.used_until - DATABASE_CLOCK[dialect]).where(*mine)


_SPEND: Final = {dialect: CompiledStatement(_spending(dialect)) for dialect in DATABASE_CLOCK}
_CHARGE: Final = {dialect: CompiledStatement(_charging(dialect)) for dialect in DATABASE_CLOCK}
_USED: Final = {dialect: CompiledStatement(_used(dialect)) for dialect in DATABASE_CLOCK}


@dataclass(frozen=True, slots=True)
class Allowance:
    """`amount` of something in `seconds`. Another amount or time under the same `name` counts from then on; what was
    used is not forgotten."""

    name: str
    amount: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What became of it."""

    granted: bool
    retry_after: float
    """Seconds until the same cost will be granted; 0 if it was. A cost over the whole amount never is: then
    `seconds`."""


def spend(connection: Connection, allowance: Allowance, key: str, cost: float = 1) -> Spent:
    """Use `cost` of it, if so much is left; otherwise nothing is used. Cost 0 only looks whether 1 would be granted.

    Two at once cannot both get the last: the row is locked until the transaction ends.
    """
    return spend_later(connection, allowance, key, cost)()


def spend_later(connection: Connection, allowance: Allowance, key: str, cost: float = 1) -> Callable[[], Spent]:
    """The same, with the next statement whose answer is looked at. What is returned says what became of it."""
    dialect, mine = connection.dialect.name, {"what": allowance.name, "whose": _hash(allowance.name, key)}
    price, most = (cost or 1) * allowance.seconds / allowance.amount, allowance.seconds + _EASE
    spending = None
    if cost and price <= most:
        spending = _SPEND[dialect].later(connection, {**mine, "price": price, "most": most})

    def told() -> Spent:
        if spending is not None and spending.scalar() is not None:
            return Spent(granted=True, retry_after=0.0)
        used = max(0.0, float(_USED[dialect].scalar(connection, mine) or 0.0))
        if not cost and used + price <= most:
            return Spent(granted=True, retry_after=0.0)
        return Spent(granted=False, retry_after=min(allowance.seconds, max(0.0, used + price - allowance.seconds)))

    return told


def charge(connection: Connection, name: str, key: str, seconds: float, *, most: float) -> float:
    """Count what was used already, in seconds of refilling: nothing is refused. What is used now, at most `most`."""
    mine = {"what": name, "whose": _hash(name, key), "price": seconds, "most": most}
    return max(0.0, float(_CHARGE[connection.dialect.name].scalar(connection, mine)))


def forget_refilled(connection: Connection) -> int:
    """Delete the rows that say nothing any more: all of their amount is there again."""
    return int(
        connection.execute(delete(table).where(table.c.used_until < DATABASE_CLOCK[connection.dialect.name])).rowcount
    )


def _hash(name: str, key: str) -> str:
    return hashlib.sha256(f"{name}\0{key}".encode()).hexdigest()
