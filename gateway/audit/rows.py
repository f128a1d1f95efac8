"""Records for other programs, one after the other: JSON Lines, CSV, OCSF. Only the current page is in memory.

These forms are for reading. What an auditor verifies is the log's own form (`export.py`); each row here carries the
index and the leaf hash by which it is found there.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Final, Literal, get_args

import msgspec

from gateway.audit import ocsf
from gateway.audit.record import HopRecord, Record, decode
from gateway.audit.search import MOST, Filter, Leaf, leaves_of
from gateway.storage import Storage

Format = Literal["jsonl", "csv", "ocsf"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_OF_RECORD: Final = tuple(name for name in Record.__struct_fields__ if name != "hops")
_OF_HOP: Final = HopRecord.__struct_fields__
COLUMNS: Final = ("index", "leaf_hash", *_OF_RECORD, "hops", *(f"hop_{name}" for name in _OF_HOP))
"""Of the CSV. `hops` counts them; each `hop_` column has one value a hop, in order, with `;` in between."""

_record, _hop = attrgetter(*_OF_RECORD), attrgetter(*_OF_HOP)
_NO_HOP: Final = [""] * len(_OF_HOP)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes text that begins so for a formula."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A format of records: `header`, then `lines` of each page."""

    media_type: str
    header: bytes
    lines: Callable[[Iterable[Leaf]], bytes]


def rows(name: Format, *, origin: str) -> Rows:
    """`origin` is the log's name."""
    if name == "csv":
        return Rows(media_type="text/csv", header=_csv([COLUMNS]), lines=lambda page: _csv(map(_cells, page)))
    line = _jsonl if name == "jsonl" else partial(_ocsf, origin)
    return Rows(media_type="application/x-ndjson", header=b"", lines=lambda page: b"".join(map(line, page)))


async def written(form: Rows, storage: Storage, where: Filter, start: int, stop: int) -> AsyncIterator[bytes]:
    """The records from `start` on and before `stop` that fit, in the order of the log. A view of the database lasts for
    one page: a long one would keep SQLite's WAL growing, and what has an index does not change. A page is formatted in
    a thread, so that the event loop serves others meanwhile."""
    yield form.header
    while start < stop:
        page = await storage.run_read(partial(leaves_of, where=where, start=start, stop=stop, limit=MOST))
        if page.leaves:
            yield await asyncio.to_thread(form.lines, page.leaves)
        if page.next is None:
            return
        start = page.next + 1


def _jsonl(one: Leaf) -> bytes:
    """The record's member is the leaf itself, byte for byte."""
    return b'{"index":%d,"leaf_hash":"%b","record":%b}\n' % (one.index, one.leaf_hash.hex().encode(), one.leaf)


def _ocsf(origin: str, one: Leaf) -> bytes:
    made = ocsf.event(decode(one.leaf), index=one.index, leaf_hash=one.leaf_hash.hex(), origin=origin)
    return msgspec.json.encode(made) + b"\n"


def _csv(lines: Iterable[Iterable[object]]) -> bytes:
    """RFC 4180."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def _cells(one: Leaf) -> list[object]:
    record = decode(one.leaf)
    hops = [";".join(map(str, each)) for each in zip(*map(_hop, record.hops), strict=True)] or _NO_HOP
    own = (";".join(each) if name == "cases" else each for name, each in zip(_OF_RECORD, _record(record), strict=True))
    cells = [one.leaf_hash.hex(), *own, len(record.hops), *hops]
    return [one.index, *(_plain(each) if isinstance(each, str) else each for each in cells)]


def _plain(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
