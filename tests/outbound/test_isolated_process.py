"""A connector's process is started again whatever ends it, and whatever keeps it from starting.

In the place of the interpreter stands a script that says what the test has written for it: no connector is needed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
import structlog

from gateway.connectors.contract import Shipping, Unavailable
from gateway.connectors.loader import PluginError
from gateway.outbound.errors import ConnectorStopped
from gateway.outbound.isolation import process
from gateway.outbound.isolation.child_process import ChildProcess
from gateway.outbound.isolation.frames import Beat, Built, NotBuilt, Start, frame
from gateway.outbound.isolation.process import IsolatedProcess, back_off
from gateway.settings import Plugins
from gateway.telemetry.metrics import REGISTRY
from tests.outbound.raw import until

MOST = Plugins().isolated_frame_bytes
BUILT = frame(Built({}), MOST)
DEEP = b"\x93\xa4Beat\x00" + b"\x91" * 100_000 + b"\x00"
NESTED = len(DEEP).to_bytes(4, "big") + DEEP
ORDER = Start(
    path=[], plugins=b"{}", logging=b"{}", id="scripted", package="p", folder="/nowhere", origin="", base_url="",
    secrets={}, options={}, callback_url="", public_base_url="",
)  # fmt: skip
SAYS = f"""#!{sys.executable} -ISE
import os, sys, time
with os.fdopen(int(sys.argv[3]), "wb") as gateway, open(sys.argv[0] + ".says", "rb") as said:
    gateway.write(said.read())
    gateway.flush()
