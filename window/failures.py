"""Errors as they may stand in a log: what kind and where, never their texts, which repeat what people typed."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

_LINES: Final = 12
_CHAIN: Final = 5


def where(error: BaseException) -> str:
    """The error and those that led to it, each with the places it came through, in one line."""
    told, each = [], error
    for _ in range(_CHAIN):
        told.append(f"{type(each).__name__} at {_places(each.__traceback__)}")
        before = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if before is None:
            break
        each = before
    return " after ".join(told)


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_LINES:]
    return " < ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames)) or "?"


class OneLine(logging.Formatter):
    """A record is one line, whatever stands in it, and an error in it is told by `where`."""

    def format(self, record: logging.LogRecord) -> str:
        message = super().format(record)
        return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in message)

    def formatException(self, ei: Any) -> str:
        return where(ei[1]) if ei[1] is not None else ""
