"""Plugins that exit, hang, crash or act when they are loaded: each is left out alone, and said where and why."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors import import_check
from gateway.connectors.import_check import import_failures, understood
from gateway.connectors.loader import PluginError, load, load_anew, load_one
from gateway.connectors.registry import Registry
from gateway.connectors.sources import at
from gateway.settings import Settings

HOOK = """
from gateway.connectors.authoring import hookimpl
from .connector import {name}

{before}

@hookimpl
def gateway_register_connectors(register):
    register({name})
"""


def at_import(name, before):
    return {"__init__.py": HOOK.format(name=name, before=before)}


def in_init(line):
    method = (
        f"    def __init__(self, portal):\n        super().__init__(portal)\n        {line}\n\n    async def find(self"
    )
    return {"connector.py": lambda text: text.replace("    async def find(self", method, 1)}


SABOTEURS = {
    "exits": (at_import("Exits", "import os; os._exit(0)"), "ends the process with status 0"),
    "hangs": (at_import("Hangs", "import time; time.sleep(60)"), "is not imported within 5 s: it waits in "),
    "crashes": (at_import("Crashes", "import os; os.abort()"), "crashes: SIGABRT"),
    "connects": (
        at_import("Connects", "import socket; socket.create_connection(('127.0.0.1', {port}), 1)"),
        "resolves a host name when it is loaded",
    ),
    "hides": (
        at_import(
            "Hides", "try:\n    import socket; socket.socket().connect(('127.0.0.1', {port}))\nexcept Exception: pass"
        ),
        "opens a connection when it is loaded",
    ),
    "spawns": (at_import("Spawns", "import subprocess; subprocess.run(['true'])"), "starts a process when"),
    "threads": (
        at_import("Threads", "import threading, time; threading.Thread(target=time.sleep, args=(9,)).start()"),
        "starts a thread",
    ),
    "interrupts": (at_import("Interrupts", "raise KeyboardInterrupt"), "KeyboardInterrupt: "),
    "looks": (
        at_import("Looks", "import os; assert 'PORTAL_KEY' in os.environ, 'sees no secret in its environment'"),
        "sees no secret in its environment",
    ),
    "loops": (in_init("while True: pass"), "is not imported within 5 s: it waits in "),
    "chatters": (
        at_import(
            "Chatters",
            "import os, stat\nfor n in range(3, 64):\n    try:\n        if stat.S_ISFIFO(os.fstat(n).st_mode):\n"
            '            os.write(n, b\'{"index":0,"slow":"x"}\')\n    except OSError:\n        pass\nos._exit(0)',
        ),
        "writes into files that it has not opened",
    ),
    "leaves": (in_init("raise SystemExit(3)"), "raises SystemExit when"),
}


START_CHILD = import_check.start_child
"""The real one: the fixture that replaces it comes later than the import of this module."""


@pytest.fixture(scope="module", autouse=True)
def real_child():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_check, "start_child", START_CHILD)
        yield


SLOW = ("hangs", "loops")
"""Those that go on until their time is over."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> tuple[Registry, list[dict]]:
    """All saboteurs and one that is sound, loaded once; what was logged. Nobody was connected to."""
    from tests.connectors.conftest import Workshop

    workshop = Workshop(tmp_path_factory.mktemp("saboteurs") / "plugins")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_KEY", "a secret of the gateway's")
        for name, (spoil, _) in SABOTEURS.items():
            port = str(server.getsockname()[1])
            texts = {
                file: text.replace("{port}", port) if isinstance(text, str) else text for file, text in spoil.items()
            }
            workshop.make(name, texts)
        workshop.make("sound")
        prompt = workshop.settings("sound", *(name for name in SABOTEURS if name not in SLOW))
        late = workshop.settings(*SLOW)
        quick = late.plugins.model_copy(update={"import_seconds": 5.0, "slow_import_seconds": 1.0})
        import_check.log = structlog.get_logger()
        with capture_logs() as logged:
            registry = load(prompt)
            registry.quarantined += load(late.model_copy(update={"plugins": quick})).quarantined
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    return registry, logged


def test_a_sound_plugin_loads_beside_the_others(loaded):
    registry, _ = loaded

    assert list(registry.connectors) == ["sound"]


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_plugin_that_misbehaves_is_left_out_alone(loaded, name):
    registry, _ = loaded

    out = registry.why_out(name)

    assert out is not None
    assert out.stage == "import"
    assert SABOTEURS[name][1] in out.reason
    assert out.remedy


@pytest.mark.parametrize(("name", "place"), [("hangs", "__init__.py:5"), ("loops", "connector.py:")])
def test_where_a_plugin_hangs_is_said(loaded, name, place):
    registry, logged = loaded

    out = registry.why_out(name)

    assert f"{name}/{place}" in out.reason
    assert "File" in out.trace
    assert {"portal": name, "event": "plugin_import_slow", "log_level": "warning"}.items() <= next(
        each for each in logged if each.get("portal") == name
    ).items()


def test_a_crash_leaves_its_traceback(loaded):
    registry, _ = loaded

    assert "Abort" in registry.why_out("crashes").trace


