"""A `KeyboardInterrupt` of the operator's ends the process; one that code raises by itself is that code's."""

from __future__ import annotations

import signal
import threading

import pytest

from gateway.connectors.loader import PluginError, plugin_code


@pytest.fixture
def of_python():
    """Python's own handler, which raises."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


def test_the_operators_interrupt_ends_an_import(of_python):
    with pytest.raises(KeyboardInterrupt), plugin_code("slow", "import", "x"):
        signal.raise_signal(signal.SIGINT)


def test_a_plugins_own_is_its_failure(of_python):
    with pytest.raises(PluginError), plugin_code("odd", "import", "x"):
        raise KeyboardInterrupt


def test_in_another_thread_nobody_interrupts():
    found = []

    def build():
        try:
            with plugin_code("odd", "build", "x"):
                raise KeyboardInterrupt
        except BaseException as error:
            found.append(type(error))

    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    assert found == [PluginError]


@pytest.fixture
def ends_by_interrupt():
    """As commands have it that end on SIGTERM as on an interrupt."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGTERM, before) is signal.default_int_handler


def test_the_end_of_a_command_ends_an_import(of_python, ends_by_interrupt):
    with pytest.raises(KeyboardInterrupt), plugin_code("slow", "import", "x"):
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_code_in_code_of_a_plugins_notices_too(of_python, ends_by_interrupt, number):
    with (
        pytest.raises(KeyboardInterrupt),
        plugin_code("outer", "import", "x"),
        plugin_code("inner", "import", "x"),
    ):
        signal.raise_signal(number)


def test_sigterm_that_ends_the_process_stays_as_it_is(of_python):
    with plugin_code("sound", "import", "x"):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
