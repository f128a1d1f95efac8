"""What an innocent client notices of an attack: her 95th percentile with and without it, in one run.

`python -m benchmarks.attacks [--seconds 60] [--only NAME ...] [--list]`. Each attack gets a gateway and a sandbox of
its own. The attacker is a third process, so that its own work is not taken for the gateway's. Three things are asked:
does the innocent's p95 at most double, is every case still there that she was told was filed, and does the gateway end
on SIGTERM within its grace while the attack goes on.

An attack is a function with `@attack(...)` in a module named in `MODULES`; it gets a `Target` and goes on until it is
cancelled.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx

from benchmarks.innocent import INNOCENT, Innocent
from benchmarks.processes import ANY_RATE, ROOT, Processes, Running, free_port
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.state import prepare
from gateway.settings import load

MODULES: Final = ("benchmarks.attacks_load", "benchmarks.attacks_http")
"""Where attacks are; each module registers its own by `@attack`."""
ATTACKER: Final = "BK654321"
SOURCE: Final = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
_QUIET_SECONDS: Final = 20.0
"""...at most, to learn what the innocent notices without an attack."""
MOST_RATIO: Final = 2.0
_TAKING_HOLD: Final = 3.0
"""Seconds from the attack's start until the innocent is measured."""
_AFTER_GRACE: Final = 3.0
"""Seconds that the interpreter may take to end, beyond the grace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an attacker knows. Everything in it is text, so that it can be handed to another process."""

    url: str
    sandbox: str
    state: str
    token: str
    """Of a person (`ATTACKER`) at the demo frontend, with all scopes that it may have."""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", "Idempotency-Key": str(uuid4())}

    def client(self, timeout: float = 60.0) -> httpx.AsyncClient:
        """A client without a proxy and with the target's address; as many connections as the attack opens. It comes
        from an address of its own where the system lets it (Linux has all of 127.0.0.0/8), as attackers do."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        transport = httpx.AsyncHTTPTransport(local_address=SOURCE, limits=limits)
        return httpx.AsyncClient(base_url=self.url, transport=transport, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    name: str
    what: str
    run: Callable[[Target], Awaitable[None]]
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the attacked gateway, as in the environment: `{"JOURNEYS__CONCURRENT": "8"}`."""


ATTACKS: Final[dict[str, Attack]] = {}


def attack(
    name: str, what: str, **settings: str
) -> Callable[[Callable[[Target], Awaitable[None]]], Callable[[Target], Awaitable[None]]]:
    """Register a function as an attack."""

    def register(run: Callable[[Target], Awaitable[None]]) -> Callable[[Target], Awaitable[None]]:
        ATTACKS[name] = Attack(name=name, what=what, run=run, settings=settings)
        return run

    return register


async def senders(number: int, send: Callable[[], Awaitable[object]]) -> None:
    """`number` at once send again and again. A refusal or a broken connection does not end an attack."""

    async def go_on() -> None:
        while True:
            try:
                await send()
            except httpx.HTTPError:
                await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(go_on())


def registered() -> dict[str, Attack]:
    """All attacks, by name."""
    for each in MODULES:
        importlib.import_module(each)
    found: dict[str, Attack] = importlib.import_module("benchmarks.attacks").ATTACKS  # with -m this one is `__main__`
    return found


# --- One attack ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    name: str
    quiet_p95_ms: float
    attacked_p95_ms: float
    calls: int
    """Of the innocent, under attack."""
    errors: list[str]
    """What she was answered under attack besides 2xx, the first ones."""
    lost: int
    """Cases that she filed and that are gone."""
    stop_seconds: float
    stopped: bool
    """Whether it ended on SIGTERM, under attack, within its grace."""

    @property
    def ratio(self) -> float:
        return self.attacked_p95_ms / max(self.quiet_p95_ms, 0.1)

    @property
    def held(self) -> bool:
        return self.ratio <= MOST_RATIO and not self.errors and not self.lost and self.stopped


