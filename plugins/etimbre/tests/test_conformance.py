"""What every plugin must keep to."""

from __future__ import annotations

from gateway.testing import conformance

test_plugin = conformance(__file__)
