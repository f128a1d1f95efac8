"""What others notice when one client floods: an innocent's 95th percentile with and without it, in one run.

`python -m benchmarks.flood [--rounds 20] [--seconds 1.5] [--connections 64]`. An application calls as fast as its
connections carry it, each call after the answer to the one before; how many calls that was is printed, and a run in
which none was refused counts for nothing. The gateway has the limits that it has by default (`[rates]`), but for the
innocent, who calls as twenty people would. The flood is stopped and let go on in turn, many times, so that what
disturbs the machine disturbs both; all calls with it are compared with all calls without it. Its beginning, while it
still may call, is not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from benchmarks.innocent import INNOCENT, Innocent, Spent
from benchmarks.load import own
from benchmarks.processes import ROOT, Processes, free_port
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.state import prepare
from gateway.settings import read_file

MOST_RATIO: Final = 1.2
_CLIENT: Final = "demo-app"
_MANY: Final = {f"RATES__PERSON__{kind}": "100000" for kind in ("READ", "WRITE", "EXPENSIVE")}
_FIRST_SECONDS: Final = 5.0
"""Until it has used up what it may."""
_METRICS_SECONDS: Final = 1.5
"""The page of metrics may be older by `metrics.seconds`."""
_COUNT: Final = re.compile(r'mre_gateway_call_seconds_count\{[^}]*status="429"')
_TAKING_HOLD: Final = 0.5
"""Seconds until a flood that goes on is felt, or one that stopped is over."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flood", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.5, help="with the flood and without it, in each round")
    parser.add_argument("--connections", type=int, default=64, help="of the flood")
    parser.add_argument("--path", default="/v1/cases", help="what the flood asks for")
    parser.add_argument("--unlimited", action="store_true", help="without [rates], to compare")
    parser.add_argument("--flooder", nargs=2, metavar=("URL", "TOKEN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flooder:
        url, token = given.flooder
        while True:
            own(url, {"Authorization": f"Bearer {token}"}, connections=given.connections, seconds=3600.0)
    with tempfile.TemporaryDirectory(prefix="mre-flood-") as folder:
        ratio, errors = _measure(Path(folder), given)
    held = ratio <= MOST_RATIO and not errors
    print(f"{ratio:>8.2f} times the p95 without it, at most {MOST_RATIO:<14}{'reached' if held else 'MISSED'}")
    for each in errors[:5]:
        print(f"         {each}")
    sys.exit(1 if errors else 0)


def _measure(folder: Path, given: argparse.Namespace) -> tuple[float, list[str]]:
    state, sandbox_port, port = folder / "state", free_port(), free_port()
    sandbox, url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{port}"
    prepare(state, port=port, sandbox_port=sandbox_port, speed=1.0)
    env = {"LOGGING__LEVEL": "warning", **_MANY, **({"RATES__ENFORCED": "false"} if given.unlimited else {})}
    told = ("--state", str(state))
    with Processes(folder) as processes:
        processes.python("sandbox", "gateway", "sandbox", *told, core=None, ready=f"{sandbox}/health", env=env)
        processes.python("gateway", "gateway", "serve", *told, core=None, ready=f"{url}/health/live", env=env)
        person, application = asyncio.run(_tokens(sandbox, state))
        innocent = Innocent(url, person)
        asyncio.run(innocent.spend(2.0))  # caches are warm
        flooder = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.flood", "--connections", str(given.connections)),
                *("--flooder", url + given.path, application),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            preexec_fn=_on_a_machine_of_its_own,
        )
        try:
            time.sleep(_FIRST_SECONDS)
            before, started = _refused(url), time.monotonic()
            rounds = [_round(innocent, flooder, given.seconds) for _ in range(given.rounds)]
            refused, seconds = _refused(url) - before, time.monotonic() - started
        finally:
            flooder.send_signal(signal.SIGCONT)
            flooder.kill()
            flooder.wait()
    quiet, flooded = (Spent([ms for each in side for ms in each.seconds]) for side in zip(*rounds, strict=True))
    for name, spent in (("quiet", quiet), ("flooded", flooded)):
        print(f"{spent.p95_ms:>8.1f} ms p95 {name}, of {spent.calls} calls", flush=True)
    print(f"{refused:>8.0f} calls of the flood refused with 429, {2 * refused / seconds:.0f} a second of it")
    errors = [each for _, flooded in rounds for each in flooded.errors]
    if not refused and not given.unlimited:
        errors.append("the flood was never refused: this was none")
    return flooded.p95_ms / max(quiet.p95_ms, 0.1), errors


def _refused(url: str) -> float:
    """How many calls the gateway has refused with 429 by now, as its metrics say."""
    time.sleep(_METRICS_SECONDS)
    lines = httpx.get(f"{url}/metrics", trust_env=False).raise_for_status().text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if _COUNT.match(line))


def _round(innocent: Innocent, flooder: subprocess.Popen[bytes], seconds: float) -> tuple[Spent, Spent]:
    flooder.send_signal(signal.SIGSTOP)
    time.sleep(_TAKING_HOLD)
    quiet = asyncio.run(innocent.spend(seconds))
    flooder.send_signal(signal.SIGCONT)
    time.sleep(_TAKING_HOLD)
    assert flooder.poll() is None, "the flood has ended by itself"
    return quiet, asyncio.run(innocent.spend(seconds))


def _on_a_machine_of_its_own() -> None:
    """As near as one machine comes to it: the flood takes what processor time the others leave."""
    os.nice(19)


async def _tokens(sandbox: str, state: Path) -> tuple[str, str]:
    secret = read_file(str(state / "secrets" / f"idp.{_CLIENT}"))
    async with httpx.AsyncClient(trust_env=False) as web:
        login = SandboxLogin(f"{sandbox}/idp", web)
        return (await login.citizen(INNOCENT)).access_token, (await login.machine(_CLIENT, secret)).access_token


if __name__ == "__main__":
    main()
