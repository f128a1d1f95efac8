"""The kit as pytest tests, run by a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from gateway.testing.checks import CHECKS
from tests.waiting import PATIENCE


@pytest.fixture
def pytest_run(plugin):
    def run():
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", plugin.parent, plugin]
        bare = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the kit needs no other plugin of pytest
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=bare)

    return run


def test_one_line_runs_every_rule_as_a_test_of_its_own(pytest_run, spoil):
    spoil("README.md", "## Known", "## Otherwise")

    done = pytest_run()

    assert "test_plugin[readme]" in done.stdout
    passed = re.search(r"1 failed, ([0-9]+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= sum(each.level != "exemplary" for each in CHECKS) - 1
    assert "no heading with the word 'known'" in done.stdout
