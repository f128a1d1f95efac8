"""For `tests` and `plugins` alike."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import pytest

from gateway.connectors import import_check
from tests.memory_files import keep_files_in_memory
from tests.one_authority import trust_one_authority
from tests.prepared_child import PreparedProcess
from tests.read_once import find_entry_points_once, read_signatures_once

keep_files_in_memory()  # before pytest makes its folder


def pytest_configure() -> None:
    """While tests are collected nothing becomes garbage. A shell ignores SIGINT for a job in the background, and what
    the tests start would inherit that: no Ctrl-C would end it."""
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What is imported by now stays for the whole run: the collector need not look through it again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def prepared_child() -> Iterator[None]:
    """Plugins are tried in forks of one process. `test_import_check.py` starts the real one."""
    prepared = PreparedProcess()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_check, "start_child", prepared.start_child)
        yield
    prepared.end()


@pytest.fixture(scope="session", autouse=True)
def quick_starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a gateway, a client or a sandbox reads at each start, and what is the same each time."""
    with pytest.MonkeyPatch.context() as patch:
        read_signatures_once(patch)
        find_entry_points_once(patch)
        trust_one_authority(patch, tmp_path_factory.mktemp("trusted"))
        yield
