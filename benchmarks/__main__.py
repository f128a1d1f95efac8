"""What the duties cost: the gateway against the same route without them, in one run.

Every contender is a process of its own on one core; the sandbox and the load are on another. They are measured in turn,
round after round, and compared round by round, so that what disturbs the machine disturbs all alike. Compare ratios
within one run: the requests per second say more about the machine than about the gateway.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders import BY_HAND, BY_HAND_EACH, BY_HAND_FAST, GATEWAY, UNRECORDED, Contender, World, world
from benchmarks.load import Load, Measured, own, wrk
from benchmarks.processes import ROOT, cores, pin

CONNECTIONS: Final = (1, 16, 64)
_HELP_SECONDS: Final = 0.4


@dataclass(frozen=True, slots=True)
class Figure:
    measured: Measured
    cpu_us: float
    """CPU time of the server, all its threads, for each answer."""


Figures = dict[tuple[str, int], list[Figure]]
"""One figure a round, by contender and connections."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.2, help="for each contender in each round")
    parser.add_argument("--connections", type=int, nargs="+", default=list(CONNECTIONS))
    parser.add_argument("--wrk", action="store_true", help="load by wrk; then --seconds should be 10 or more")
    parser.add_argument("--only", action="store_true", help="leave out the benchmarks of single parts")
    given = parser.parse_args()

    free = cores()
    server_core, load_core = (free[0], free[1]) if len(free) > 1 else (None, None)
    print(f"{len(free) or os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}")
    if server_core is None:
        print("nothing is pinned to a core: that takes Linux and two of them")
    startup = _help_seconds()
    pin(os.getpid(), load_core)
    with (
        tempfile.TemporaryDirectory(prefix="mre-bench-") as folder,
        world(Path(folder), server_core=server_core, load_core=load_core) as running,
    ):
        figures = _measure(
            running.contenders,
            given.connections,
            load=wrk if given.wrk else own,
            rounds=given.rounds,
            seconds=given.seconds,
        )
        for connections in given.connections:
            _print(running.contenders, connections, figures)
        recorded = _recorded(running, figures)
    errors = sum(each.measured.errors for series in figures.values() for each in series)
    _print_targets(figures, max(given.connections), errors, startup)
    if not given.only:
        for part in ("wire", "audit", "flood"):
            print(f"\n# python -m benchmarks.{part}", flush=True)
            subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], cwd=ROOT, check=True)
    sys.exit(0 if recorded and not errors else 1)


def _measure(contenders: list[Contender], sizes: list[int], *, load: Load, rounds: int, seconds: float) -> Figures:
    figures: Figures = {}
    for _ in range(rounds):
        for connections in sizes:
            for each in contenders:
                before = each.running.cpu_seconds()
                measured = load(each.url, each.headers, connections=connections, seconds=seconds)
                spent = each.running.cpu_seconds() - before
                figure = Figure(measured, spent / max(measured.answered, 1) * 1e6)
                figures.setdefault((each.name, connections), []).append(figure)
    return figures


def _print(contenders: list[Contender], connections: int, figures: Figures) -> None:
    title = f"{connections} connection{'s' if connections > 1 else ''}"
    print(f"\n{title:<36}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>8}{'errors':>8}")
    for each in contenders:
        series = figures[each.name, connections]

        def median(take: Callable[[Figure], float], series: list[Figure] = series) -> float:
            return statistics.median(map(take, series))

        print(
            f"{each.name:<36}"
            f"{median(lambda one: one.measured.rate):>8.0f}"
            f"{median(lambda one: one.measured.p50):>9.1f}"
            f"{median(lambda one: one.measured.p99):>9.1f}"
            f"{median(lambda one: one.cpu_us):>8.0f}"
            f"{sum(one.measured.errors for one in series):>8}"
        )
    if len(contenders) < 6:
        print("(c) nginx is not installed here: left out")


def _print_targets(figures: Figures, connections: int, errors: int, startup: float) -> None:
    def ratio(over: str) -> float:
        """The gateway against another, round by round; the median of the rounds."""
        pairs = zip(figures[GATEWAY, connections], figures[over, connections], strict=True)
        return statistics.median(ours.measured.rate / max(theirs.measured.rate, 0.1) for ours, theirs in pairs)

    lost = 1 - ratio(UNRECORDED)
    print(f"\nat {connections} connections")
    for text, found, reached in (
        ("times (a), at least 8", f"{ratio(BY_HAND):.2f}", ratio(BY_HAND) >= 8),
        ("of (b), at least 0.6", f"{ratio(BY_HAND_FAST):.2f}", ratio(BY_HAND_FAST) >= 0.6),
        ("lost to durable audit, at most 25 %", f"{lost:.0%}", lost <= 0.25),
        ("errors in all, none", f"{errors}", not errors),
        (f"seconds for mre-gateway --help, at most {_HELP_SECONDS}", f"{startup:.2f}", startup <= _HELP_SECONDS),
    ):
        print(f"{found:>8} {text:<52}{'reached' if reached else 'MISSED'}")
    print(f"{ratio(BY_HAND_EACH):>8.2f} times (a'), which makes an httpx client for each call")


def _recorded(running: World, figures: Figures) -> bool:
    """Were all duties done? Every answer has its record, with a rule that let the caller in and a signed hop."""
    answered = sum(one.measured.answered for (name, _), series in figures.items() if name == GATEWAY for one in series)
    records, leaf = running.records(), running.newest_leaf()
    hops = leaf.get("hops")
    signed = isinstance(hops, list) and all(hop.get("key_id") and hop.get("outcome") == "answered" for hop in hops)
    done = records >= answered and signed and leaf.get("decision") == "allow"
    print(f"\n{answered} calls answered by the gateway, {records} in its audit log with the warm-up", end="; ")
    print(f"each with {len(hops) if isinstance(hops, list) else 0} signed hop" if done else "DUTIES WERE LEFT OUT")
    return done


def _help_seconds() -> float:
    """Best of five: the others waited for something."""
    command = Path(sys.executable).with_name("mre-gateway")
    found = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([command, "--help"], check=True, stdout=subprocess.DEVNULL)
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    main()