def test_a_failure_at_import_names_the_line(workshop):
    workshop.make("alpha", {"mapping.py": "\n\n1 / 0\n"})

    out = workshop.load("alpha").why_out("alpha")

    assert out.remedy == f"correct {workshop.folder}/alpha/mapping.py:3"
    assert "ZeroDivisionError" in out.trace


def test_a_plugin_that_passed_is_tried_again_when_it_changes(workshop):
    workshop.make("alpha")
    settings = workshop.settings("alpha")
    assert load(settings).connectors

    (workshop.folder / "alpha" / "mapping.py").write_text("raise SystemExit(1)")

    assert load(settings).why_out("alpha").stage == "import"


def test_a_plugin_is_tried_again_when_any_file_of_it_changes(workshop):
    made = workshop.make("alpha", {"mapping.py": read_words})
    (made / "words.json").write_text("{}")
    settings = workshop.settings("alpha")
    assert load(settings).connectors

    (made / "words.json").write_text("no words")

    assert load(settings).why_out("alpha").stage == "import"


def read_words(text):
    return f"{text}\nimport json, pathlib\n\njson.loads(pathlib.Path(__file__).with_name('words.json').read_text())\n"


def test_a_file_that_may_not_be_looked_at_stops_no_trial(workshop, monkeypatch):
    made = workshop.make("alpha")
    looked = Path.stat

    def refused(path, **more):
        if path == made / "mapping.py":
            raise PermissionError(13, "Permission denied")
        return looked(path, **more)

    monkeypatch.setattr(Path, "stat", refused)

    assert list(load(workshop.settings("alpha")).connectors) == ["alpha"]


@pytest.mark.parametrize("executable", ["/bin/false", "/nowhere/python"])
def test_a_plugin_that_could_not_be_tried_is_left_out(workshop, monkeypatch, executable):
    workshop.make("alpha")
    monkeypatch.setattr(import_check.sys, "executable", executable)
    monkeypatch.setattr(import_check, "log", structlog.get_logger())

    with capture_logs() as logged:
        registry = load(workshop.settings("alpha"))

    assert list(registry.connectors) == []
    assert "no verdict" in registry.why_out("alpha").reason
    assert {each["event"] for each in logged} == {"plugins_not_tried"}
    with pytest.raises(PluginError, match="no verdict"):
        load_one(at(workshop.folder / "alpha"))
    with pytest.raises(PluginError, match="no verdict"):
        load_anew(workshop.settings("alpha"), "alpha")


IN_TRIAL = """import os, signal, stat, sys
if 'import_process' in str(getattr(sys.modules['__main__'], '__file__', '')):
"""
BREAKERS = {
    "kills its parent": "    os.kill(os.getppid(), 9)",
    "signals its group": "    os.kill(0, signal.SIGTERM)",
    "writes where it can": (
        "    for n in range(3, 64):\n"
        "        try:\n"
        "            if stat.S_ISFIFO(os.fstat(n).st_mode): os.write(n, b'hello')\n"
        "        except OSError: pass"
    ),
}


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_plugin_that_breaks_the_trial_lets_nobody_in(workshop, breaker):
    """Neither a neighbour that has to be left out, nor does it take a sound one with it."""
    workshop.make("breaker", at_import("Breaker", IN_TRIAL + BREAKERS[breaker]))
    workshop.make("exits", at_import("Exits", "import os; os._exit(7)"))
    workshop.make("sound")

    registry = load(workshop.settings("breaker", "exits", "sound"))

    assert "sound" in registry.connectors
    assert "ends the process with status 7" in registry.why_out("exits").reason
    assert registry.why_out("breaker").stage == "import"


def test_a_trial_that_is_stopped_comes_to_an_end(workshop, monkeypatch):
    monkeypatch.setattr(import_check, "_START_SECONDS", 1.0)
    monkeypatch.setattr(import_check, "_ROUND_SECONDS", 0.0)
    stops = IN_TRIAL + "    os.kill(os.getppid(), signal.SIGSTOP)"
    source = at(workshop.make("stops", at_import("Stops", stops)))

    failures = import_failures(workshop.settings("stops").plugins.model_copy(update={"import_seconds": 1.0}), [source])

    assert "no verdict" in failures[source].reason


def test_a_reason_that_is_no_unicode_is_told(workshop):
    workshop.make("alpha", {"mapping.py": "raise ValueError('a' + chr(0xD800))"})
    assert workshop.load("alpha").why_out("alpha").reason.endswith("ValueError: a?")


@pytest.mark.parametrize(
    "line",
    [b"", b"hello", b"[]", b'{"index": 0}', b'{"index": 0, "ok": "yes"}', b'{"index": 0, "ok": true, "slow": "x"}',
     b'{"index": 0, "failure": {"stage": "x", "reason": "", "remedy": ""}}', b"[" * 100_000, b"\xff"],
)  # fmt: skip
def test_what_is_no_verdict_is_not_understood(line):
    assert understood(line) is None


def test_nothing_is_started_for_no_plugin(monkeypatch):
    monkeypatch.setattr(import_check.subprocess, "Popen", None)

    assert import_failures(Settings().plugins, []) == {}
