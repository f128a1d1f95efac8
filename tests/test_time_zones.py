"""Which clock is believed: the locked `tzdata`, whatever the machine has. The right hours here are from IANA's release
notes (2026c: Morocco at UTC+0 for good since 2026-09-20), not from the table under test."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from gateway import time_zones

ROOT = Path(__file__).parents[1]
HOURS = [
    ("2026-01-15T10:00Z", "11:00"),
    ("2026-02-15T01:59Z", "02:59"),  # Ramadan: the clock goes back at 03:00 local time
    ("2026-02-15T02:00Z", "02:00"),
    ("2026-03-22T01:59Z", "01:59"),
    ("2026-03-22T02:00Z", "03:00"),
    ("2026-07-01T10:00Z", "11:00"),
    ("2026-09-20T00:59Z", "01:59"),
    ("2026-09-20T01:00Z", "01:00"),  # 02:00 became 01:00, for good
    ("2026-11-29T10:00Z", "10:00"),
    ("2027-02-16T10:00Z", "10:00"),
    ("2027-07-01T10:00Z", "10:00"),
]
ENTRANCES = [
    "import gateway",
    "import gateway.cli",
    "import gateway.app",
    "import gateway.sandbox.serve",
    "import plugins.barid.mapping",
    "import plugins.rokhas.mapping",
    "import zoneinfo; zoneinfo.ZoneInfo('Africa/Casablanca'); import gateway",
    "import icalendar; import gateway",
]


def always(folder: Path, hours: int) -> Path:
    """A system's time zone data in which Morocco keeps that many hours all the time (RFC 9636, version 1)."""
    header = b"TZif" + b"\0" * 16 + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    file = folder / "Africa" / "Casablanca"
    file.parent.mkdir(parents=True)
    file.write_bytes(header + struct.pack(">lBB", hours * 3600, 0, 0) + b"OLD\0")
    (folder / "tzdata.zi").write_text("# version 2019a\n")
    return folder


def run(program: str, folder: Path) -> str:
    env = {**os.environ, "PYTHONTZPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_system_time_zones_are_not_believed(entrance: str, tmp_path: Path) -> None:
    said = run(
        f"{entrance}\nfrom datetime import datetime\nfrom zoneinfo import ZoneInfo\n"
        "print(datetime.fromisoformat('2026-11-29T10:00Z').astimezone(ZoneInfo('Africa/Casablanca')).isoformat())",
        always(tmp_path / "zoneinfo", 5),
    )
    assert said == "2026-11-29T10:00:00+00:00"


@pytest.mark.parametrize(("instant", "clock"), HOURS)
def test_morocco_keeps_the_hours_of_the_release(instant: str, clock: str) -> None:
    assert f"{datetime.fromisoformat(instant).astimezone(time_zones.MOROCCO):%H:%M}" == clock


def test_a_differing_system_is_told(tmp_path: Path) -> None:
    said = run(
        "from gateway import time_zones as z\nfrom datetime import UTC, datetime\n"
        "s = z.system()\nprint(s.version, s.differing(datetime(2026, 11, 29, tzinfo=UTC)))",
        always(tmp_path / "zoneinfo", 5),
    )
    assert said == "2019a ['Africa/Casablanca']"


def test_a_machine_without_time_zones_is_no_difference(tmp_path: Path) -> None:
    assert run("from gateway import time_zones as z\nprint(z.system())", tmp_path / "nothing") == "None"


def test_the_locked_data_know_their_version_and_age() -> None:
    assert time_zones.version() >= "2026c"
    assert time_zones.fresh_until().year >= 2026
