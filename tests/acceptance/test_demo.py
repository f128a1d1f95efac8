"""The demo as a stranger runs it: real processes, killed in the middle, and from the wheel."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from gateway.auth.principal import Identity
from gateway.cases.prefill import prefill
from gateway.cli.demo import scenes
from gateway.connectors import loader
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.services import laid_over
from gateway.settings import load
from tests.ports import DEMO, free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SPEED = "864000"
HAPPENS = {
    "etimbre": {"capture": 4, "stamp": 4, "stamp_consumed": 4},
    "watiqa": {"order": 3, "reissue": 1},
    "barid": {"shipment": 4},  # that of the third extract is lost, and made again
    "rendezvous": {"appointment": 1},
    "passeport": {"pre_application": 1},
    "chikaya": {"complaint": 1},
}
"""Of three orders, a passport and a complaint, at all portals."""
HERS = {"watiqa.birth-extract": 2, "passeport.renewal-adult": 1, "chikaya.complaint": 1}


def demo(
    state: Path, python: str = sys.executable, cwd: Path = ROOT, speed: str = SPEED, port: int = 0, **more: str
) -> subprocess.Popen[str]:
    options = ["--once", "--json", "--port", str(port or free_port(*DEMO)), "--state", str(state), "--speed", speed]
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
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    facts = json.loads(out)
    assert facts["case"]["status"] == "completed"
    assert {event["portal"] for event in facts["case"]["timeline"]} >= {"etimbre", "watiqa", "barid"}
    assert re.fullmatch(r"\d{16}", facts["payment"]["stamp"])
    assert re.fullmatch(r"[A-Z]{2}\d{9}MA", facts["shipment"]["reference"])
    assert {case["scene"]: case["status"] for case in facts["more"]} == dict.fromkeys(
        ("lost", "passport", "complaint", "certificate"), "completed"
    )
    return facts


def confirmed(facts: dict[str, dict], state: Path) -> None:
    """The cases are completed as they should be, and the portals confirm the audit log."""
    audit = facts["audit"]
    assert audit["matches"], audit
    assert audit["hops"] == sum(audit["requests_seen_by_portals"].values())
    assert set(audit["requests_seen_by_portals"]) == {*HAPPENS, "sms_provider"}
    told_in_their_languages(facts["mailboxes"], state)
    lost, passport, complaint, certificate = facts["more"]
    hers = [facts["case"], lost, passport, complaint]
    assert Counter(case["service"] for case in hers) == HERS
    assert {case["language"] for case in hers} == {"ar"}
    assert certificate["service"] == "watiqa.consular-registration-certificate"
    assert certificate["language"] == "fr"
    assert [event["portal"] for event in passport["timeline"] if event["code"] in
            ("stamp_issued", "appointment_booked", "filed", "shipped")] == [
        "etimbre", "rendezvous", "passeport", "barid",
    ]  # fmt: skip
    wanted = ["shipped", "parcel_lost", "shipped", "completed"]
    assert [event["code"] for event in lost["timeline"] if event["code"] in wanted] == wanted
    assert complaint["related_case"] == lost["id"]
    codes = [event["code"] for event in complaint["timeline"]]
    assert codes.index("document_reused") < codes.index("filed") < codes.index("answered") < codes.index("handed_over")
    assert effects(state, "chikaya") == {"complaint": 1, "rating": 1}


def rows(store: Path, query: str) -> list[tuple]:
    """Read from beside the process whose store it is."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as opened:
        return opened.execute(query).fetchall()


def told_in_their_languages(mailboxes: list[dict], state: Path) -> None:
    """The demo ends with her mailbox in Arabic and his in French; nobody was told anything twice.

    What is paid before its message's turn has come is not told any more, which depends on how busy the machine is.
    """
    amina, youssef = mailboxes
    assert (amina["language"], youssef["language"]) == ("ar", "fr")
    assert re.search(r"[\u0600-\u06ff]", amina["newest"])
    assert "Votre dossier est clos" in youssef["newest"]
    written = rows(
        state / "gateway.sqlite", "SELECT channel, state, reason, json_extract(fact, '$.kind') FROM messages"
    )
    assert {each[:3] for each in written} <= {
        ("email", "sent", ""), ("sms", "delivered", ""),
        *((channel, "not_sent", "no_longer_true") for channel in ("email", "sms")),
    }, written  # fmt: skip
    assert Counter(channel for channel, *_, kind in written if kind == "end") == {"email": 5, "sms": 1}
    assert all(outcome != "not_sent" for _, outcome, _, kind in written if kind == "end"), written
    told = Counter(channel for channel, outcome, *_ in written if outcome != "not_sent")
    assert told == {"email": amina["emails"] + youssef["emails"], "sms": youssef["sms"]}
    mails = rows(state / "sandbox.sqlite", "SELECT doc FROM rows WHERE portal = '_host' AND name = 'mailbox'")
    arrived = [json.loads(doc) for (doc,) in mails]
    assert Counter(each["channel"] for each in arrived) == told
    assert {each["arrivals"] for each in arrived if each["channel"] == "sms"} == {1}


@pytest.mark.soak
def test_the_demo_prints_what_the_portals_confirm(tmp_path: Path) -> None:
    """From here and slowly; `make test` asks the same of the demo from the wheel."""
    confirmed(check(demo(tmp_path, speed="259200")), tmp_path)


def test_a_scene_waits_only_for_one_that_comes_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(
        'about = "x"\n'
        '[[people]]\nname = "A"\ncnie = "AB123456"\nlanguage = "fr"\nemail = "a@b.c"\n'
        '[[scenes]]\nname = "a"\nabout = "a"\nservice = "s"\nafter = "b"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(scenes, "bundled", lambda folder: tmp_path)
    with pytest.raises(msgspec.ValidationError, match="a: waits for a scene"):
        scenes.read()


def test_words_for_a_stand_in_stay_out_of_what_is_prefilled_later(tmp_path: Path) -> None:
    """Whoever signs in as one of the demo's people gets her own address again, not that of a parcel to be lost."""
    catalogue = Catalogue(loader.load(load(state_dir=tmp_path)))
    play = scenes.read()
    for scene in play.scenes:
        service = catalogue.service(scene.service)
        assert service is not None
        nobody = Identity()
        earlier = laid_over(service.example, scene.form)
        assert re.search(r"[A-Z]{4,}", str(prefill(service, nobody, earlier))) is None, scene.name
    assert any("LOST ONCE" in str(scene.form) for scene in play.scenes)


@pytest.mark.parametrize(
    ("portal", "effect"),
    [
        ("etimbre", "capture"),
        pytest.param("watiqa", "order", marks=pytest.mark.soak),
        pytest.param("barid", "shipment", marks=pytest.mark.soak),
        pytest.param("rendezvous", "appointment", marks=pytest.mark.soak),
        pytest.param("chikaya", "complaint", marks=pytest.mark.soak),
    ],
)
def test_killed_right_after_an_effect_it_continues_and_repeats_nothing(
    tmp_path: Path, portal: str, effect: str
) -> None:
    port = free_port(*DEMO)  # the same again: a portal that was not answered calls back where it was told to
    first = demo(tmp_path, port=port)
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "sandbox.sqlite").exists() or not effects(tmp_path, portal)[effect]:
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    check(demo(tmp_path, port=port))
    for name, kinds in HAPPENS.items():
        happened = effects(tmp_path, name)
        assert {kind: happened[kind] for kind in kinds} == kinds, name


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
    state = tmp_path / "state"
    confirmed(check(demo(state, python=str(python), cwd=tmp_path)), state)
