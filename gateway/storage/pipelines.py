"""Statements to PostgreSQL, several in one trip: libpq's pipeline mode, and each prepared once by a connection.

Each answer that is waited for costs a trip, after which the thread waits for its turn in the interpreter; and psycopg's
cursors take some 25 to 50 us of processor time a statement, libpq itself a few. So statements whose answers are not
needed yet wait here, and go to the server with the next one whose answer is, or with the COMMIT.

The connection stays psycopg's: its types, its errors, its state of the transaction, its way to cancel.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

_NUMBERS: Final = count(1)
_IN_BYTES: Final = (bytes, bytearray, memoryview, psycopg.Binary)
"""What is sent as it is; all else as text, for the server to read as the type that it expects."""
_BEGUN: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class Prepared:
    """A statement with its parameters as `$1`, `$2` ..., and the name by which connections prepare it."""

    __slots__ = ("name", "text")

    def __init__(self, text: str) -> None:
        self.text: Final = text.encode()
        self.name: Final = b"gateway_%d" % next(_NUMBERS)


@dataclass(slots=True, eq=False)
class Question:
    """A statement with its parameters, as libpq takes them; `result` once it was answered."""

    statement: Prepared
    parameters: Sequence[Any]
    formats: Sequence[int]
    result: PGresult | None = None


class Failed(Exception):
    """Of the statements sent together the one at this place failed, and none after it was done."""

    def __init__(self, at: int, error: psycopg.Error) -> None:
        super().__init__(at)
        self.at, self.error = at, error


class Pipeline:
    """One connection's. Used by the thread that has the connection."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._pgconn = driver.pgconn
        self._adapt = Transformer(driver)
        self._known: set[bytes] = set()
        self._poll = select.poll()
        self._poll.register(driver.fileno(), select.POLLIN)

    def question(self, statement: Prepared, values: Sequence[Any]) -> Question:
        """Raises `psycopg.Error` for a value that cannot be sent."""
        wanted = [PyFormat.BINARY if isinstance(each, _IN_BYTES) else PyFormat.TEXT for each in values]
        parameters = self._adapt.dump_sequence(values, wanted)
        return Question(statement, parameters, self._adapt.formats or ())

    @property
    def begins(self) -> bool:
        """Whether the next statement begins a transaction."""
        return self._pgconn.transaction_status == TransactionStatus.IDLE and not self._driver.autocommit

    @property
    def begun(self) -> bool:
        """Whether a transaction is open."""
        return self._pgconn.transaction_status in _BEGUN

    def ask(self, questions: Sequence[Question], *, first: bytes = b"", last: bytes = b"") -> None:
        """Send them in this order in one trip, between the commands `first` and `last`, and keep their answers.

        Raises `Failed`; the connection can be used again if it is not lost.
        """
        commands: list[tuple[int, bool]] = []
        self._pgconn.enter_pipeline_mode()
        try:
            if first:
                self._command(first, commands)
            for place, each in enumerate(questions):
                self._send(each, place, commands)
            if last:
                self._command(last, commands)
            self._pgconn.pipeline_sync()
            self._flush()
            self._collect(questions, commands)
        except psycopg.Error as error:
            raise Failed(0, error) from error
        finally:
            if self._pgconn.status != ConnStatus.BAD:
                self._pgconn.exit_pipeline_mode()

    def command(self, text: bytes) -> None:
        """Raises `psycopg.Error`."""
        result = self._pgconn.exec_(text)
        if result.status == ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(result)

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, tuple)

    def _command(self, text: bytes, commands: list[tuple[int, bool]]) -> None:
        self._pgconn.send_query_params(text, None)
        commands.append((-1, False))

    def _send(self, question: Question, place: int, commands: list[tuple[int, bool]]) -> None:
        statement, parameters, formats = question.statement, question.parameters, question.formats
        if self._driver.prepare_threshold is None:  # something between us and the server cannot have it
            self._pgconn.send_query_params(statement.text, parameters, param_formats=formats)
        else:
            if statement.name not in self._known:
                self._pgconn.send_prepare(statement.name, statement.text)
                self._known.add(statement.name)
                commands.append((place, True))
            self._pgconn.send_query_prepared(statement.name, parameters, param_formats=formats)
        commands.append((place, False))

    def _flush(self) -> None:
        while self._pgconn.flush():
            self._poll.modify(self._driver.fileno(), select.POLLIN | select.POLLOUT)
            self._poll.poll()
            self._poll.modify(self._driver.fileno(), select.POLLIN)
            self._pgconn.consume_input()  # the server may wait for us to read

    def _collect(self, questions: Sequence[Question], commands: Sequence[tuple[int, bool]]) -> None:
        failed: Failed | None = None
        try:
            for place, prepares in commands:
                result = self._next()
                if result.status == ExecStatus.FATAL_ERROR:
                    failed = failed or Failed(max(0, place), errors.error_from_result(result))
                if failed is not None:
                    if prepares:
                        self._known.discard(questions[place].statement.name)
                elif place >= 0 and not prepares:
                    questions[place].result = result
            self._next()  # of the sync
        except psycopg.Error as error:
            raise failed or error from None
        if failed is not None:
            raise failed

    def _next(self) -> PGresult:
        """The next answer. None comes between those of two commands."""
        for _ in range(2):
            while self._pgconn.is_busy():
                self._poll.poll()
                self._pgconn.consume_input()
            result = self._pgconn.get_result()
            if result is not None:
                return result
        raise psycopg.OperationalError("the connection gave no answer")
