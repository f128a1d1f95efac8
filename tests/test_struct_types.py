"""Struct types are looked up before several threads decode them: otherwise a process may end with a segmentation fault,
as two workers on PostgreSQL did (`test_workers_share_the_journeys_and_one_that_is_killed_is_replaced`)."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import msgspec

from gateway.struct_types import look_up_all

STORE = """
from gateway.cases.model import (Personal)
from gateway.cases.state import (State)
from gateway.storage import Storage
from gateway.struct_types import _known
Storage("sqlite:///:memory:")
assert {Personal, State} <= _known
"""


def test_whoever_has_a_store_has_looked_types_up() -> None:
    done = subprocess.run([sys.executable, "-c", STORE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_type_that_is_gone_is_not_kept() -> None:
    """Each application that is made has hundreds of types of its own."""
    passing = weakref.ref(msgspec.defstruct("Passing", ["value"]))
    look_up_all()
    gc.collect()
    assert passing() is None
