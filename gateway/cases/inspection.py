"""Other processes inspect files; one that takes too long is killed and started anew.

An expensive file delays its sender only: the event loop just writes and reads pipes, one person can never hold all
processes, people take turns, and a person whose files took long comes after the others. The processes start with the
first file. They end with this one, even if it is killed (`gateway.cases.inspector`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Final

import structlog

from gateway.cases.effort import Effort
from gateway.cases.files import FileRefused, Inspected, measure
from gateway.cases.inspector import HEADER, READY
from gateway.cases.turns import Closed, Full, Turns
from gateway.child_environment import child_environment
from gateway.settings import Inspection as Limits

log = structlog.get_logger()

_START_SECONDS: Final = 60.0
"""Generous, because a machine may be busy; a process that takes longer has failed to start."""


class Busy(Exception):
    """No process is free, and too many files wait. `own`: too many of the same person."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("own" if own else "all")
        self.own = own


class InspectionFailed(Exception):
    """The inspecting process could not start, or ended without the file's fault. The file was not judged."""


class _Died(Exception):
    """The process ended instead of answering."""


class Inspection:
    """The inspecting processes of this process."""

    def __init__(self, limits: Limits, *, max_bytes: int) -> None:
        self._limits = limits
        self._max_bytes = max_bytes
        self._effort = Effort(limits.hour_seconds)
        self._turns = Turns(
            limits.processes,
            each=max(1, limits.processes - 1),
            waiting=limits.waiting,
            waiting_each=limits.waiting_each,
            behind=self._effort.spent,
        )
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()
        self._closed = False

    async def inspect(self, content: bytes, *, filename: str, owner: str) -> Inspected:
        """Raises `FileRefused`, `Busy` or `InspectionFailed`. `owner`: whose turn it is, any name of a person."""
        measure(content, self._max_bytes)
        try:
            async with self._turns.place(owner):
                answer = await self._charged(content, filename, owner)
        except Full as error:
            raise Busy(own=error.own) from None
        except Closed:
            raise InspectionFailed from None
        if isinstance(answer, str):
            raise FileRefused(answer)
        return answer

    def stop(self) -> None:
        """The gateway begins to stop: waiting files are refused, and running inspections have `stop_seconds` left, so
        that no file delays the end."""
        self._turns.close()
        asyncio.get_running_loop().call_later(self._limits.stop_seconds, self._kill)

    async def close(self) -> None:
        """End the processes; callers of running inspections get no verdict."""
        self._closed = True
        self._turns.close()
        self._idle.clear()
        for each in list(self._all):
            await self._end(each)

    @property
    def pids(self) -> set[int]:
        """Of all inspecting processes there are."""
        return {each.pid for each in self._all}

    @property
    def idle(self) -> set[int]:
        """Of those with nothing to do."""
        return {each.pid for each in self._idle}

    async def _charged(self, content: bytes, filename: str, owner: str) -> Inspected | str:
        """The time is charged before the place is free, even if the sender has gone meanwhile."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            return await self._ask(content, filename)
        except FileRefused:  # killed, or dead of it
            self._effort.charge_all(owner)
            raise
        finally:
            self._effort.charge(owner, clock() - began)

    async def _ask(self, content: bytes, filename: str) -> Inspected | str:
        if self._idle:
            # It may have died while idle, which is not this file's fault: then once more.
            with contextlib.suppress(_Died):
                return await self._ask_one(self._idle.pop(), content, filename)
        try:
            return await self._ask_one(await self._start(), content, filename)
        except _Died:
            raise FileRefused("attachment_too_complex") from None  # of memory, or of a fault in a library

    async def _ask_one(self, process: asyncio.subprocess.Process, content: bytes, filename: str) -> Inspected | str:
        try:
            async with asyncio.timeout(self._limits.seconds):
                answer = await self._answer(process, content, filename)
        except TimeoutError:
            log.warning("inspection_killed", bytes=len(content), seconds=self._limits.seconds)
            await self._end(process)
            raise FileRefused("attachment_too_complex") from None
        except (OSError, ValueError, EOFError):
            await self._end(process)
            if self._closed:
                raise InspectionFailed from None
            log.warning("inspection_died", bytes=len(content), status=process.returncode)
            raise _Died from None
        except BaseException:  # a caller who has gone does not want the answer
            await self._end(process)
            raise
        self._idle.append(process)
        return answer

    async def _answer(self, process: asyncio.subprocess.Process, content: bytes, filename: str) -> Inspected | str:
        assert process.stdin is not None
        assert process.stdout is not None
        arguments = json.dumps(
            {
                "filename": filename,
                "max_bytes": self._max_bytes,
                "max_pixels": int(self._limits.megapixels * 1_000_000),
            }
        ).encode()
        process.stdin.write(HEADER.pack(len(arguments), len(content)) + arguments)
        process.stdin.write(content)
        await process.stdin.drain()
        answer = json.loads(await process.stdout.readline())
        if "refused" in answer:
            return str(answer["refused"])
        converted = None
        if (length := answer.get("converted")) is not None:
            if not 0 < length <= self._max_bytes:
                raise ValueError(length)
            converted = await process.stdout.readexactly(length)
        return Inspected(media_type=answer["media_type"], filename=answer["filename"], content=converted)

    async def _start(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise InspectionFailed
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.cases.inspector",
                str(self._limits.seconds),
                str(self._limits.memory_bytes),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd="/",
                env=child_environment(),
            )
        except OSError as error:
            raise InspectionFailed from error
        self._all.add(process)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = await process.stdout.readline()
        except BaseException as error:
            await self._end(process)
            if isinstance(error, TimeoutError):
                raise InspectionFailed from None
            raise
        if ready != READY:
            await self._end(process)
            if not self._closed:
                log.error("inspection_not_started", status=process.returncode)
            raise InspectionFailed
        return process

    def _kill(self) -> None:
        self._closed = True
        for each in self._all:
            with contextlib.suppress(ProcessLookupError):
                each.kill()  # whoever waits for its answer finds it gone

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.shield(asyncio.wait_for(process.wait(), _START_SECONDS))
