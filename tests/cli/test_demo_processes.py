"""The demo's processes, when one of them is slow or does not start."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest

from gateway.cli.demo import processes
from tests.waiting import PATIENCE


async def told(log: Path, ready: str, program: str = "import time; time.sleep(60)") -> str:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    try:
        with pytest.raises(processes.NotStarted) as caught:
            await processes._answers(child, ready, "gateway", log)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
    return str(caught.value)


async def unready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 503 Unready\r\nContent-Length: 5\r\nConnection: close\r\n\r\nstore")
    await writer.drain()
    writer.close()


async def test_a_demo_that_gives_up_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "gateway.log"
    log.touch()
    assert processes._STARTED_SECONDS >= 120, "thirty seconds are too few on a busy machine"
    monkeypatch.setattr(processes, "_STARTED_SECONDS", 0.5)
    server = await asyncio.start_server(unready, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health/ready"
    said = await told(log, url)
    assert "after 0 s (it answers 503: store)" in said
    assert f"{log} is empty" in said
    server.close()
    await server.wait_closed()
    assert "ConnectError" in await told(log, url)
    log.write_text("no such column\n")
    assert (await told(log, url)).endswith("no such column")


async def test_a_process_that_ends_is_noticed_at_once(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("bad settings\n")
    said = await told(tmp_path / "log", "http://127.0.0.1:9/", "raise SystemExit(3)")
    assert said == "gateway ended at once (exit code 3):\nbad settings"


@pytest.mark.parametrize(("code", "fails"), [(3, True), (0, False), (130, False)])
async def test_who_waits_for_a_process_that_failed_is_told(tmp_path: Path, code: int, fails: bool) -> None:
    log = tmp_path / "sandbox.log"
    log.write_text("port 8401 on 127.0.0.1 is taken\n")
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", f"raise SystemExit({code})")
    told = "sandbox has ended .exit code 3.:\nport 8401 on 127.0.0.1 is taken"
    with pytest.raises(processes.NotStarted, match=told) if fails else contextlib.nullcontext():
        async with processes._all_alive({log: child}):
            await (asyncio.Event().wait() if fails else child.wait())
    assert not asyncio.current_task().cancelling()


async def test_two_that_fail_are_told_as_one(tmp_path: Path) -> None:
    fails = [await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)") for _ in range(2)]
    logs = [tmp_path / name for name in ("sandbox.log", "gateway.log")]
    for log in logs:
        log.touch()
    for child in fails:
        await child.wait()
    with pytest.raises(processes.NotStarted, match="has ended"):
        async with processes._all_alive(dict(zip(logs, fails, strict=True))):
            await asyncio.Event().wait()
    assert not asyncio.current_task().cancelling()


async def test_a_cancelled_demo_is_cancelled(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
    try:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                async with processes._all_alive({tmp_path / "gateway.log": child}):
                    raise asyncio.CancelledError
    finally:
        child.kill()
        await child.wait()
