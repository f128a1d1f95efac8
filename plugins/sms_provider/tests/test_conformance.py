"""The kit's checks: files, contract, recorded exchanges, once-only creation."""

from __future__ import annotations

from gateway.testing import conformance

test_plugin = conformance(__file__, level="exemplary")