"""
STAYS = "    time.sleep(1000)\n"


class Scripted:
    def __init__(self, script: Path) -> None:
        self.script = script
        self.process = IsolatedProcess(ORDER, None, Plugins(isolated_silent_seconds=60), retry_seconds=0.01)

    def says(self, said: bytes) -> None:
        """What every process says that is started from now on."""
        new = self.script.with_suffix(".new")
        new.write_bytes(said)
        new.replace(f"{self.script}.says")

    async def start(self, said: bytes = BUILT) -> None:
        self.says(said)
        await asyncio.to_thread(self.process.spawn)
        await self.process.start()


@pytest.fixture
async def scripted(tmp_path, monkeypatch):
    script = tmp_path / "interpreter"
    script.write_text(SAYS + STAYS)
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    made = Scripted(script)
    yield made
    await made.process.close()


def open_files():
    return len(os.listdir("/proc/self/fd"))


def start_failures():
    return REGISTRY.get_sample_value("mre_gateway_portal_process_start_failures_total", {"portal": "scripted"}) or 0


def events(logs, name):
    return [each for each in logs if each["event"] == name]


def test_the_wait_before_a_new_start_grows_and_has_an_end():
    assert [back_off(0.5, failures) for failures in (0, 1, 2, 7)] == [0.5, 1.0, 2.0, 60.0]
    assert back_off(0.5, 100_000) == 60.0


@pytest.mark.parametrize("said", [b"", NESTED, frame(Beat(0), MOST), frame(NotBuilt("build", "x", "y", "z"), MOST)])
async def test_a_process_that_cannot_be_started_leaves_nothing_open(scripted, said):
    scripted.script.write_text(SAYS)
    scripted.says(said)
    before = open_files()
    with pytest.raises(PluginError):
        scripted.process.spawn()
    assert open_files() == before
    assert scripted.process.pid is None


async def test_a_machine_without_a_place_for_a_process_is_told_as_such(scripted, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(scripted.script.parent / "missing"))
    before = open_files()
    with pytest.raises(PluginError, match="its process cannot be started: No such file") as failed:
        scripted.process.spawn()
    assert failed.value.stage == "build"
    assert open_files() == before


@pytest.mark.parametrize("said", [NESTED, b"\xff" * 8, BUILT])
async def test_a_process_that_talks_nonsense_is_ended_and_started_again(scripted, said):
    with structlog.testing.capture_logs() as logs:
        await scripted.start(BUILT + said)
        call = asyncio.create_task(scripted.process.call(Shipping.trace, ("RR1",), {}))
        pid = scripted.process.pid
        with pytest.raises((ConnectorStopped, Unavailable)):  # the second, if it had ended before
            await call
        scripted.says(BUILT)
        await until(lambda: scripted.process.alive and scripted.process.pid != pid)
    assert events(logs, "isolated_connector_stopped")[0]["reason"] == "nonsense"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_it_is_tried_again_until_the_machine_has_a_place_for_it(scripted, monkeypatch):
    before = start_failures()
    with structlog.testing.capture_logs() as logs:
        await scripted.start()
        works = sys.executable
        monkeypatch.setattr(sys, "executable", str(scripted.script.parent / "missing"))
        os.kill(scripted.process.pid, 9)
        await until(lambda: start_failures() >= before + 3)
        with pytest.raises(Unavailable, match="connector_failed") as failed:
            await scripted.process.call(Shipping.trace, ("RR1",), {})
        assert failed.value.retry_after is not None
        monkeypatch.setattr(sys, "executable", works)
        await until(lambda: scripted.process.alive)
    assert events(logs, "isolated_connector_not_started")[0]["stage"] == "build"
    assert len(events(logs, "isolated_connector_started")) == 2


async def test_it_is_tried_again_when_what_watches_it_fails(scripted, monkeypatch):
    def broken(pid):
        if scripted.process.settled:
            return
        monkeypatch.undo()
        monkeypatch.setattr(sys, "executable", str(scripted.script))
        raise RuntimeError("nothing left")

    monkeypatch.setattr(process, "resident_bytes", broken)
    scripted.process = IsolatedProcess(ORDER, None, Plugins(isolated_silent_seconds=0.8), retry_seconds=0.01)
    with structlog.testing.capture_logs() as logs:
        await scripted.start()
        pid = scripted.process.pid
        with pytest.raises(ConnectorStopped):
            await scripted.process.call(Shipping.trace, ("RR1",), {})
        await until(lambda: scripted.process.alive and scripted.process.pid != pid)
    assert events(logs, "isolated_connector_failed")[0]["error"] == "RuntimeError"
    assert events(logs, "isolated_connector_stopped")[0]["reason"] == "failed"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_eats_memory_is_ended(scripted):
    """And named as such, though the question what it is doing ends this one."""
    eats = SAYS.replace("with os", "kept = b'x' * 200_000_000\nwith os")
    scripted.script.write_text(eats + STAYS)
    limits = Plugins(isolated_memory_bytes=150_000_000, isolated_silent_seconds=0.8)
    scripted.process = IsolatedProcess(ORDER, None, limits, retry_seconds=0.01)
    with structlog.testing.capture_logs() as logs:
        await scripted.start()
        with pytest.raises(ConnectorStopped):
            await scripted.process.call(Shipping.trace, ("RR1",), {})
    (told,) = events(logs, "isolated_connector_stopped")
    assert (told["reason"], told["operation"]) == ("memory", "trace")


async def test_closing_leaves_no_process_and_nothing_open(scripted):
    await scripted.start()
    pid, child = scripted.process.pid, scripted.process
    held = asyncio.create_task(child.call(Shipping.trace, ("RR1",), {}))
    await until(lambda: not child.settled)
    await child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ConnectorStopped):
        await held
    with pytest.raises(Unavailable, match="connector_failed"):
        await child.call(Shipping.trace, ("RR1",), {})


async def test_closing_gives_up_a_process_that_is_being_started(scripted):
    await scripted.start()
    pid = scripted.process.pid
    scripted.says(b"")  # the next one says nothing
    os.kill(pid, 9)
    await until(lambda: scripted.process.pid not in (None, pid))
    starting = scripted.process.pid
    await scripted.process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(starting, 0)


LEAVES_A_CHILD = """    pid = os.fork()
    if pid == 0:
        time.sleep(1000)
    with open(sys.argv[0] + ".pid", "w") as told:
        told.write(str(pid))
"""


def ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def exited(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


async def test_what_a_process_has_started_ends_with_it_when_it_ends_itself(tmp_path, monkeypatch):
    script = tmp_path / "interpreter"
    script.write_text(f"#!{sys.executable} -ISE\nimport os, sys, time\nif True:\n{LEAVES_A_CHILD}")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    child = ChildProcess("scripted", 1)
    await until(lambda: exited(child.pid))
    left = int(Path(f"{script}.pid").read_text())
    assert child.stacks() == ""

    child.end()

    assert child.status == 0
    await until(lambda: ended(left))
