"""Cases of the first schema are carried over: what was paid is still known, and the portal's reference is found."""

from __future__ import annotations

import json

from alembic import command
from sqlalchemy import Connection, text

from gateway.storage import Storage
from gateway.storage.migrate import _config, migrate
from tests.database_sessions import read, transaction

OLD = {
    "parts": ["fee", "filing", "follow"],
    "portal": "office",
    "fee": {"amount": 4000},
    "fee_portal": "till",
    "paid_oid": "pay_1",
    "stamp": "1234567890123456",
    "stamp_used": True,
    "reference": "W-1",
    "milestone": "processing",
}
FREE = {"parts": ["filing", "follow"], "portal": "office", "fee_portal": ""}


async def test_a_case_with_a_fee_keeps_it_as_its_first_charge(empty_url: str) -> None:
    storage = Storage(empty_url)

    def before(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")

    insert = text(
        "INSERT INTO cases (id, client, subject, service, status, version, language, created_at, updated_at, state,"
        " sealed) VALUES (:id, 'app', 'p', 'office.paper', 'in_progress', 1, 'fr', CURRENT_TIMESTAMP,"
        " CURRENT_TIMESTAMP, :state, :sealed)"
    )
    async with transaction(storage) as tx:
        await tx.run_sync(before)
        for id, state in (("case_1", OLD), ("case_2", FREE)):
            await tx.execute(insert, {"id": id, "state": json.dumps(state), "sealed": b"x"})
    await migrate(storage)
    async with read(storage) as connection:
        rows = (await connection.execute(text("SELECT id, portal, reference, state FROM cases ORDER BY id"))).all()
    states = [row.state if isinstance(row.state, dict) else json.loads(row.state) for row in rows]
    assert [(row.portal, row.reference, state) for row, state in zip(rows, states, strict=True)] == [
        (
            "office",
            "W-1",
            {
                "parts": ["fee", "filing", "follow"],
                "portal": "office",
                "reference": "W-1",
                "milestone": "processing",
                "charges": [
                    {
                        "code": "fee_due",
                        "amount": {"amount": 4000},
                        "portal": "till",
                        "paid_oid": "pay_1",
                        "stamp": "1234567890123456",
                        "stamp_used": True,
                    }
                ],
            },
        ),
        ("office", "", {"parts": ["filing", "follow"], "portal": "office"}),
    ]
    await storage.close()
