"""What connector authors get: a conformance kit, and a plugin at work in a harness.

`check_plugin(path)` finds what is wrong with a plugin; `conformance(__file__)` is the same as pytest tests;
`harness(plugin)` runs its connector against its sandbox; `running(app)` serves any ASGI application on a free port;
`service_tables(folder)` reads its `services.toml` with every `x-use` replaced.
"""

from __future__ import annotations

from gateway.sandbox.serve import running
from gateway.testing.check import check_plugin, conformance
from gateway.testing.findings import Finding
from gateway.testing.harness import Harness, harness
from gateway.testing.tables import service_tables

__all__ = ["Finding", "Harness", "check_plugin", "conformance", "harness", "running", "service_tables"]
