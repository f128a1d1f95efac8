"""What connector authors get: a conformance kit, and a plugin at work in a harness.

`run_checks(path)` says of each check what came of it, and the level that follows; `check_plugin(path)` gives its
findings alone; `conformance(__file__)` is the same as pytest tests. `loaded(__file__)` loads the plugin that a test is
about, and `harness(plugin)` runs its connector against its sandbox; `running(app)` serves any ASGI application on a
free port; `service_tables(folder)` reads its `services.toml` with every `x-use` replaced.
"""

from __future__ import annotations

from gateway.sandbox.serve import running
from gateway.testing.check import check_plugin, conformance, run_checks
from gateway.testing.findings import Finding
from gateway.testing.harness import Harness, harness
from gateway.testing.loaded import loaded
from gateway.testing.results import CheckResult, Level, Report
from gateway.testing.tables import service_tables

__all__ = [
    "CheckResult",
    "Finding",
    "Harness",
    "Level",
    "Report",
    "check_plugin",
    "conformance",
    "harness",
    "loaded",
    "run_checks",
    "running",
    "service_tables",
]
