"""Loads the connector, which makes it importable as `mre_connector_hello`."""

from __future__ import annotations

import pytest

from gateway.testing import loaded

PLUGIN = loaded(__file__)


@pytest.fixture
def plugin():
    """For `harness(plugin)`: the connector against its stand-in."""
    return PLUGIN
