"""What really happened for one case, told by the portals and by the gateway's own tables."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from gateway.storage.tables import payments
from plugins.etimbre import notices

from .conftest import World

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def payments_of(world: World, case_id: str) -> dict[str, str]:
    """Order number -> state, oldest first."""
    async with world.gateway.backend.storage.read() as connection:
        query = select(payments).where(payments.c.case_id == case_id).order_by(payments.c.created_at)
        return {row.oid: row.state for row in (await connection.execute(query)).all()}


async def ledger(world: World, case_id: str) -> Counter[str]:
    """The side effects at all portals that belong to the case, by kind."""
    found: Counter[str] = Counter()
    keys = set(await payments_of(world, case_id))
    for portal in ("etimbre", "rendezvous", "watiqa", "passeport", "echo", "barid"):
        for effect in (await world.web.get(f"{world.sandbox_url}/_effects/{portal}")).json():
            mine = str(effect.get("client_reference", "")).startswith(case_id)
            if mine or effect["key"] in keys or effect.get("order") in keys:
                keys.add(effect["key"])
                found[effect["kind"]] += 1
    return found


async def happens(world: World, case_id: str, effect: str, seconds: float = 20) -> None:
    """Return once the case has had this effect at a portal."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await ledger(world, case_id))[effect]:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no {effect}, only {found}: {await world.codes(case_id)}") from None


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
    said = {"ProcReturnCode": "00", "TransId": "1", "Response": "Approved"} | results
    return notices.body(notices.callback_fields(fields, store_key=store_key(world), **said))


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
    yield
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


async def ended(world: World, case_id: str, seconds: float = 40) -> tuple[str, str | None]:
    """Status and reason at the end."""
    case = await world.ended(case_id, seconds)
    return case["status"], case["reason"]
