"""A proof of one record, made from the stored tree: it reads a few tiles, however long the log is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.audit import anchored, tree
from gateway.audit.checkpointer import Checkpointer, Published, newest
from gateway.audit.nodes import StoredHashes
from gateway.audit.proof import Proof
from gateway.storage import Storage
from gateway.storage.tables import audit_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`proof` carries the record itself; `size` is that of the checkpoint in it."""

    proof: Proof
    size: int


async def prove(storage: Storage, checkpointer: Checkpointer, index: int) -> Receipt:
    """That record `index` is in the log, under the newest checkpoint that covers it; rather one that witnesses have
    cosigned. Raises `NotConsistent`, and `LookupError` if there is no such record."""
    made = await storage.run_read(lambda connection: _prove(connection, _best(connection, index), index))
    if made is None:
        published = await checkpointer.covering(index)
        made = await storage.run_read(lambda connection: _prove(connection, published, index))
    if made is None:
        raise LookupError(f"there is no record {index}")
    return made


def _best(connection: Connection, index: int) -> Published | None:
    return anchored.witnessed(connection, index) or newest(connection)


def _prove(connection: Connection, published: Published | None, index: int) -> Receipt | None:
    if published is None or not 0 <= index < published.checkpoint.size:
        return None
    size = published.checkpoint.size
    leaf = connection.execute(select(audit_records.c.leaf).where(audit_records.c.index == index)).scalar_one()
    path = tree.inclusion(StoredHashes(connection, size), index, size)
    return Receipt(proof=Proof(index=index, path=tuple(path), checkpoint=published.note, extra=leaf), size=size)
