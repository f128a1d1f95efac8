"""Statements that run at every call: compiled once, and given to the driver as text with its parameters.

SQLAlchemy asks for some 25 us of processor time a statement on SQLite and 60 us on PostgreSQL, ten times what the
driver takes, because it finds out each time what this finds out once. Types, errors, listeners and the transaction are
SQLAlchemy's as ever: a `CompiledStatement` runs on its connection, among its other statements.

    _ONE = CompiledStatement(select(cases).where(cases.c.id == bindparam("case_id")))

    row = _ONE.one_or_none(connection, {"case_id": case_id})     # row.version, row.state ...

On PostgreSQL each answer is a trip to the server. What need not be known at once is asked with `later`, and goes with
the next statement whose answer is looked at, or with the COMMIT:

    _PUT.later(tx, {...})                      # no trip of its own
    left = _LEFT.later(tx, {...})
    if _TAKE.run(tx, {...}) != 1:              # all three in one
        raise ...
    left.scalar()                              # known already

What differs: a statement has the same parameters at each call (no list for `IN`), and no defaults that are made in
Python. Anything else belongs to `connection.execute`.
"""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]

BEGIN: Final = "begin"
"""Option of an engine for PostgreSQL: the command that begins its transactions."""
_QUEUE: Final = "statements"
"""In the `info` of PostgreSQL's connections."""


