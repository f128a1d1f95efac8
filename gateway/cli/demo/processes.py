"""The demo's processes: the sandbox host, the gateway, the window, and on PostgreSQL a journey worker."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

_STARTED_SECONDS: Final = 180.0
"""A start takes two seconds; on a machine that is busy with other things it has taken more than thirty. A process that
ends is noticed at once."""
_STOPPED_SECONDS: Final = 15.0
_SAID: Final = 300
_ENDED_AS_ASKED: Final = (0, 130, -signal.SIGINT, -signal.SIGTERM)
"""Ctrl-C reaches the processes, too, and may reach them first."""


class NotStarted(Exception):
    """A process failed, or did not answer in time. The message holds the end of its log."""


@asynccontextmanager
async def process(
    state_dir: Path, name: str, *arguments: str, ready: str | None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `mre-gateway ARGUMENTS` with its output in `<state>/<name>.log`, from when `ready` answers until the end."""
    log = state_dir / f"{name}.log"
    with log.open("ab") as output:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        if ready is not None:
            await _answers(child, ready, name, log)
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), _STOPPED_SECONDS)
            except TimeoutError:
                child.kill()
                await child.wait()


@asynccontextmanager
async def everything(state_dir: Path, *, port: int, postgresql: bool, window: str = "") -> AsyncIterator[None]:
    """The sandboxes on port+1, the gateway on port, and the window at its address if there is one."""
    state = ("--state", str(state_dir))
    starts: Sequence[tuple[str, tuple[str, ...], str | None]] = (
        ("sandbox", ("sandbox", *state, "--port", str(port + 1)), f"http://127.0.0.1:{port + 1}/health"),
        ("gateway", ("serve", *state), f"http://127.0.0.1:{port}/health/ready"),
        *((("worker", ("work", *state), None),) if postgresql else ()),
        *((("window", ("window", *state), f"{window}/health"),) if window else ()),
    )
    async with AsyncExitStack() as stack:
        # Side by side: each takes a second or two to start.
        tasks = [
            asyncio.create_task(stack.enter_async_context(process(state_dir, name, *arguments, ready=ready)))
            for name, arguments, ready in starts
        ]
        try:
            children = await asyncio.gather(*tasks)
        except BaseException:
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        logs = [state_dir / f"{name}.log" for name, _, _ in starts]
        async with _all_alive(dict(zip(logs, children, strict=True))):
            yield


@asynccontextmanager
async def _all_alive(children: Mapping[Path, asyncio.subprocess.Process]) -> AsyncIterator[None]:
    """Raises `NotStarted` inside as soon as one of the processes has failed: what it owed would be waited for in vain.
    So may one whose port another program holds: that program may have answered in its place."""
    within = asyncio.current_task()
    assert within is not None
    failed: list[NotStarted] = []

    async def watch(log: Path, child: asyncio.subprocess.Process) -> None:
        if (code := await child.wait()) not in _ENDED_AS_ASKED and not failed:
            failed.append(NotStarted(f"{log.stem} has ended (exit code {code}):\n{_tail(log)}"))
            within.cancel()

    watching = [asyncio.create_task(watch(log, child)) for log, child in children.items()]
    try:
        yield
    except asyncio.CancelledError:
        if not failed:
            raise
        within.uncancel()
        raise failed[0] from None
    finally:
        for each in watching:
            each.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _answers(child: asyncio.subprocess.Process, url: str, name: str, log: Path) -> None:
    last = "nothing listens there yet"
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http:
        try:
            async with asyncio.timeout(_STARTED_SECONDS):
                while True:
                    if child.returncode is not None:
                        raise NotStarted(f"{name} ended at once (exit code {child.returncode}):\n{_tail(log)}")
                    try:
                        answer = await http.get(url)
                        if answer.status_code == 200:
                            return
                        last = f"it answers {answer.status_code}: {answer.text[:_SAID]}"
                    except httpx.HTTPError as error:
                        last = f"{type(error).__name__} {error}".strip()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = _tail(log) or f"{log} is empty: it may still be starting, on a machine that is busy"
            waited = f"{name} is not ready at {url} after {_STARTED_SECONDS:.0f} s ({last})"
            raise NotStarted(f"{waited}:\n{said}") from None


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
