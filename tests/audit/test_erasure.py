"""A person is taken out of the log's tables, whatever stage her records are at."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, create_engine, select

from gateway.audit import erasure, sequencer
from gateway.audit.entry import Entry
from gateway.audit.record import prepare
from gateway.storage import Storage
from gateway.storage.tables import audit_pending, audit_salts
from tests.conftest import Postgres
from tests.database_sessions import read

HER = "p2026_" + "a" * 32


def record(call: str, **fields: str) -> sequencer.Prepared:
    return prepare(Entry(call_id=call, kind="call", request=b"a canary", **fields), max_bytes=4096)


def test_a_record_that_another_process_is_placing_is_waited_for(postgres: Postgres, postgres_template: str) -> None:
    url = postgres.create(template=postgres_template)
    engine = create_engine(url)
    with engine.begin() as tx:
        sequencer.put_pending(tx, [record("call_1", subject=HER)])

    def erase() -> None:
        with engine.begin() as tx:
            told.append(tx.connection.dbapi_connection.info.backend_pid)
            begun.set()
            told.append(erasure.forget(tx, owner="p_x", subjects=[HER], cases=[]))

    told: list[int] = []
    begun = threading.Event()
    thread = threading.Thread(target=erase)
    with engine.connect() as placing, placing.begin():
        sequencer.place(placing, [], limit=10)  # it has its index, and nobody else sees that yet
        thread.start()
        begun.wait()
        while not waits(postgres, told[0]) and thread.is_alive():
            pass
    thread.join()
    with engine.connect() as connection:
        assert connection.execute(select(audit_salts)).all() == []
    assert told[1:] == [1]
    engine.dispose()
    postgres.drop(url)


def waits(postgres: Postgres, pid: int) -> bool:
    row = postgres._admin.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", (pid,)).fetchone()
    return row is not None


async def test_however_many_cases_a_person_has_their_records_are_found(storage: Storage) -> None:
    cases = [f"case_{number}" for number in range(70_000)]

    def work(tx: Connection) -> int:
        sequencer.place(tx, [record("call_1", case_id=cases[-1]), record("call_2", case_id="case_other")], limit=1)
        sequencer.put_pending(tx, [record("call_3", case_id=cases[0])])
        return erasure.forget(tx, owner="p_x", subjects=[HER], cases=cases)

    assert await storage.run_write(work) == 2
    async with read(storage) as connection:
        assert [row.index for row in (await connection.execute(select(audit_salts))).all()] == [1]
        assert (await connection.execute(select(audit_pending.c.salts))).scalars().all() == [b""]
