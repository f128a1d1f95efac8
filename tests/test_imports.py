"""An import defines things and does nothing else, so that a tool or a test may import what it wants."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOT_IMPORTED = "gateway.storage.migrations"
"""Alembic runs these; importing them is running them."""

NOT_NEEDED = [
    *("aiohttp", "alembic", "fpdf", "icalendar", "openvc", "phonenumbers", "PIL", "pikepdf", "psycopg", "pycares"),
    *("segno", "snowballstemmer", "uvicorn", "zeep"),
]
"""A gateway that is put together may need them, `import gateway.app` does not."""

LOOK = """
import json, logging, os, pkgutil, signal, sys, threading, warnings
from importlib import import_module

def state():
    return {
        "levels": {name: logger.level for name, logger in logging.root.manager.loggerDict.items()
                   if isinstance(logger, logging.Logger) and logger.level},
        "handlers": [len(logging.root.handlers), logging.root.level],
        "hooks": [repr(each) for each in (sys.excepthook, sys.unraisablehook, threading.excepthook)],
        "warnings": [repr(warnings.showwarning), os.getcwd()],
        "environment": sorted(os.environ.items()),
        "umask": (lambda mask: (os.umask(mask), mask)[1])(os.umask(0o022)),
        "signals": [repr(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
        "threads": threading.active_count(),
    }

for name in LIBRARIES:
    import_module(name)
before = state()
names = [name for _, name, _ in pkgutil.walk_packages(["gateway"], "gateway.") if not name.startswith(SKIPPED)]
for name in names:
    import_module(name)
after = state()
changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
print(json.dumps({"modules": len(names), "changed": changed}))
"""


def test_importing_every_module_changes_nothing_around_it() -> None:
    """But for the time zones, which `import gateway` takes from the locked package (tests/test_time_zones.py)."""
    libraries = ["litestar", "httpx", "aiohttp", "sqlalchemy", "psycopg", "zeep", "uvicorn", "rich"]
    code = f"LIBRARIES = {libraries!r}\nSKIPPED = {NOT_IMPORTED!r}\n{LOOK}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["modules"] > 200
    assert found["changed"] == {}


def test_application_is_imported_without_what_few_calls_need() -> None:
    code = """
import gc, json, sys
before = gc.get_threshold()
import gateway.app
print(json.dumps([list(sys.modules), gc.get_threshold() == before]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded, collects_as_before = json.loads(done.stdout)
    assert "gateway.api.routes" in loaded
    assert sorted({*NOT_NEEDED} & {*loaded}) == []
    assert collects_as_before


def test_gateway_put_together_has_what_a_call_would_import(tmp_path: Path) -> None:
    code = """
import json, sys
from pathlib import Path
from gateway.app import assemble
from gateway.settings import load
assemble(load(None, state_dir=Path(sys.argv[1])), journeys=False).application()
print(json.dumps(list(sys.modules)))
"""
    asked = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert sorted({"aiohttp", "icalendar", "openvc.proof.sd_jwt", "phonenumbers", "segno"} - {*loaded}) == []


def test_context_variables_stand_in_outbound_alone() -> None:
    """Between `invoke` and the outbound layers stands a connector, which knows neither; between `wire` and its client's
    hooks a library. All else is a parameter. A connector in a process of its own has the like there; those of the
    sandbox and of the conformance kit are no part of the gateway at work."""
    modules = [path.relative_to(ROOT).as_posix() for path in (ROOT / "gateway").rglob("*.py")]
    found = {each for each in modules if "ContextVar[" in (ROOT / each).read_text()}
    assert found == {
        "gateway/outbound/call_context.py",
        "gateway/outbound/isolation/child.py",
        "gateway/sandbox/context.py",
        "gateway/testing/rehearsal.py",
    }
