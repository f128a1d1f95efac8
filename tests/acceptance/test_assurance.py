"""What a sign-in assures counts for every use of a case, not for its filing alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from .conftest import World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

USES: tuple[tuple[str, Any], ...] = (
    ("", None),
    ("/receipt", None),
    ("/events", None),
    ("/documents/recu", None),
    ("/actions/pay", {}),
    ("/actions/choose_slot", {"slot": "x"}),
    ("/actions/rate", {"choice": "5"}),
    ("/actions/provide_document", {"attachments": ["x"]}),
    ("/actions/withdraw", {}),
)
WEAK = {"low": "low", "none": None, "unknown word": "urn:pwd"}


def token(world: World, acr: str | None) -> str:
    return Forge.of(world).token(acr=acr)


async def use(world: World, path: str, body: Any, bearer: str) -> httpx.Response:
    return await (world.get(path, bearer) if body is None else world.post(path, body, bearer))


async def ordered(world: World) -> str:
    """An extract of a birth certificate, which asks for `substantial`."""
    assert (await world.get("/v1/services/watiqa.birth-extract")).json()["acr"] == "substantial"
    return str((await world.order())["id"])


@pytest.mark.parametrize("acr", WEAK.values(), ids=WEAK)
async def test_every_use_of_a_case_asks_what_filing_asked(world: World, acr: str | None) -> None:
    case = await ordered(world)
    weak, strong = token(world, acr), token(world, "substantial")
    for path, body in USES:
        answer = await use(world, f"/v1/cases/{case}{path}", body, weak)
        await refusal(world, answer, 401, "insufficient_assurance", "acr:substantial@1")
        challenge = answer.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge, path
        assert 'acr_values="substantial"' in challenge, path
    again = {"from_case": case, "document": "recu", "consent": True}
    reused = await world.post("/v1/attachments/references", again, weak)
    await refusal(world, reused, 401, "insufficient_assurance", "acr:substantial@1")
    related = {"service": "echo.note", "form": {"text": "x"}, "related_case": case}
    problem(await world.post("/v1/cases", related, token(world, "low")), 401, "insufficient_assurance")
    held = await world.get(f"/v1/cases/{case}", strong)
    assert (held.status_code, held.json()["status"]) == (200, "action_required")  # it was not withdrawn


async def test_a_stranger_learns_no_assurance_of_a_case(world: World) -> None:
    case = await ordered(world)
    stranger = Forge.of(world).token(cnie="AC100009", acr="low")
    for path, body in USES:
        problem(await use(world, f"/v1/cases/{case}{path}", body, stranger), 404, "case_not_found")


async def test_lists_show_what_the_sign_in_reaches(world: World) -> None:
    case = await ordered(world)
    note = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "x"}}, token(world, "low"))
    assert note.status_code == 201, note.text
    for acr, seen in (("low", {"echo.note"}), ("substantial", {"echo.note", "watiqa.birth-extract"}), (None, set())):
        answer = await world.get("/v1/cases?limit=100", token(world, acr))
        assert {each["service"] for each in answer.json()["data"]} == seen, acr
    assert case in (await world.get("/v1/cases?limit=100", token(world, "high"))).text
    problem(
        await world.get("/v1/cases?service=watiqa.birth-extract", token(world, "low")), 401, "insufficient_assurance"
    )


async def test_a_weak_sign_in_is_told_no_earlier_form(world: World) -> None:
    await world.order("echo.visit")
    path = "/v1/services/echo.visit"
    assert (await world.get(path, token(world, "low"))).json()["prefill"]["delivery"]["address"]
    weak = (await world.get(path, token(world, None))).json()["prefill"]["delivery"]["address"]
    assert list(weak) == ["name"]  # which the token itself says


async def test_the_own_access_list_needs_a_sure_sign_in(world: World) -> None:
    for path in ("/v1/me/accesses", "/v1/mandates"):
        answer = await world.get(path, token(world, "low"))
        await refusal(world, answer, 401, "insufficient_assurance", "acr:substantial@1")
        assert (await world.get(path, token(world, "substantial"))).status_code == 200


async def test_a_proof_of_a_call_needs_what_its_case_asks(world: World) -> None:
    case = await ordered(world)
    looked = await world.get(f"/v1/cases/{case}", token(world, "substantial"))
    path = f"/audit/receipts/{looked.headers['call-id']}"
    problem(await world.get(path, token(world, "low")), 401, "insufficient_assurance")
    assert (await world.get(path, token(world, "substantial"))).status_code == 200


async def test_a_card_is_shown_to_a_sure_sign_in_only(world: World) -> None:
    made = await world.post("/v1/cards", {}, token(world, "substantial"))
    assert made.status_code == 201, made.text
    path = f"/v1/cards/{made.json()['id']}"
    problem(await world.get(path, token(world, "low")), 401, "insufficient_assurance")
    assert (await world.get(path, token(world, "substantial"))).status_code == 200


async def test_an_agent_needs_the_assurance_itself(world: World) -> None:
    case = await ordered(world)
    sent = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "services": [],
        "purpose": "Help",
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        "earlier_cases": True,
    }
    given = await world.post("/v1/mandates", sent, token(world, "substantial"))
    assert given.status_code == 201, given.text
    agent = {"client_id": "demo-agent", "cnie": None, "name": None, "email": None, "sub": "nadia"}
    weak, strong = (Forge.of(world).token(acr=acr, **agent) for acr in ("low", "substantial"))
    taken = await world.post("/v1/mandates/take", {"code": given.json()["code"]}, strong)
    assert taken.status_code == 200, taken.text
    named = {"Mandate": taken.json()["id"]}
    problem(await world.get(f"/v1/cases/{case}", weak, **named), 401, "insufficient_assurance")
    assert (await world.get(f"/v1/cases/{case}", strong, **named)).status_code == 200
    listed = (await world.get("/v1/cases", weak, **named)).json()["data"]
    assert {each["service"].partition(".")[0] for each in listed} <= {"echo"}
