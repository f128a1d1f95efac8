from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from gateway.sandbox.context import Clock, Effects, Store, Table, effects_in_request
from tests.waiting import PATIENCE


@pytest.fixture
def store(store_file):
    return Store(store_file)


def test_a_table_keeps_documents_in_order_and_over_a_restart(store, store_file):
    table = Table(store, "till", "orders")
    table.put("b", {"n": 1})
    table.put("a", {"n": 2})
    table.put("b", {"n": 3})
    table.put("c", {"n": 4})
    table.delete("c")

    again = Table(Store(store_file), "till", "orders")

    assert again.items() == [("b", {"n": 3}), ("a", {"n": 2})]
    assert again.where(n=2) == [{"n": 2}]
    assert len(again) == 2
    assert Table(store, "other", "orders").get("a") is None


def half_way(store, effects):
    with store.transaction():
        with store.transaction():
            effects.record("order", "1")
        raise ValueError("half-way")


def test_a_transaction_is_all_or_nothing_effects_included(store):
    effects = Effects(store, "till", Clock(store))
    seen = ["earlier"]
    token = effects_in_request.set(seen)
    try:
        with pytest.raises(ValueError, match="half-way"):
            half_way(store, effects)
    finally:
        effects_in_request.reset(token)

    assert effects.all() == []
    assert seen == ["earlier"]


def test_transactions_of_two_threads_do_not_mix(store):
    table = Table(store, "till", "orders")
    inside, written = threading.Event(), threading.Event()

    def other():
        inside.wait(PATIENCE)
        table.put("other", {})
        written.set()

    thread = threading.Thread(target=other)
    thread.start()
    with suppress(ZeroDivisionError), store.transaction():
        table.put("mine", {})
        inside.set()
        assert not written.wait(0.05)
        raise ZeroDivisionError
    thread.join()

    assert [key for key, _ in table.items()] == ["other"]


def test_what_is_given_out_while_the_clock_stands_still_lasts(store):
    clock = Clock(store, 60.0)
    assert clock.moves_in(5.0) == 300.0
    clock.stand_still(clock.now())
    assert clock.moves_in(5.0) == 5.0
