"""What happens when somebody takes too long: the payer, a portal, a callback that does not arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.app import assemble
from gateway.connectors.contract import Unavailable
from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import load
from tests.waiting import PATIENCE

from .conftest import CARD, FAST, TEN_DAYS_A_SECOND, World, world_in
from .evidence import call_back, card_payments, ended, happens, ledger, notice, opened, order, payments_of
from .sandboxes import build


def journey_settings(**over: Any) -> dict[str, Any]:
    return {"journeys": FAST | {"embedded": True} | over, "outbound": {"breaker": {"minimum_calls": 100_000}}}


async def test_a_fee_that_is_not_paid_in_time_ends_the_case_and_a_late_payment_is_not_taken(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", **journey_settings(payment_seconds=1.5, poll_seconds=600.0)) as world:
        idle, late = await order(world), await order(world)
        fields = await opened(world, late)
        checkout = await world.checkout(late)
        page = await world.web.post(checkout["url"], data=checkout["fields"])
        for case_id in (idle, late):
            assert await ended(world, case_id) == ("withdrawn", "payment_not_made")
            assert "payment_expired" in await world.codes(case_id)
        assert await call_back(world, notice(world, fields)) == "FAILURE"  # nobody has paid
        await world.enter_card(page, CARD)
        await happens(world, late, "void")
        assert await ledger(world, late) == {"void": 1}
        assert not await ledger(world, idle)


async def test_a_portal_that_says_nothing_for_too_long_is_given_up_and_the_fee_refunded(tmp_path: Path) -> None:
    """Once never reached, once with a demand that did arrive although no answer came back."""
    async with world_in(tmp_path, "", **journey_settings(give_up_seconds=0.8)) as world:
        lost, never = await order(world), await order(world)
        await world.get("/v1/tracking/watiqa/WQ-2024-900017")  # so that the token is there already
        await world.fault("watiqa", "commit_then_drop")
        async with without_finder(world):  # or it may be found before the portal fails altogether
            await world.pay(lost)
            await happens(world, lost, "order")
            await world.fault("watiqa", "error")
        await world.pay(never)
        for case_id, orders in ((lost, 1), (never, 0)):
            assert await ended(world, case_id) == ("failed", "portal_unavailable")
            happened = await ledger(world, case_id)
            wanted = {"order": orders, "capture": 1, "refund": 1, "stamp": 1, "stamp_cancelled": 1}
            assert {kind: happened[kind] for kind in wanted} == wanted
            assert "given_up" in await world.codes(case_id)
            case = (await world.get(f"/v1/cases/{case_id}", Accept_Language="ar")).json()
            assert "لم تستجب" in case["reason_text"]


async def test_a_case_given_up_after_filing_leaves_nothing_alive(tmp_path: Path) -> None:
    """The stamp's portal is silent, the filing portal is well: it must not go on to `done`."""
    async with world_in(tmp_path, "", speed=1.0, **journey_settings(give_up_seconds=0.8)) as world:
        case_id = await order(world)
        async with without_stamp_use(world):
            await world.pay(case_id)
            await happens(world, case_id, "cancellation")
        assert await ended(world, case_id) == ("failed", "portal_unavailable")
        happened = await ledger(world, case_id)
        wanted = {"order": 1, "cancellation": 1, "capture": 1, "refund": 1, "stamp_cancelled": 1}
        assert {kind: happened[kind] for kind in wanted} == wanted
        codes = await world.codes(case_id)
        assert codes.index("given_up") < codes.index("withdrawn_at_portal") < codes.index("refunded")


@asynccontextmanager
async def without_finder(world: World) -> AsyncIterator[None]:
    """Nobody at watiqa says whether a demand has arrived."""
    connector = world.gateway.portals.connector("watiqa")

    async def silent(idempotency_key: str) -> None:
        raise Unavailable("portal_timeout")

    connector.find = silent  # type: ignore[method-assign]
    yield
    del connector.find


@asynccontextmanager
async def without_stamp_use(world: World) -> AsyncIterator[None]:
    """Everything of eTimbre works, but nobody answers who marks a stamp as used."""
    connector = world.gateway.portals.connector("etimbre")

    async def silent(serial: str, reference: str) -> None:
        raise Unavailable("portal_timeout")

    connector.consume = silent  # type: ignore[method-assign]
    yield
    del connector.consume


async def test_a_callback_that_met_a_gateway_that_was_down_is_told_again(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as (port, sandbox_url, settings):
        async with gateway(settings, port, sandbox_url) as world:
            case_id = await order(world)
            checkout = await world.checkout(case_id)
            page = await world.web.post(checkout["url"], data=checkout["fields"])
        async with httpx.AsyncClient(trust_env=False, verify=False) as browser:
            await World("", sandbox_url, tmp_path, None, browser).enter_card(page, CARD)  # type: ignore[arg-type]
        async with gateway(settings, port, sandbox_url) as world:
            assert await ended(world, case_id) == ("completed", None)
            happened = await ledger(world, case_id)
            assert (happened["capture"], happened["order"], happened["shipment"]) == (1, 1, 1)


async def test_a_payment_that_was_taken_without_a_callback_is_found_by_asking(tmp_path: Path) -> None:
    """The callback's address leads nowhere, and the acquirer takes the money by hand."""
    async with world_in(tmp_path, "", server={"public_url": "http://127.0.0.1:9"}) as world:
        case_id = await order(world)
        await world.pay(case_id)
        (oid,) = await payments_of(world, case_id)
        assert (await world.get(f"/v1/cases/{case_id}")).json()["payments"][0]["state"] == "due"
        take(world, oid)
        assert await ended(world, case_id) == ("completed", None)
        assert await payments_of(world, case_id) == {oid: "paid"}
        happened = await ledger(world, case_id)
        assert (happened["capture"], happened["stamp"]) == (1, 1)
        (settled,) = [each for each in await world.records(kind="step", portal="etimbre") if "payment" in str(each)][:1]
        assert settled["principal"] == "journey"


def take(world: World, oid: str) -> None:
    with card_payments(world) as (_, bank):
        bank.capture(oid)


@asynccontextmanager
async def sandboxes(state_dir: Path) -> AsyncIterator[tuple[int, str, Any]]:
    """The portals, for a gateway that comes and goes."""
    front, back = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    port, sandbox_port = front.getsockname()[1], back.getsockname()[1]
    front.close()
    prepare(state_dir, port=port, sandbox_port=sandbox_port, speed=TEN_DAYS_A_SECOND)
    settings = load(state_dir=state_dir, **journey_settings())
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    async with running(build(settings, url=sandbox_url, speed=TEN_DAYS_A_SECOND), back):
        yield port, sandbox_url, settings


@asynccontextmanager
async def gateway(settings: Any, port: int, sandbox_url: str) -> AsyncIterator[World]:
    made = assemble(settings)
    async with (
        running(made.application(), listen("127.0.0.1", port)) as url,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as web,
    ):
        yield World(url, sandbox_url, settings.state_dir, made, web)
