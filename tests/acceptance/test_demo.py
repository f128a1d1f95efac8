"""The demo as a stranger runs it: real processes, killed in the middle, and from the wheel."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEED = "864000"
ONCE = {"etimbre": ("capture", "stamp"), "watiqa": ("order",), "barid": ("shipment",)}


def free_port() -> int:
    """A port that is free, and the next two as well."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except OSError:
                continue
            return port


def demo(state: Path, python: str = sys.executable, cwd: Path = ROOT, **more: str) -> subprocess.Popen[str]:
    options = ["--once", "--json", "--port", str(free_port()), "--state", str(state), "--speed", SPEED]
    return subprocess.Popen(
        [python, "-m", "gateway", "demo", *options],
        cwd=cwd,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def effects(state: Path, portal: str) -> Counter[str]:
    """Read from beside the sandbox host, which may not have made its tables yet."""
    with contextlib.closing(sqlite3.connect(f"file:{state / 'sandbox.sqlite'}?mode=ro", uri=True)) as store:
        try:
            return Counter(kind for (kind,) in store.execute("SELECT kind FROM effects WHERE portal = ?", (portal,)))
        except sqlite3.OperationalError:
            return Counter()


def check(process: subprocess.Popen[str]) -> dict[str, dict]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    facts = json.loads(out)
    assert facts["case"]["status"] == "completed"
    assert {event["portal"] for event in facts["case"]["timeline"]} >= {"etimbre", "watiqa", "barid"}
    assert re.fullmatch(r"\d{16}", facts["payment"]["stamp"])
    assert re.fullmatch(r"[A-Z]{2}\d{9}MA", facts["shipment"]["number"])
    return facts


def test_the_demo_prints_the_completed_case_and_an_audit_log_that_the_portals_confirm(tmp_path: Path) -> None:
    facts = check(demo(tmp_path))
    assert facts["audit"]["matches"], facts["audit"]
    assert facts["audit"]["hops"] == sum(facts["audit"]["requests_seen_by_portals"].values())


@pytest.mark.parametrize(("portal", "effect"), [("etimbre", "capture"), ("watiqa", "order"), ("barid", "shipment")])
def test_killed_right_after_an_effect_it_continues_and_repeats_nothing(
    tmp_path: Path, portal: str, effect: str
) -> None:
    first = demo(tmp_path)
    deadline = time.monotonic() + 90
    while not (tmp_path / "sandbox.sqlite").exists() or not effects(tmp_path, portal)[effect]:
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    check(demo(tmp_path))
    for name, kinds in ONCE.items():
        assert [effects(tmp_path, name)[kind] for kind in kinds] == [1] * len(kinds), name


def test_the_demo_runs_from_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    packages = Path(where.stdout.strip())
    zipfile.ZipFile(wheel).extractall(packages)
    # Dependencies come from this environment; a `.pth` inside it, such as the editable install, is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    facts = check(demo(tmp_path / "state", python=str(python), cwd=tmp_path))
    assert facts["audit"]["matches"], facts["audit"]
