"""The inspecting processes: a file that takes too long costs its sender, and nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest

from gateway.cases.files import FileRefused
from gateway.cases.inspection import Busy, Inspection, InspectionFailed
from gateway.child_environment import child_environment
from gateway.sandbox.pdf import page
from gateway.settings import Inspection as Limits

PDF = page(["Scan"])
SIZE = 30_000_000


@cache
def markers(size: int = SIZE) -> bytes:
    """Each opens an object that may end anywhere. Looking through all takes five seconds and more: several times the
    limits below, on the fastest machine too."""
    each = b"1 0 obj <<\n"
    return b"%PDF-1.7\n" + each * (size // len(each)) + b"%%EOF"


def limits(seconds: float = 60.0, **over: int) -> Limits:
    return Limits(**{"seconds": seconds, "processes": 2, **over})


@pytest.fixture
async def inspection() -> AsyncIterator[Inspection]:
    made = Inspection(limits(), max_bytes=SIZE + 100)
    yield made
    await made.close()


async def media_type_of(inspection: Inspection, content: bytes, owner: str = "amina") -> str:
    return (await inspection.inspect(content, filename="a.pdf", owner=owner)).media_type


async def ended(tasks: list[asyncio.Task[str]]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_file_that_takes_too_long_is_refused() -> None:
    inspection = Inspection(limits(seconds=0.8), max_bytes=SIZE + 100)
    with pytest.raises(FileRefused, match="attachment_too_complex"):
        await media_type_of(inspection, markers())
    assert inspection.pids == set()  # killed
    assert await media_type_of(inspection, PDF) == "application/pdf"  # by another one
    await inspection.close()


async def test_another_persons_file_does_not_wait(inspection: Inspection) -> None:
    slow = [asyncio.create_task(media_type_of(inspection, markers(), "attacker")) for _ in range(4)]
    await asyncio.sleep(0)
    assert await media_type_of(inspection, PDF, "amina") == "application/pdf"
    assert not any(each.done() for each in slow)
    await ended(slow)


async def test_the_loop_goes_on_while_a_file_is_looked_into() -> None:
    """The loop's turns are counted while the other process works: a blocked loop would have had two or three."""
    inspection = Inspection(limits(seconds=0.8), max_bytes=SIZE + 100)
    turns = 0
    looking = asyncio.create_task(media_type_of(inspection, markers()))
    while not looking.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert str(looking.exception()) == "attachment_too_complex"
    assert turns > 40
    await inspection.close()


async def test_one_person_cannot_let_files_wait_without_end() -> None:
    made = Inspection(limits(waiting=3, waiting_each=2), max_bytes=SIZE + 100)
    slow = [asyncio.create_task(media_type_of(made, markers(), "attacker")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refused:
        await media_type_of(made, PDF, "attacker")
    assert refused.value.own
    others = [asyncio.create_task(media_type_of(made, markers(), f"person {number}")) for number in range(2)]
    await asyncio.sleep(0)
    newcomer = asyncio.create_task(media_type_of(made, markers(), "one more"))
    with pytest.raises(Busy) as refused:
        await slow[2]  # the last of the person with most gives way
    assert refused.value.own
    with pytest.raises(Busy) as refused:
        await media_type_of(made, PDF, "yet one more")  # nobody has more than one
    assert not refused.value.own
    await ended([*slow, *others, newcomer])
    assert await media_type_of(made, PDF) == "application/pdf"
    await made.close()


async def test_many_hostile_persons_do_not_shut_anybody_out() -> None:
    made = Inspection(limits(waiting=32, waiting_each=4), max_bytes=SIZE + 100)
    hostile = [asyncio.create_task(media_type_of(made, markers(), f"person {n}")) for n in range(9) for _ in range(5)]
    await asyncio.sleep(0)
    first = asyncio.create_task(media_type_of(made, PDF, "amina"))
    await asyncio.sleep(0)
    assert not first.done()  # it waits for its turn
    await ended(hostile)
    assert await first == "application/pdf"
    await made.close()


async def test_who_sent_a_killed_file_comes_after_all_others() -> None:
    made = Inspection(limits(seconds=1.0, processes=1), max_bytes=SIZE + 100)
    with pytest.raises(FileRefused, match="attachment_too_complex"):
        await media_type_of(made, markers(), "mallory")
    order: list[str] = []

    async def noted(content: bytes, owner: str) -> None:
        await media_type_of(made, content, owner)
        order.append(owner)

    under_way = asyncio.create_task(media_type_of(made, PDF, "badr"))
    await asyncio.sleep(0)
    await asyncio.gather(under_way, noted(PDF, "mallory"), noted(PDF, "amina"))
    assert order == ["amina", "mallory"]
    await made.close()


async def test_a_file_that_needs_too_much_memory_is_refused() -> None:
    inspection = Inspection(limits(seconds=60.0, memory_bytes=268_435_456), max_bytes=SIZE + 100)
    names = b"".join(b"%d 0 obj [%s] endobj\n" % (number, b"[]" * 2000) for number in range(1, 2400))
    with pytest.raises(FileRefused, match=r"attachment_too_complex|attachment_type_refused"):
        await media_type_of(inspection, b"%PDF-1.7\n" + names + b"trailer<</Root 1 0 R>>\n%%EOF")
    assert await media_type_of(inspection, PDF) == "application/pdf"
    await inspection.close()


async def test_a_process_that_was_killed_is_replaced(inspection: Inspection) -> None:
    await media_type_of(inspection, PDF)
    (pid,) = inspection.pids
    os.kill(pid, signal.SIGKILL)
    assert await media_type_of(inspection, PDF) == "application/pdf"
    assert inspection.pids.isdisjoint({pid})


async def test_closing_ends_what_is_under_way() -> None:
    inspection = Inspection(limits(seconds=60.0), max_bytes=SIZE + 100)
    looking = asyncio.create_task(media_type_of(inspection, markers()))
    while not inspection.pids:
        await asyncio.sleep(0.01)
    (pid,) = inspection.pids
    await inspection.close()
    with pytest.raises(InspectionFailed):
        await looking
    assert gone(pid)
    with pytest.raises(InspectionFailed):
        await media_type_of(inspection, PDF)


async def test_a_caller_who_goes_away_stops_the_work(inspection: Inspection) -> None:
    looking = asyncio.create_task(media_type_of(inspection, markers()))
    while not inspection.pids:
        await asyncio.sleep(0.01)
    (pid,) = inspection.pids
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert gone(pid)


PARENT = """
    import asyncio, sys
    from gateway.cases.inspection import Inspection
    from gateway.settings import Inspection as Limits

    async def main() -> None:
        content = sys.stdin.buffer.read()
        inspection = Inspection(Limits(seconds=1.0), max_bytes=len(content))
        busy = asyncio.create_task(inspection.inspect(content, filename="a", owner="b"))
        while not inspection.pids:
            await asyncio.sleep(0.01)
        print(*inspection.pids, flush=True)
        await busy

    asyncio.run(main())
"""


def test_no_process_is_left_when_the_gateway_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(markers())
    parent.stdin.close()
    pids = [int(each) for each in parent.stdout.readline().split()]
    assert pids
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = 600  # a busy machine; its own alarm is at two seconds
    while not all(gone(each) for each in pids):
        deadline -= 1
        assert deadline, "it lives on"
        subprocess.run(["sleep", "0.1"], check=True)


def test_the_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARID_API_KEY", "secret")
    assert "BARID_API_KEY" not in child_environment()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
