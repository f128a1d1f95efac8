"""Tracking by proof: whose proof counts, how often it may be guessed, and who learns of it."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.conftest import ON_SQLITE

from .conftest import CROWDED, YOUSSEF, World, world_in
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

POSTED = "/v1/tracking/watiqa/WQ-2024-900017"
"""An order that Amina made on the site itself."""
RIGHT = "email=amina.elfassi@example.org"
FEW = {"reference_tries": 3, "caller_tries": 5}


async def guesses(world: World, token: str, path: str = POSTED, number: int = 4) -> list[int]:
    said = [await world.get(path, token, Tracking_Proof=f"email=guess{n}@example.org") for n in range(number)]
    return [each.status_code for each in said]


async def test_verified_claims_win_over_a_proof_header(world: World) -> None:
    youssef = await world.citizen(YOUSSEF)
    problem(await world.get(POSTED, youssef, Tracking_Proof=RIGHT), 404, "not_found_at_portal")
    owner = Forge.of(world).token(email="amina.elfassi@example.org")
    assert (await world.get(POSTED, owner, Tracking_Proof="email=youssef@example.org")).status_code == 200


async def test_claim_of_the_person_wins_over_anothers_cnie(world: World) -> None:
    path = "/v1/tracking/rokhas/PC-2024-000317"  # Amina's
    youssef = await world.citizen(YOUSSEF)
    for typed in ("owner_id=AB123456", "owner_id=ab-١٢٣٤٥٦", "owner_id=\u200eAB123456"):
        headers = await world._headers(youssef, {}) | {"Tracking-Proof": typed.encode()}
        problem(await world.web.get(world.url + path, headers=headers), 404, "not_found_at_portal")


async def test_verified_birth_date_wins_over_a_typed_one(world: World) -> None:
    path = "/v1/tracking/passeport/PP-2025-0900017"
    token = Forge.of(world).token(cnie="C12345", name="N", birthdate="1990-05-17")
    right = {"Tracking_Proof": "last_name=El Fassi; first_name=Amina; birth_date=1988-03-14"}
    problem(await world.get(path, token, **right), 404, "not_found_at_portal")


@ON_SQLITE
async def test_guesses_at_a_reference_are_slowed(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, tracking=FEW) as world:
        forge = Forge.of(world)
        app = forge.app()
        assert await guesses(world, app) == [404, 404, 404, 429]
        refused = await world.get(POSTED, app, Tracking_Proof=RIGHT)
        problem(refused, 429, "tracking_tries_used")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        another = forge.token(cnie="C12345", name="N", email=None)
        problem(await world.get(POSTED, another, Tracking_Proof=RIGHT), 429, "tracking_tries_used")
        owner = forge.token(email="amina.elfassi@example.org")
        assert (await world.get(POSTED, owner)).status_code == 200  # a stranger locks no owner out
    async with world_in(tmp_path / "state", store_url, tracking=FEW) as world:
        assert (await guesses(world, Forge.of(world).app(), number=1)) == [429]


@ON_SQLITE
async def test_guesses_of_a_caller_are_slowed(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, tracking=FEW) as world:
        app = Forge.of(world).app()
        places = [f"/v1/tracking/watiqa/WQ-2024-90{n:04d}" for n in range(6)]
        said = [(await guesses(world, app, place, 1))[0] for place in places]
        assert said == [404, 404, 404, 404, 404, 429]
        problem(await world.get(POSTED, app, Tracking_Proof=RIGHT), 429, "tracking_tries_used")


async def test_fifty_guesses_at_once_are_no_more_than_the_limit(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, tracking=FEW) as world:
        app = Forge.of(world).app()
        said = await asyncio.gather(
            *(world.get(POSTED, app, Tracking_Proof=f"email=guess{n}@example.org") for n in range(50))
        )
        assert sorted(each.status_code for each in said) == [404] * 3 + [429] * 47


@ON_SQLITE
async def test_right_proofs_are_not_counted(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, tracking=FEW) as world:
        app = Forge.of(world).app()
        for _ in range(8):
            assert (await world.get(POSTED, app, Tracking_Proof=RIGHT)).status_code == 200


async def test_owner_sees_who_tried_her_reference(tmp_path: Any) -> None:
    """In a world of its own: the whole list is held against what happened."""
    async with world_in(tmp_path / "state", "") as world:
        case = await world.order("rokhas.repair-permit")
        filed = await world.until(case["id"], lambda found: found["filing"]["reference"])
        path = f"/v1/tracking/rokhas/{filed['filing']['reference']}"
        forge = Forge.of(world)
        problem(await world.get(path, forge.app(), Tracking_Proof="owner_id=CD778899"), 404, "not_found_at_portal")
        assert (await world.get(path, forge.app(), Tracking_Proof="owner_id=AB123456")).status_code == 200
        problem(await world.get(path.lower(), await world.citizen(YOUSSEF)), 404, "not_found_at_portal")
        shown = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
        tried = [each for each in shown if each["operation"] == "tracking.read"]
        assert [(each["client"], each["outcome"], each["reason"]) for each in tried] == [
            ("demo-frontend", "refused", "wrong_proof"),
            ("demo-app", "ok", "by_proof"),
            ("demo-app", "refused", "wrong_proof"),
        ]
        records = await world.records(operation="tracking.read")
        assert not [word for word in ("CD778899", "AB123456", "BK654321") if word in str(records)]
        mine = (await world.get("/v1/me/accesses", await world.citizen(YOUSSEF))).json()["data"]
        assert [each["outcome"] for each in mine if each["operation"] == "tracking.read"] == ["client_error"]


async def test_own_case_is_tracked_by_the_token_alone(world: World) -> None:
    case_id = (await world.order("rokhas.repair-permit"))["id"]
    filed = await world.until(case_id, lambda found: found["filing"]["reference"])
    path = f"/v1/tracking/rokhas/{filed['filing']['reference']}"
    right = await world.get(path)
    found = right.json()
    assert (found["portal"], path.endswith(found["reference"])) == ("rokhas", True)
    wrong = await world.get(path.lower(), Tracking_Proof="owner_id=CD778899")
    assert wrong.status_code == 200  # what is typed beside it does not matter
    assert [(await record_of(world, each))["case"] for each in (right, wrong)] == [case_id] * 2
    problem(await world.get(path, await world.citizen(YOUSSEF)), 404, "not_found_at_portal")


async def test_own_order_needs_no_claim_that_the_portal_asks_for(world: World) -> None:
    case = await world.order("watiqa.birth-extract")
    await world.pay(case["id"])
    filed = await world.until(case["id"], lambda found: found["filing"]["reference"])
    path = f"/v1/tracking/watiqa/{filed['filing']['reference']}"
    without_email = Forge.of(world).token(email=None)
    assert (await world.get(path, without_email)).status_code == 200
    stranger = Forge.of(world).token(cnie="C12345", name="N", email=None)
    told = problem(await world.get(path, stranger), 400, "tracking_proof_missing")
    assert "`email=…`" in told["remedy"]


async def test_proof_header_is_explained_and_may_quote(world: World) -> None:
    path = "/v1/tracking/passeport/PP-2025-0900017"
    told = problem(await world.get(path, Forge.of(world).app()), 400, "tracking_proof_missing")
    assert "`; `: `last_name=…; first_name=…; birth_date=…`" in told["remedy"]
    quoted = 'last_name="El Fassi";first_name = Amina ; birth_date="1988-03-14"'
    assert (await world.get(path, Forge.of(world).app(), Tracking_Proof=quoted)).status_code == 200


async def public(world: World, path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.web.get(world.url + path, headers={"Accept-Language": "en", **named})


async def test_anybody_tracks_by_number_and_proof(world: World) -> None:
    right = await public(world, POSTED, Tracking_Proof=RIGHT)
    assert right.json()["reference"] == "WQ-2024-900017"
    problem(await public(world, POSTED, Tracking_Proof="email=guess@example.org"), 404, "not_found_at_portal")
    problem(await public(world, POSTED), 400, "tracking_proof_missing")
    parcel = await public(world, "/v1/tracking/barid/RR123456785MA")
    assert parcel.json()["status"] == "completed"
    problem(await public(world, POSTED, Tracking_Proof=RIGHT, Authorization="Bearer x"), 401, "token_malformed")
    assert [(await record_of(world, each))["principal"] for each in (right, parcel)] == ["anonymous"] * 2
    assert "amina.elfassi" not in str(await world.records(operation="tracking.read"))


async def test_anybody_is_limited_by_address(tmp_path: Any, store_url: str) -> None:
    over = {"address_queries": 4, "caller_tries": 2}
    server = CROWDED | {"trusted_proxies": ("127.0.0.1/32",)}
    async with world_in(tmp_path / "state", store_url, tracking=over, server=server) as world:
        first, neighbour, far = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"
        parcel = "/v1/tracking/barid/RR123456785MA"
        said = [await public(world, parcel, X_Forwarded_For=each) for each in (first, neighbour) * 3]
        assert [each.status_code for each in said] == [200] * 4 + [429] * 2
        problem(said[-1], 429, "too_many_requests")
        assert 0 < int(said[-1].headers["retry-after"]) <= 3600
        assert (await public(world, parcel, X_Forwarded_For=far)).status_code == 200
        wrong = [await public(world, POSTED, Tracking_Proof=f"email=g{n}@x.org", X_Forwarded_For=far) for n in range(3)]
        assert [each.status_code for each in wrong] == [404, 404, 429]
        assert (await world.get(parcel, X_Forwarded_For=first)).status_code == 200  # signed in


@ON_SQLITE
async def test_tracking_may_be_for_callers_with_a_token_alone(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, tracking={"public": False}) as world:
        problem(await public(world, POSTED, Tracking_Proof=RIGHT), 401, "token_missing")
        assert (await world.get("/v1/tracking/barid/RR123456785MA")).status_code == 200


async def test_parcels_from_abroad_are_tracked_from_arrival(world: World) -> None:
    found = (await world.get("/v1/tracking/barid/cp%20123%20456%20785%20fr")).json()
    assert (found["reference"], found["status"], found["milestone"]) == ("CP123456785FR", "in_progress", "in_transit")
    body = problem(await world.get("/v1/tracking/barid/RR123456785ES"), 404, "tracking_number_not_arrived")
    assert body["origin"] == "portal"
    problem(await world.get("/v1/tracking/barid/RR123456784ES"), 400, "tracking_number_invalid")