class CompiledStatement:
    """A statement whose parameters are named: by `bindparam`, or of INSERT and UPDATE by its columns."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Text] = {}

    def later(self, connection: Connection, values: Values, *, alone: bool = False) -> StatementResult:
        """Ask, but wait for the answer only when it is looked at, or at the commit. What goes wrong is raised then; on
        SQLite all is done at once. `alone`: no transaction is begun for it, nor for what comes after."""
        made = self._for(connection, values)
        if not alone and not connection.in_transaction():
            connection.begin()
        return made.ask(connection, made.bound(values), alone=alone)

    def all(self, connection: Connection, values: Values, *, alone: bool = False) -> list[Any]:
        """The rows, as named tuples."""
        return self.later(connection, values, alone=alone).all()

    def one_or_none(self, connection: Connection, values: Values, *, alone: bool = False) -> Any:
        """The row; there is at most one."""
        return self.later(connection, values, alone=alone).one_or_none()

    def scalar(self, connection: Connection, values: Values) -> Any:
        """The first value of the row; None without a row."""
        return self.later(connection, values).scalar()

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows were changed."""
        return self.later(connection, values).changed()

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Once for each of `rows`, which name the same parameters; `later`, on PostgreSQL."""
        if rows:
            made = self._for(connection, rows[0])
            made.ask_each(connection, [made.bound(each) for each in rows])

    def _for(self, connection: Connection, values: Values) -> _Text:
        key = (connection.dialect.name, *values)
        made = self._compiled.get(key)
        if made is None:
            made = self._compiled[key] = _Text(self._statement, connection.dialect, list(values))
        return made


class _Text:
    """A statement for one database, with parameters of these names."""

    def __init__(self, statement: Executable, dialect: Dialect, names: list[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names, for_executemany=True)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.insert_prefetch:
            raise ValueError(f"not for every call the same: {compiled}")
        self.text: Final = str(compiled)
        self._constants: Final = {name: value for name, value in compiled.params.items() if name not in names}
        into = {name: _into(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        self._into: Final = {name: convert for name, convert in into.items() if convert is not None}
        for name in self._into.keys() & self._constants.keys():
            self._constants[name] = self._into.pop(name)(self._constants[name])
        order = compiled.positiontup
        self._in_order: Final = itemgetter(*order) if order is not None and len(order) > 1 else None
        self._only: Final = order[0] if order is not None and len(order) == 1 else None
        self._positional: Final = order is not None
        self._there: Final = dialect.name == "postgresql"
        if self._there:  # `%(name)s` becomes `$1`, `%%` becomes `%`
            from gateway.storage.pipelines import Prepared

            named = list(compiled.bind_names.values())
            self.prepared: Final = Prepared(self.text % {name: f"${at}" for at, name in enumerate(named, 1)})
            self.named: Final = named
        columns = [] if (exported := getattr(statement, "exported_columns", None)) is None else list(exported)
        row: Any = namedtuple("Row", [str(each.key) for each in columns], rename=True)  # type: ignore[misc]
        self.row: Final = row._make
        self._types: Final = [each.type.dialect_impl(dialect) for each in columns]
        self._dialect: Final = dialect
        self._from: list[tuple[int, Convert]] | None = None

    def bound(self, values: Values) -> Any:
        """The parameters as the driver takes them."""
        given = {**self._constants, **values}
        for name, convert in self._into.items():
            given[name] = convert(given[name])
        if not self._positional:
            return given
        if self._in_order is not None:
            return self._in_order(given)
        return () if self._only is None else (given[self._only],)

    def ask(self, connection: Connection, bound: Any, *, alone: bool) -> StatementResult:
        if self._there:
            return _FromServer(self, connection, bound, alone=alone)
        return _FromFile(self, *self._execute(connection, bound))

    def ask_each(self, connection: Connection, bound: list[Any]) -> None:
        if self._there:
            for each in bound:
                _FromServer(self, connection, each, alone=False)
        elif len(bound) == 1:
            self._execute(connection, bound[0])
        else:
            self._execute(connection, bound, many=True)

    def convert(self, found: Sequence[Sequence[Any]], types: Callable[[], Sequence[Any]]) -> list[Any]:
        """The rows as they are given to the caller. `types`: codes of the driver's types of the columns."""
        if self._from is None:  # a type may convert each of the database's types in another way
            self._from = self._conversions(types())
        if not self._from:
            return [self.row(each) for each in found]
        made = []
        for each in found:
            values = list(each)
            for at, convert in self._from:
                values[at] = convert(values[at])
            made.append(self.row(values))
        return made

    def _conversions(self, codes: Sequence[Any]) -> list[tuple[int, Convert]]:
        found = [
            (at, type_.result_processor(self._dialect, code))
            for at, (type_, code) in enumerate(zip(self._types, codes, strict=True))
        ]
        return [(at, convert) for at, convert in found if convert is not None]

    def _execute(
        self, connection: Connection, parameters: Any, *, many: bool = False
    ) -> tuple[Any, list[tuple[Any, ...]]]:
        """The driver's cursor and all rows. Raises what `connection.execute` would, and SQLite may fail at any row."""
        cursor: Any = None
        found: list[tuple[Any, ...]] = []
        try:
            cursor = connection.connection.cursor()
            for told in connection.dispatch.before_cursor_execute:
                told(connection, cursor, self.text, parameters, None, many)
            if many:
                cursor.executemany(self.text, parameters)
            else:
                cursor.execute(self.text, parameters)
                found = cursor.fetchall() if cursor.description is not None else []
        except Exception as error:
            connection._handle_dbapi_exception(error, self.text, parameters, cursor, None)
        return cursor, found


