"""Identifiers."""

from __future__ import annotations

import os
import re

from gateway.ids import new_id


def test_ids_are_unique_and_sort_by_time() -> None:
    made = [new_id("case") for _ in range(1_000)]
    assert len({each[-16:] for each in made}) == 1_000
    assert all(re.fullmatch("case_[0-9a-hjkmnp-tv-z]{26}", each) for each in made)
    times = [each[:-16] for each in made]
    assert times == sorted(times)


def test_forked_process_gives_other_ids() -> None:
    new_id("case")  # the parent has numbers in store
    from_child, to_parent = os.pipe()
    child = os.fork()
    if not child:
        os.write(to_parent, new_id("case").encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(to_parent)
    with os.fdopen(from_child) as told:
        assert told.read()[-16:] != new_id("case")[-16:]
