"""What an operator sees of messages to people: `doctor` and `messages show`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.doctor.messages import messages
from gateway.notifications.messages import store
from gateway.notifications.messages.facts import Fact, FactKind
from gateway.settings import Settings, load
from gateway.storage import Storage
from gateway.storage.migrate import migrate
from tests.notifications.test_smtp import Server


def settings(server: Server, folder: Path, **more: Any) -> Settings:
    secret = folder / "password"
    secret.write_text(more.pop("password", "right"))
    host, port = server.address
    smtp = {"host": host, "port": port, "username": "gateway", "password": {"file": str(secret)}, "ca": server.ca}
    given = {"email": "smtp", "bounce_address": "b@s.example", "case_url": "https://s.example/{case}", "smtp": smtp}
    return load(plugins={"enabled": []}, messages=given | more)


async def told(given: Settings) -> list[tuple[str, str]]:
    return [(each.level, each.message) for each in await messages(given)]


async def test_doctor_logs_in_at_the_mail_server(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.app.startup()
    assert await told(settings(server, tmp_path)) == [("ok", "e-mail by smtp, SMS by nothing")]
    ((level, said),) = await told(settings(server, tmp_path, password="wrong"))
    assert (level, "refuses our login" in said) == ("wrong", True)
    ((level, said),) = await told(settings(server, tmp_path, sms="pigeons"))
    assert (level, "'pigeons' is not enabled" in said) == ("wrong", True)
    assert server.arrivals.all() == []
    await server.app.shutdown()
    ((level, said),) = await told(settings(server, tmp_path))
    assert (level, "cannot be reached" in said) == ("note", True)


async def test_doctor_says_that_nobody_is_told() -> None:
    ((level, said),) = await told(load(plugins={"enabled": []}))
    assert (level, said) == ("note", "nobody is told by e-mail or SMS: [messages] names no carrier")


def test_show_counts_and_names_nobody(tmp_path: Path) -> None:
    async def filled() -> None:
        storage = Storage(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
        await migrate(storage)
        for case in ("case_1", "case_2"):
            fact = Fact(kind=FactKind.END, what="completed", key="end")
            given = {"subject": "p_1", "client": "app", "case_id": case, "fact": fact, "channel": "email"}
            await storage.run_write(lambda tx, given=given: store.add(tx, seconds=-90, **given))
        await storage.close()

    asyncio.run(filled())
    done = CliRunner().invoke(main, ["messages", "show", "--json", "--state", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["messages"] == [{"channel": "email", "state": "waiting", "reason": "", "count": 2}]
    assert 90 <= found["overdue_seconds"] < 600
    assert "p_1" not in done.stdout