def measure(chosen: Attack, *, seconds: float, folder: Path, settings: Mapping[str, str] | None = None) -> Result:
    """Measure the innocent without the attack `chosen`, and then `seconds` long with it."""
    state, sandbox_port, port = folder / "state", free_port(), free_port()
    sandbox, url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{port}"
    prepare(state, port=port, sandbox_port=sandbox_port, speed=1.0)
    over = {**ANY_RATE, **chosen.settings, **(settings or {})}
    with Processes(folder) as processes:
        processes.python(
            "sandbox", "gateway", "sandbox", "--state", str(state), core=None, ready=f"{sandbox}/health", env=over
        )
        served = processes.python(
            "gateway", "gateway", "serve", "--state", str(state), core=None, ready=f"{url}/health/live", env=over
        )
        innocent = Innocent(url, asyncio.run(_token(sandbox, INNOCENT)))
        target = Target(url=url, sandbox=sandbox, state=str(state), token=asyncio.run(_token(sandbox, ATTACKER)))
        asyncio.run(innocent.spend(min(2.0, seconds)))  # caches are warm
        quiet = asyncio.run(innocent.spend(min(seconds, _QUIET_SECONDS)))
        attacker = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.attacks", "--attacker", chosen.name, json.dumps(asdict(target))],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_on_a_machine_of_its_own,
        )
        try:
            time.sleep(_TAKING_HOLD)
            attacked = asyncio.run(innocent.spend(seconds))
            lost = asyncio.run(innocent.lost())
            if attacker.poll() is not None:
                raise SystemExit(f"the attacker {chosen.name} has ended by itself: nothing was measured")
            grace = load(state_dir=state).server.shutdown_grace_seconds
            stop_seconds, stopped = _stop(served, grace + _AFTER_GRACE)
        finally:
            attacker.kill()
            attacker.wait()
    return Result(
        name=chosen.name,
        quiet_p95_ms=quiet.p95_ms,
        attacked_p95_ms=attacked.p95_ms,
        calls=attacked.calls,
        errors=attacked.errors[:5],
        lost=lost,
        stop_seconds=stop_seconds,
        stopped=stopped,
    )


def _on_a_machine_of_its_own() -> None:
    """As near as one machine comes to it: the attacker takes what processor time the gateway, its sandbox and the
    innocent leave. Otherwise two cores shared by four processes are measured, and not the gateway."""
    os.nice(19)


def _stop(served: Running, within: float) -> tuple[float, bool]:
    started = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    try:
        served.process.wait(within)
    except subprocess.TimeoutExpired:
        return within, False
    return time.monotonic() - started, True


async def _token(sandbox: str, cnie: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as web:
        return (await SandboxLogin(f"{sandbox}/idp", web).citizen(cnie)).access_token


# --- The command --------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.attacks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each attack goes on")
    parser.add_argument("--only", nargs="+", default=None, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="say which attacks there are")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--attacker", nargs=2, metavar=("NAME", "TARGET"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    attacks = registered()
    if given.attacker:
        name, target = given.attacker
        asyncio.run(_forever(attacks[name], Target(**json.loads(target))))
        return
    if given.list:
        for each in attacks.values():
            print(f"{each.name:<16}{each.what}")
        return
    held = True
    for name in given.only or attacks:
        with tempfile.TemporaryDirectory(prefix="mre-attack-") as folder:
            result = measure(attacks[name], seconds=given.seconds, folder=Path(folder))
        held = held and result.held
        print(json.dumps(asdict(result)) if given.json else _line(result), flush=True)
    sys.exit(0 if held else 1)


async def _forever(chosen: Attack, target: Target) -> None:
    await chosen.run(target)


def _line(result: Result) -> str:
    return (
        f"{result.name:<16}p95 {result.quiet_p95_ms:>8.1f} ms quiet {result.attacked_p95_ms:>8.1f} ms attacked "
        f"x{result.ratio:<6.2f}{result.calls:>6} calls, {result.lost} lost, stopped in {result.stop_seconds:.1f} s "
        f"{'held' if result.held else 'BROKE ' + '; '.join(result.errors)}"
    )


if __name__ == "__main__":
    main()
