"""Token buckets: what a caller may in a minute, whose bucket it is, and what the header fields say."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from gateway.auth.clients import Clients
from gateway.auth.principal import Principal
from gateway.auth.rates import RateLimits
from gateway.auth.shared_rates import SharedRates
from gateway.settings import Rates, SettingsError
from gateway.storage import Storage
from tests.waiting import PATIENCE

CLIENTS = """
[portal]
name = "Portal"
kind = "frontend"
scopes = ["cases:read"]

[generous]
name = "Generous"
kind = "frontend"
scopes = ["cases:read"]
rates.person = { read = 30 }
rates.client = { read = 0 }

[machine]
name = "Machine"
kind = "app"
scopes = ["cases:read"]
"""
FEW = {
    "seconds": 60.0,
    "person": {"read": 6, "write": 2, "expensive": 1},
    "application": {"read": 4},
    "client": {"read": 10, "write": 0, "expensive": 0},
    "address": {"read": 3},
}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def clients(tmp_path: Path) -> Clients:
    path = tmp_path / "clients.toml"
    path.write_text(CLIENTS, encoding="utf-8")
    return Clients.read(path)


@pytest.fixture
def limits(clients: Clients, clock: Clock) -> RateLimits:
    return RateLimits(Rates(**FEW), clients, clock)


def person(name: str = "amina", client: str = "portal") -> Principal:
    return Principal(
        kind="citizen", client_id=client, issuer="i", subject="s", pseudonym=name, scopes=frozenset(), expires_at=1e12
    )


def machine() -> Principal:
    return Principal(kind="app", client_id="machine", issuer="i", subject="s", scopes=frozenset(), expires_at=1e12)


def granted(limits: RateLimits, times: int, who: Principal | None = None, *kinds: str) -> int:
    verdicts = [limits.spend(who or person(), *(kinds or ("read",))) for _ in range(times)]
    return sum(each.exceeded is None for each in verdicts)


def test_bucket_gives_its_calls_and_refills_evenly(limits: RateLimits, clock: Clock) -> None:
    assert granted(limits, 10) == 6
    refused = limits.spend(person(), "read")
    assert (refused.exceeded.name, refused.retry_after) == ("person-read", pytest.approx(10.0))
    clock.now += 9.9
    assert granted(limits, 3) == 0
    clock.now += 0.2
    assert granted(limits, 3) == 1
    clock.now += 3600
    assert granted(limits, 10) == 6  # no more than a minute's, however long nobody called


def test_fields_tell_what_is_left(limits: RateLimits, clock: Clock) -> None:
    for_client = '"client-read";q=10;w=60'
    first, second = dict(limits.spend(person(), "read").headers), dict(limits.spend(person(), "read").headers)
    assert first[b"ratelimit-policy"].decode() == f'"person-read";q=6;w=60, {for_client}'
    assert first[b"ratelimit"].decode() == '"person-read";r=5;t=10, "client-read";r=9;t=6'
    assert second[b"ratelimit"].decode() == '"person-read";r=4;t=20, "client-read";r=8;t=12'
    granted(limits, 4)
    refused = dict(limits.spend(person(), "read").headers)
    assert refused[b"ratelimit"].decode().startswith('"person-read";r=0;t=10')
    for value in (*first.values(), *refused.values()):  # a list of strings with integer parameters (RFC 9651)
        member = r'"[a-z-]+"(;[a-z]+=[0-9]{1,15})+'
        assert re.fullmatch(rf"{member}(, {member})*", value.decode())


def test_persons_and_clients_have_buckets_of_their_own(limits: RateLimits) -> None:
    assert granted(limits, 10, person("amina")) == 6
    assert granted(limits, 10, person("youssef")) == 4  # the client's ten
    assert limits.spend(person("karim"), "read").exceeded.name == "client-read"
    assert granted(limits, 100, person("amina", "generous")) == 30  # as its entry says, and no limit for the client
    assert granted(limits, 10, machine()) == 4


def test_what_is_refused_uses_up_nothing(limits: RateLimits, clock: Clock) -> None:
    granted(limits, 50, person("amina"))
    assert granted(limits, 10, person("youssef")) == 4
    clock.now += 6
    assert limits.check(person("youssef"), "read").exceeded is None
    assert limits.check(person("youssef"), "read").exceeded is None


def test_expensive_call_counts_as_both(limits: RateLimits) -> None:
    assert granted(limits, 1, person(), "read", "expensive") == 1
    assert granted(limits, 10) == 5
    assert granted(limits, 5, person(), "write") == 2


def test_asking_for_what_is_refused_is_a_flood_too(limits: RateLimits) -> None:
    assert granted(limits, 4, person(), "read", "expensive") == 1
    assert limits.check(person(), "read").exceeded is None
    granted(limits, 2, person(), "read", "expensive")
    assert limits.check(person(), "read").exceeded.name == "person-read"  # refused at the edge from now on


def test_address_counts_without_a_token(limits: RateLimits) -> None:
    assert [limits.spend_from("192.0.2.1", "read").exceeded is None for _ in range(5)] == [True] * 3 + [False] * 2
    assert limits.check_from("192.0.2.1", "read").exceeded is not None
    assert limits.spend_from("192.0.2.2", "read").exceeded is None


def test_limits_that_are_not_enforced_say_nothing(clients: Clients) -> None:
    verdict = RateLimits(Rates(enforced=False, **FEW), clients).spend(person(), "read")
    assert (verdict.headers, verdict.exceeded) == ((), None)


def test_whole_buckets_are_forgotten(limits: RateLimits, clock: Clock) -> None:
    for number in range(20):
        limits.spend_from(f"192.0.2.{number}", "read")
    granted(limits, 6)
    clock.now += 25
    limits.forget_refilled()
    assert {each.name for each in limits.buckets.values()} == {"person-read", "client-read"}
    assert granted(limits, 10) == 2  # what was used is not forgotten


def test_amount_below_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(CLIENTS.replace("read = 30", "read = -1"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"generous: rates.person.read is less than 0"):
        Clients.read(path)


# --- Several processes ----------------------------------------------------------------------------------------------


async def test_processes_share_a_bucket(storage: Storage, clients: Clients) -> None:
    """What one has granted the other one counts, once both have told; the debt is paid off before more is granted."""
    rates = Rates(seconds=60.0, person={"read": 60}, client={"read": 0})
    clock = Clock()
    one, other = (RateLimits(rates, clients, clock) for _ in range(2))
    here, there = (SharedRates(each, storage, 1.0) for each in (one, other))
    assert granted(one, 40) == 40
    assert granted(other, 40) == 40  # nobody has told yet: this much too much, once
    await here.share()
    await there.share()
    assert granted(other, 5) == 0
    assert other.spend(person(), "read").retry_after == pytest.approx(21.0, abs=2.0)
    assert granted(one, 30) == 20  # it has not heard of the other's last forty
    await here.share()
    assert granted(one, 5) == 0


async def test_caller_far_from_the_limit_costs_no_write(storage: Storage, clients: Clients) -> None:
    limits = RateLimits(Rates(seconds=60.0, person={"read": 1600}, client={"read": 0}), clients)
    shared, written = SharedRates(limits, storage, 1.0), 0

    async def counted(work: object) -> list[float]:
        nonlocal written
        written += 1
        return [0.0]

    storage.run_write = counted  # type: ignore[method-assign]
    granted(limits, 99)
    await shared.share()
    assert written == 0
    granted(limits, 1)
    await shared.share()
    assert written == 1


async def test_debt_has_an_end(storage: Storage, clients: Clients) -> None:
    """Ten processes that a caller floods at the same time: she waits a minute, and not ten."""
    rates = Rates(seconds=60.0, person={"read": 60}, client={"read": 0})
    processes = [RateLimits(rates, clients) for _ in range(10)]
    for each in processes:
        granted(each, 60)
    await asyncio.gather(*(SharedRates(each, storage, 1.0).share() for each in processes))
    await SharedRates(processes[0], storage, 1.0).share()
    assert max(each.spend(person(), "read").retry_after for each in processes) <= 62


async def test_rates_are_told_again_after_any_failure(clients: Clients) -> None:
    class Broken:
        sqlite, asked = False, 0

        async def run_write(self, work: object) -> None:
            self.asked += 1
            raise RuntimeError("not the database's")

    limits, storage = RateLimits(Rates(seconds=60.0, person={"read": 60}, client={"read": 0}), clients), Broken()
    granted(limits, 40)
    shared = SharedRates(limits, storage, 0.01)  # type: ignore[arg-type]
    await shared.start()
    async with asyncio.timeout(PATIENCE):
        while storage.asked < 3:
            await asyncio.sleep(0.01)
    await shared.stop()
