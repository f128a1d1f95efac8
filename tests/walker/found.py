"""What is found at the end of a walk: told by the portals, by the log, and by what the gateway shows."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any, Final

import jwt

from gateway.audit import verify_audit
from gateway.audit.entry import Entry
from gateway.connectors.contract import CaseStatus, Filing, PortalError
from tests.acceptance.conftest import World
from tests.acceptance.evidence import card_orders, payments_of

from .laws import ENDED, FILED, Case, Found
from .walk import Walk

_OPEN: Final = (CaseStatus.RECEIVED, CaseStatus.ACTION_REQUIRED, CaseStatus.IN_PROGRESS)


async def find(walk: Walk) -> Found:
    world = walk.world
    portals = sorted(world.gateway.portals.states())
    effects = {each: (await world.web.get(f"{world.sandbox_url}/_effects/{each}")).json() for each in portals}
    cases = [await _case(person.world, person.case, effects) for person in walk.people if person.case]
    wrong = [person.case["id"] for person in walk.people if person.case and not await _receipt_holds(person)]
    return Found(
        seed=walk.seed,
        killed=walk.kill is not None,
        steps=tuple(walk.steps),
        cases=tuple(cases),
        effects=Counter((portal, each["kind"]) for portal, happened in effects.items() for each in happened),
        hops=await _hops(world),
        refused_offers=tuple(walk.refused_offers),
        replays=tuple(walk.replays),
        receipts_wrong=tuple(wrong),
        log_says=await _log(world),
    )


async def _case(world: World, shown: dict[str, Any], effects: dict[str, list[dict[str, Any]]]) -> Case:
    gateway = world.gateway
    case = await gateway.cases.get(shown["id"])
    assert case is not None
    state = case.state
    mine = _mine(case.id, set(await payments_of(world, case.id)), effects)
    portal = case.service.partition(".")[0]
    demands = [each["key"] for name, each in mine if name == portal and each["kind"] == FILED[portal]]
    appointment = state.appointment.booked
    view = (await world.get(f"/v1/cases/{case.id}")).json()
    access = (await gateway.cases.personal(case)).access
    return Case(
        id=case.id,
        service=case.service,
        status=case.status.value,
        actions=tuple(each["type"] for each in view["actions"] if not each["optional"]),
        timeline=tuple(await world.codes(case.id)),
        paid=sum(bool(charge.paid_oid) and not charge.refunded for charge in state.payment.charges),
        stamps_used=sum(
            charge.stamp_used or charge.void_refused == "stamp_already_used" for charge in state.payment.charges
        ),
        stamps_voided=sum(charge.voided for charge in state.payment.charges),
        held=list((await card_orders(world, case.id)).values()).count("authorised"),
        effects=Counter(each["kind"] for _, each in mine),
        demand_alive=case.status.value in ENDED and await _any_alive(world, portal, demands, access),
        booking_alive=appointment is not None and appointment.ahead,
    )


def _mine(case_id: str, keys: set[str], effects: dict[str, list[dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """The effects of one case: those with a key of ours, and what was then done to the things that they made."""
    found = []
    for portal in ("etimbre", *sorted(set(effects) - {"etimbre"})):
        for effect in effects[portal]:
            ours = str(effect.get("client_reference", "")).startswith(case_id)
            if ours or effect["key"] in keys or effect.get("order") in keys:
                keys.add(effect["key"])
                found.append((portal, effect))
    return found


async def _any_alive(world: World, portal: str, demands: list[str], access: dict[str, str]) -> bool:
    for reference in demands:
        try:
            calls = world.gateway.portals.recorded_in(Entry(call_id="call_walk", kind="call"))
            said = await calls.call(portal, Filing.progress, reference, **access)
        except PortalError:
            continue
        if said.status in _OPEN:
            return True
    return False


async def _hops(world: World) -> Counter[tuple[str, str]]:
    await world.gateway.checkpointer.advance()
    token = await world.machine("demo-auditor")
    counted: Counter[tuple[str, str]] = Counter()
    cursor = ""
    while True:
        params = {"limit": "500", **({"cursor": cursor} if cursor else {})}
        page = (await world.web.get(f"{world.url}/audit/records", params=params, headers=_bearer(token))).json()
        for each in page["data"]:
            counted.update((hop["portal"], hop["operation"]) for hop in each["record"].get("hops", []))
        cursor = page.get("next_cursor") or ""
        if not cursor:
            return counted


async def _receipt_holds(person: Any) -> bool:
    world = person.world
    jws = (await world.get(f"/v1/cases/{person.case['id']}/receipt")).json()["receipt"]
    keys = (await world.web.get(f"{world.url}/.well-known/jwks.json")).json()["keys"]
    kid = jwt.get_unverified_header(jws)["kid"]
    key = next((jwt.PyJWK(each) for each in keys if each["kid"] == kid), None)
    if key is None:
        return False
    try:
        jwt.decode(jws, key.key, algorithms=["EdDSA"], options={"verify_aud": False})
    except jwt.InvalidTokenError:
        return False
    return True


async def _log(world: World) -> str:
    """What the verifier says that an auditor runs, alone, against the log; empty if everything holds."""
    await world.gateway.checkpointer.advance()
    (vkey,) = (await world.web.get(f"{world.url}/.well-known/mre-gateway")).json()["audit"]["vkeys"]
    token = await world.machine("demo-auditor")
    command = [sys.executable, "-I", "-S", verify_audit.__file__, f"{world.url}/audit/log", "--vkey", vkey, "--json"]
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | {"AUDIT_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return "" if process.returncode == 0 else json.dumps(said.decode()[-400:])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
