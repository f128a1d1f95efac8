"""What really happened for one case, told by the portals and by the gateway's own tables."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from time import time
from typing import Any

from sqlalchemy import and_, select

from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.storage.clock import database_in
from gateway.storage.tables import case_events, cases, payments
from plugins.etimbre.sandbox import callbacks
from plugins.etimbre.sandbox.card_payments import CardPayments
from tests.database_sessions import read
from tests.waiting import PATIENCE, eventually

from .conftest import CARD, World

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def payments_of(world: World, case_id: str) -> dict[str, str]:
    """Order number -> state, oldest first."""
    async with read(world.gateway.storage) as connection:
        query = select(payments).where(payments.c.case_id == case_id).order_by(payments.c.created_at)
        return {row.oid: row.state for row in (await connection.execute(query)).all()}


async def ledger(world: World, case_id: str) -> Counter[str]:
    """The side effects at all portals that belong to the case, by kind: what `/_effects` of each would tell."""
    found: Counter[str] = Counter()
    keys = set(await payments_of(world, case_id))
    with closing(sqlite3.connect(f"file:{world.state_dir / 'sandbox.sqlite'}?mode=ro", uri=True)) as store:
        rows = store.execute(
            "SELECT kind, key, detail FROM effects ORDER BY portal <> 'etimbre', portal, seq"
        ).fetchall()
    for kind, key, told in rows:
        detail = json.loads(told)
        mine = str(detail.get("client_reference", "")).startswith(case_id)
        if mine or key in keys or detail.get("order") in keys:
            keys.add(key)
            found[kind] += 1
    return found


async def timeline(world: World, case_id: str) -> list[str]:
    """The codes of the case's events, from the rows: for whoever waits for one."""
    query = select(case_events.c.code).where(case_events.c.case_id == case_id).order_by(case_events.c.seq)
    async with read(world.gateway.storage) as connection:
        return list((await connection.execute(query)).scalars())


async def at_rest(world: World, case_id: str) -> None:
    """Return once the journey has done all that it wants to do about this case within a minute: what comes next,
    something else has brought."""
    rests = and_(cases.c.claimed_by.is_(None), cases.c.due_at > database_in(60.0))
    query = select(cases.c.id).where(cases.c.id == case_id, rests)

    async def found() -> object:
        async with read(world.gateway.storage) as connection:
            return (await connection.execute(query)).one_or_none()

    await eventually(found)


async def happens(world: World, case_id: str, effect: str, seconds: float = PATIENCE) -> None:
    """Return once the case has had this effect at a portal."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await ledger(world, case_id))[effect]:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no {effect}, only {found}: {await world.codes(case_id)}") from None


async def failures(world: World, portal: str, operation: str) -> float:
    """How often this operation has not succeeded so far."""
    text = (await world.web.get(f"{world.url}/metrics")).text
    labels = rf'{{operation="{operation}",outcome="(?!ok")\w+",portal="{portal}"}}'
    counted = re.findall(rf"^mre_gateway_portal_operations_total{labels} (\S+)$", text, re.MULTILINE)
    return sum(map(float, counted))


async def fails(world: World, portal: str, operation: str, since: float) -> None:
    """Return once the operation has met the portal's fault: it has failed more often than `since`."""

    async def found() -> bool:
        return await failures(world, portal, operation) > since

    await eventually(found, every=0.05)


async def opened(world: World, case_id: str) -> dict[str, str]:
    """The fields of a card page that the person has opened and left as it is."""
    checkout = await world.checkout(case_id)
    page = await world.web.post(checkout["url"], data=checkout["fields"])
    assert page.status_code == 200, page.text
    return checkout["fields"]


def store_key(world: World) -> str:
    return (world.state_dir / "secrets" / "etimbre.store_key").read_text().strip()


def notice(world: World, fields: dict[str, str], **results: str) -> bytes:
    """A callback as CMI signs it: an approval, unless `results` say something else."""
    return callbacks.body(callbacks.approval(fields, store_key=store_key(world), transaction="1" * 18, **results))


@contextmanager
def card_payments(world: World) -> Iterator[tuple[SandboxContext, CardPayments]]:
    """The card acquirer's books, to do by hand what its pages and callbacks would do."""
    store = Store(world.state_dir / "sandbox.sqlite")
    clock = Clock(store)
    effects = Effects(store, "etimbre", clock)
    secrets = {"store_key": store_key(world)}
    context = SandboxContext(portal="etimbre", base_url="", store=store, clock=clock, effects=effects, secrets=secrets)
    try:
        yield context, CardPayments(context)
    finally:
        store.close()


def hold(world: World, oid: str, card: str = CARD) -> None:
    """The payer's card is authorised (or declined), and the acquirer's own callback is an hour late."""
    with card_payments(world) as (context, bank):
        late = context.table("notices")
        for id in bank.pay(bank.payment(oid), pan=card, expiry="12/2040", cvc="000"):
            late.put(id, (late.get(id) or {}) | {"due": time() + 3600})


async def card_orders(world: World, case_id: str) -> dict[str, str]:
    """What the acquirer's books say of the case's orders; nothing of pages that nobody opened."""
    mine = await payments_of(world, case_id)
    with card_payments(world) as (context, _):
        found = {oid: context.table("payments").get(oid) for oid in mine}
    return {oid: payment["status"] for oid, payment in found.items() if payment is not None}


def let_go(world: World, oid: str) -> None:
    """The acquirer gives the held money back, as it does when nobody takes it."""
    with card_payments(world) as (context, bank):
        late = context.table("notices")
        for id, _ in [each for each in late.items() if each[1]["oid"] == oid]:
            late.delete(id)
        bank.void_stale(except_for={other for other, _ in context.table("preauths").items() if other != oid})


async def call_back(world: World, body: bytes, path: str = "payment", **headers: str) -> str:
    """What the gateway answers to CMI."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await world.web.post(f"{world.url}/callbacks/etimbre/{path}", content=body, headers=FORM | named)
    return answer.text


@asynccontextmanager
async def at_speed(world: World, speed: float) -> AsyncIterator[None]:
    """Let the sandboxes' clock run at another speed for a while."""
    address = f"{world.sandbox_url}/_clock"
    before = (await world.web.get(address)).json()["speed"]
    await world.web.put(address, json={"speed": speed})
    try:
        yield
    finally:
        await world.web.put(address, json={"speed": before})


async def advance(world: World, days: float) -> None:
    await world.web.put(f"{world.sandbox_url}/_clock", json={"advance": days * 86400})


def laid_over(form: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`form` with the members of `changes` replaced, however deep they are."""
    return {
        **form,
        **{
            name: laid_over(form.get(name, {}), value) if isinstance(value, dict) else value
            for name, value in changes.items()
        },
    }


async def order(world: World, service: str = "watiqa.birth-extract", **changes: Any) -> str:
    """File a case with the service's example form, changed in places; its id."""
    example = (await world.get(f"/v1/services/{service}")).json()["example"]
    case_id: str = (await world.order(service, **laid_over(example, changes)))["id"]
    return case_id


def sent_to(*lines: str) -> dict[str, Any]:
    """Change the postal address. The post's sandbox does what words in it say (see its README)."""
    return {"delivery": {"address": {"lines": list(lines)}}}


async def ended(world: World, case_id: str, seconds: float = PATIENCE) -> tuple[str, str | None]:
    """Status and reason at the end."""
    case = await world.ended(case_id, seconds)
    return case["status"], case["reason"]