def _into(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


class StatementResult(Protocol):
    """What a statement found or changed. Looking at it waits for it, if it was asked for later."""

    def all(self) -> list[Any]:
        """The rows, as named tuples."""

    def changed(self) -> int:
        """How many rows were changed."""

    def one_or_none(self) -> Any:
        """The row; there is at most one."""
        found = self.all()
        return found[0] if found else None

    def scalar(self) -> Any:
        """The first value of the row; None without a row."""
        found = self.all()
        return found[0][0] if found else None


class _FromFile(StatementResult):
    """SQLite's: there already."""

    __slots__ = ("_cursor", "_found", "_made")

    def __init__(self, made: _Text, cursor: Any, found: list[tuple[Any, ...]]) -> None:
        self._made, self._cursor, self._found = made, cursor, found

    def all(self) -> list[Any]:
        return self._made.convert(self._found, lambda: [each[1] for each in self._cursor.description])

    def changed(self) -> int:
        return int(self._cursor.rowcount)


class _FromServer(StatementResult):
    """PostgreSQL's: waits in the queue of its connection until it is sent."""

    __slots__ = ("_alone", "_connection", "_queue", "bound", "made", "question")

    def __init__(self, made: _Text, connection: Connection, bound: Mapping[str, Any], *, alone: bool) -> None:
        self.made, self.bound, self._connection, self._alone = made, bound, connection, alone
        self._queue = _queue(connection)
        for told in connection.dispatch.before_cursor_execute:
            told(connection, None, made.text, bound, None, False)
        try:
            self.question = self._queue.pipeline.question(made.prepared, [bound[name] for name in made.named])
        except Exception as error:
            connection._handle_dbapi_exception(error, made.text, bound, None, None)
        self._queue.waiting.append(self)

    def all(self) -> list[Any]:
        result = self._result()
        found = self._queue.pipeline.rows(result)
        return self.made.convert(found, lambda: [result.ftype(at) for at in range(result.nfields)])

    def changed(self) -> int:
        return self._result().command_tuples or 0

    def _result(self) -> PGresult:
        if self.question.result is None:
            _send(self._connection, self._queue, alone=self._alone)
        if self.question.result is None:
            raise InvalidRequestError("this statement was not done: one before it failed, or its transaction is over")
        return self.question.result


class _Queue:
    """The statements that wait on a connection of PostgreSQL."""

    __slots__ = ("pipeline", "waiting")

    def __init__(self, driver: Any) -> None:
        from gateway.storage.pipelines import Pipeline  # here as below, because SQLite needs no psycopg

        self.pipeline: Final = Pipeline(driver)
        self.waiting: list[_FromServer] = []


def _queue(connection: Connection) -> _Queue:
    info = connection.info
    queue: _Queue | None = info.get(_QUEUE)
    if queue is None:
        queue = info[_QUEUE] = _Queue(connection.connection.driver_connection)
    return queue


def _send(connection: Connection, queue: _Queue, *, alone: bool = False, last: bytes = b"") -> None:
    from gateway.storage.pipelines import Failed

    asked, queue.waiting = queue.waiting, []
    begin = b"" if alone or not queue.pipeline.begins else _begin(connection)
    try:
        queue.pipeline.ask([each.question for each in asked], first=begin, last=last)
    except Failed as failed:
        text, bound = (asked[failed.at].made.text, asked[failed.at].bound) if asked else (None, None)
        connection._handle_dbapi_exception(failed.error, text, bound, None, None)


def _begin(connection: Connection) -> bytes:
    command: bytes = connection.get_execution_options().get(BEGIN, b"BEGIN")
    return command


def queue_statements(engine: Engine) -> None:
    """For PostgreSQL: what waits on a connection goes before SQLAlchemy's own statements, and with the COMMIT."""
    import psycopg

    @event.listens_for(engine, "before_cursor_execute")
    def go_before(connection: Connection, cursor: object, *_: object) -> None:
        if cursor is None:
            return  # one of ours, which may wait
        queue = _queue(connection)
        if queue.waiting:
            _send(connection, queue)
        elif queue.pipeline.begins and BEGIN in connection.get_execution_options():
            queue.pipeline.command(_begin(connection))

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        queue = _queue(connection)
        if queue.waiting or queue.pipeline.begun:
            _send(connection, queue, last=b"COMMIT")

    @event.listens_for(engine, "rollback")
    def roll_back(connection: Connection) -> None:
        if connection.invalidated:
            return
        queue = _queue(connection)
        queue.waiting.clear()
        if queue.pipeline.begun:
            with contextlib.suppress(psycopg.Error):  # SQLAlchemy finds the same when it does it itself
                queue.pipeline.command(b"ROLLBACK")
