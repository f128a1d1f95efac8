"""The ports that tests hand to processes: each is given once, also to tests of other workers and other runs."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests import ports
from tests.ports import free_port


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> range:
    first = free_port(1, 2)
    possible = range(first, first + 3)
    monkeypatch.setattr(ports, "_HELD", tmp_path)
    monkeypatch.setattr(ports, "_range", lambda: possible)
    return possible


def test_port_is_given_once(three: range) -> None:
    assert sorted(free_port() for _ in three) == list(three)


def test_port_is_given_with_those_behind_it(three: range) -> None:
    pair = free_port(1)
    assert [ports._hold(each) for each in (pair, pair + 1)] == [None, None]


def test_port_on_which_somebody_listens_is_not_given(three: range) -> None:
    with socket.socket() as first, socket.socket() as last:
        first.bind(("127.0.0.1", three[0]))
        last.bind(("127.0.0.1", three[2]))
        assert free_port() == three[1]
