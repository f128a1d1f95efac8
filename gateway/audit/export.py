"""The log as a folder of files, laid out as C2SP tlog-tiles wants it, for an auditor to take away.

The checkpoint is written last and at once, so that at every moment the folder is either a whole log or none. An export
into a folder that has one adds what is new; one that was interrupted goes on where it was. Every leaf is hashed again
on its way out, and compared with what it is searched by: a log that does not hash to what was signed, or that hides a
record from searches, is not exported. Of records that have expired the export has the hashes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, RowMapping, select

from gateway.audit import checkpoint, files, merkle, nodes, note, tiles, tree
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.checkpointer import Published
from gateway.audit.record import decode, row
from gateway.audit.tiles import WIDTH, Tile
from gateway.storage import Storage
from gateway.storage.tables import audit_records

CHECKPOINT: Final = "checkpoint"
_TILES_AT_ONCE: Final = 16


class ExportError(Exception):
    """The folder cannot be used, or the log differs from the signed one. The folder's earlier content stays valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    checkpoint: Checkpoint
    new: int
    """Records that the folder did not have before."""


async def export(
    storage: Storage,
    published: Published,
    folder: Path,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> Exported:
    """Write the log up to `published` into `folder`. `progress` gets the number of records so far. Raises
    `ExportError`."""
    head = published.checkpoint
    before = _present(folder)
    edge = await storage.run_read(lambda read: _begin(read, folder, before, head))
    while edge.size < head.size:
        stop = min(edge.size - edge.size % WIDTH + _TILES_AT_ONCE * WIDTH, head.size)
        # One view a piece: a long one would keep SQLite's WAL growing.
        await storage.run_read(partial(_take, folder=folder, edge=edge, stop=stop))
        progress(edge.size)
    if edge.root() != head.root:
        raise ExportError("the records do not hash to the root that was signed: the log was changed")
    for level, index, hashes in edge.edge():
        _put(folder, Tile(level=level, index=index, width=len(hashes)), b"".join(hashes))
    if hasattr(os, "sync"):
        os.sync()  # the tiles before the checkpoint that says they are there
    files.replace(folder / CHECKPOINT, published.note, durable=True)
    _tidy(folder, before, head)
    return Exported(checkpoint=head, new=head.size - (before.size if before else 0))


def _present(folder: Path) -> Checkpoint | None:
    try:
        return checkpoint.parse(note.parse((folder / CHECKPOINT).read_bytes()).text)
    except FileNotFoundError:
        return None
    except note.NoteError as error:
        raise ExportError(f"{folder / CHECKPOINT} is not a checkpoint: {error}") from error
    except OSError as error:
        raise ExportError(f"{folder} cannot be read: {error.strerror}") from error


def _begin(connection: Connection, folder: Path, before: Checkpoint | None, head: Checkpoint) -> tiles.Frontier:
    """The edge from where to go on: after the full tiles that are there already."""
    hashes = nodes.StoredHashes(connection, head.size)
    if before is not None:
        if before.origin != head.origin:
            raise ExportError(f"{folder} has the log {before.origin}, not {head.origin}")
        if before.size > head.size or tree.root(hashes, before.size) != before.root:
            raise ExportError(
                f"{folder} has {before.size} records that are not the beginning of this log: "
                "keep that folder and find out which of the two was changed"
            )
    done = before.size // WIDTH if before else 0
    while done < head.size // WIDTH and _whole(folder, done, hashes):
        done += 1
    return nodes.frontier(connection, done * WIDTH)


def _whole(folder: Path, index: int, hashes: tree.Hashes) -> bool:
    """Has an interrupted export written this tile and its bundle? The tile comes last."""
    try:
        content = (folder / Tile(level=0, index=index).path).read_bytes()
    except OSError:
        return False
    found = merkle.split(content)
    return len(found) == WIDTH and [merkle.root(found)] == list(hashes(1, index, index + 1))


def _take(connection: Connection, folder: Path, edge: tiles.Frontier, stop: int) -> None:
    """Write the records from the edge to `stop`; of those that have expired the hashes."""
    expired = min(nodes.expired(connection), stop)
    while edge.size < expired:
        hashes = nodes.read(connection, 0, edge.size, edge.size + WIDTH)
        _put_tiles(folder, edge, hashes)
    if edge.size < stop:
        _write(folder, edge, _read(connection, edge.size, stop))


def _read(connection: Connection, start: int, stop: int) -> list[bytes]:
    table = audit_records.c
    query = select(audit_records).where(table.index >= start, table.index < stop)
    leaves = []
    for expected, found in enumerate(connection.execute(query.order_by(table.index)).mappings(), start):
        index, leaf = found["index"], found["leaf"]
        if index != expected:
            raise ExportError(f"record {expected} is missing in the database")
        if merkle.leaf_hash(leaf) != found["leaf_hash"]:
            raise ExportError(f"record {index} was changed in the database: it does not have its hash any more")
        if wrong := _other(found, leaf):
            raise ExportError(f"record {index} was changed in the database: what it is searched by is another {wrong}")
        leaves.append(leaf)
    if len(leaves) != stop - start:
        raise ExportError(f"record {start + len(leaves)} is missing in the database")
    return leaves


def _other(found: RowMapping, leaf: bytes) -> str:
    """The columns that differ from the record's content; may be empty."""
    try:
        said = row(decode(leaf))
    except (msgspec.MsgspecError, ValueError):
        return "record"
    return ", ".join(name for name, value in said.items() if found[name] != value)


def _write(folder: Path, edge: tiles.Frontier, leaves: Sequence[bytes]) -> None:
    for at in range(0, len(leaves), WIDTH):
        part = leaves[at : at + WIDTH]
        _put(folder, Tile(level="entries", index=edge.size // WIDTH, width=len(part)), tiles.bundle(part))
        _put_tiles(folder, edge, [merkle.leaf_hash(leaf) for leaf in part])


def _put_tiles(folder: Path, edge: tiles.Frontier, hashes: Sequence[bytes]) -> None:
    """Add to the tree, and write the tiles that this fills, the one of level 0 last."""
    for level, index, full in reversed(edge.add(hashes)):
        _put(folder, Tile(level=level, index=index), b"".join(full))


def _tidy(folder: Path, before: Checkpoint | None, head: Checkpoint) -> None:
    """Remove partial tiles that have grown since, and what interrupted exports left. Records that have expired since
    stay as they are here."""
    grown = tiles.partial(before.size) - tiles.partial(head.size) if before else ()
    whole = [tile for tile in grown if tile.level != "entries" or _grown(folder, tile, head)]
    for path in (*(folder / tile.path for tile in whole), *folder.rglob("*" + files.UNFINISHED)):
        path.unlink(missing_ok=True)


def _grown(folder: Path, part: Tile, head: Checkpoint) -> bool:
    width = min(WIDTH, head.size - part.first)
    return (folder / Tile(level="entries", index=part.index, width=width).path).exists()


def _put(folder: Path, tile: Tile, content: bytes) -> None:
    try:
        files.replace(folder / tile.path, content)
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror}") from error
