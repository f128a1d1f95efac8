"""The database's clock in SQL: the one that all processes share, however wrong those of their machines are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Double, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from gateway.storage.tables import Instant


class _Moment(FunctionElement[Any]):
    """When the database received the statement, and so many seconds later."""

    type = Instant()
    inherit_cache = True


@compiles(_Moment, "postgresql")
def _postgresql(element: _Moment, compiler: SQLCompiler, **kw: Any) -> str:
    # Not `clock_timestamp()`, which may change within the statement: no index could be used to compare with it.
    return f"(statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(_Moment, "sqlite")
def _sqlite(element: _Moment, compiler: SQLCompiler, **kw: Any) -> str:
    # The form in which SQLAlchemy stores times there, so that they compare as text.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {compiler.process(element.clauses, **kw)} || ' seconds')"


def database_now() -> ColumnElement[Any]:
    """The time by the database's clock."""
    return _Moment(literal(0.0, Double()))


def database_in(seconds: float | str) -> ColumnElement[Any]:
    """So many seconds after that (before it, if negative); a text names the parameter that says how many."""
    return _Moment(bindparam(seconds, type_=Double()) if isinstance(seconds, str) else literal(seconds, Double()))
