"""Statements that run at every call: compiled once, and given to the driver as text with its parameters.

SQLAlchemy asks for some 25 us of processor time a statement on SQLite and 60 us on PostgreSQL, ten times what the
driver takes, because it finds out each time what this finds out once. Types, errors, listeners and the transaction are
SQLAlchemy's as ever: a `CompiledStatement` runs on its connection, among its other statements.

    _ONE = CompiledStatement(select(cases).where(cases.c.id == bindparam("case_id")))

    row = _ONE.one_or_none(connection, {"case_id": case_id})     # row.version, row.state ...

What differs: a statement has the same parameters at each call (no list for `IN`), and no defaults that are made in
Python. Anything else belongs to `connection.execute`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class CompiledStatement:
    """A statement whose parameters are named: by `bindparam`, or of INSERT and UPDATE by its columns."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Text] = {}

    def all(self, connection: Connection, values: Values, *, alone: bool = False) -> list[Any]:
        """The rows, as named tuples. `alone`: no transaction is begun for it, nor for what comes after."""
        made = self._for(connection, values)
        if not alone and not connection.in_transaction():
            connection.begin()
        return made.rows(connection, made.bound(values))

    def one_or_none(self, connection: Connection, values: Values, *, alone: bool = False) -> Any:
        """The row; there is at most one."""
        found = self.all(connection, values, alone=alone)
        return found[0] if found else None

    def scalar(self, connection: Connection, values: Values) -> Any:
        """The first value of the row; None without a row."""
        found = self.all(connection, values)
        return found[0][0] if found else None

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows were changed."""
        made = self._for(connection, values)
        cursor, _ = made.execute(connection, made.bound(values))
        changed: int = cursor.rowcount
        return changed

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Once for each of `rows`, which name the same parameters."""
        if len(rows) == 1:
            self.run(connection, rows[0])
        elif rows:
            made = self._for(connection, rows[0])
            made.execute(connection, [made.bound(each) for each in rows], many=True)

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
        self._text: Final = str(compiled)
        self._constants: Final = {name: value for name, value in compiled.params.items() if name not in names}
        into = {name: _into(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        self._into: Final = {name: convert for name, convert in into.items() if convert is not None}
        for name in self._into.keys() & self._constants.keys():
            self._constants[name] = self._into.pop(name)(self._constants[name])
        order = compiled.positiontup
        self._in_order: Final = itemgetter(*order) if order is not None and len(order) > 1 else None
        self._only: Final = order[0] if order is not None and len(order) == 1 else None
        self._positional: Final = order is not None
        columns = [] if (exported := getattr(statement, "exported_columns", None)) is None else list(exported)
        row: Any = namedtuple("Row", [str(each.key) for each in columns], rename=True)  # type: ignore[misc]
        self._row: Final = row._make
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

    def rows(self, connection: Connection, parameters: Any) -> list[Any]:
        cursor, found = self.execute(connection, parameters)
        if self._from is None:  # a type may convert each of the database's types in another way
            self._from = self._conversions([each[1] for each in cursor.description])
        if not self._from:
            return [self._row(each) for each in found]
        made = []
        for each in found:
            values = list(each)
            for at, convert in self._from:
                values[at] = convert(values[at])
            made.append(self._row(values))
        return made

    def _conversions(self, told: list[Any]) -> list[tuple[int, Convert]]:
        found = [
            (at, type_.result_processor(self._dialect, code))
            for at, (type_, code) in enumerate(zip(self._types, told, strict=True))
        ]
        return [(at, convert) for at, convert in found if convert is not None]

    def execute(
        self, connection: Connection, parameters: Any, *, many: bool = False
    ) -> tuple[Any, list[tuple[Any, ...]]]:
        """The driver's cursor and all rows. Raises what `connection.execute` would, and SQLite may fail at any row."""
        cursor: Any = None
        found: list[tuple[Any, ...]] = []
        try:
            cursor = connection.connection.cursor()
            for told in connection.dispatch.before_cursor_execute:
                told(connection, cursor, self._text, parameters, None, many)
            if many:
                cursor.executemany(self._text, parameters)
            else:
                cursor.execute(self._text, parameters)
                found = cursor.fetchall() if cursor.description is not None else []
        except Exception as error:
            connection._handle_dbapi_exception(error, self._text, parameters, cursor, None)
        return cursor, found


def _into(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)
