"""Searches wait by turns of who asks, and entries of the catalogue are made once."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from gateway.api.catalogue.cache import CatalogueCache
from gateway.api.catalogue.lookups import Lookups
from gateway.api.http.problems import Problem
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.registry import Registry
from gateway.settings import Search
from tests.waiting import PATIENCE


async def test_an_address_with_many_searches_holds_up_its_own() -> None:
    lookups, go_on, done = Lookups(Search(waiting=4, waiting_each=2)), threading.Event(), list[str]()

    def work(name: str) -> None:
        go_on.wait(PATIENCE)
        done.append(name)

    async def search(owner: str, name: str) -> None:
        await lookups.run(owner, lambda: work(name))

    many = [asyncio.create_task(search("attacker", f"attacker {number}")) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await search("attacker", "one more")
    assert (refused.value.code, refused.value.retry_after) == ("too_many_requests", 1)
    other = asyncio.create_task(search("somebody", "somebody"))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*many, other)
    assert done.index("somebody") < done.index("attacker 2")
    lookups.stop()


async def test_searches_that_wait_are_sent_away_at_the_end() -> None:
    lookups, go_on = Lookups(Search()), threading.Event()
    searches = [asyncio.create_task(lookups.run("one", lambda: go_on.wait(PATIENCE))) for _ in range(3)]
    await asyncio.sleep(0)
    lookups.stop()
    refused = await asyncio.gather(*searches[1:], return_exceptions=True)
    assert [each.code for each in refused if isinstance(each, Problem)] == ["shutting_down"] * 2
    go_on.set()
    assert await searches[0]


def test_an_entry_is_made_anew_when_a_portal_changes() -> None:
    registry, states = Registry(), {"barid": "up"}
    registry.connectors["barid"] = SimpleNamespace()  # type: ignore[assignment]
    cache = CatalogueCache(Catalogue(registry, lambda portal: states[portal]))  # type: ignore[arg-type,return-value]
    made = list[str]()

    def make() -> int:
        made.append(states["barid"])
        return len(made)

    assert [cache.get("entry", make) for _ in range(3)] == [1, 1, 1]
    states["barid"] = "degraded"
    assert [cache.get("entry", make) for _ in range(3)] == [2, 2, 2]
    registry.connectors["barid"] = SimpleNamespace()  # type: ignore[assignment]
    assert cache.get("entry", make) == 3
    assert made == ["up", "degraded", "degraded"]
