"""Who may do what: every wrong token and every reach for another's things, through the API and into the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm

from .conftest import YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

STRANGER = generate_private_key(SECP256R1())
RSA = generate_rsa_key(public_exponent=65537, key_size=2048)


def in_seconds(seconds: int) -> int:
    return int(time.time()) + seconds


def with_own_key(forge: Forge) -> str:
    """A key that the token brings along."""
    jwk = ECAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)
    return forge.token(key=STRANGER, header={"jwk": jwk, "jku": "http://127.0.0.1:9/jwks.json", "kid": "own"})


WRONG: dict[str, tuple[Callable[[Forge], str], str]] = {
    "algorithm none": (lambda forge: forge.unsigned(), "token_algorithm_not_allowed"),
    "HMAC with the public key": (lambda forge: forge.confused(), "token_algorithm_not_allowed"),
    "RSA under an EC key's id": (lambda forge: forge.token(key=RSA, algorithm="RS256"), "token_algorithm_not_allowed"),
    "somebody else's signature": (lambda forge: forge.token(key=STRANGER), "token_bad_signature"),
    "another audience": (lambda forge: forge.token(aud="another-api"), "token_wrong_audience"),
    "no audience": (lambda forge: forge.token(aud=None), "token_wrong_audience"),
    "another issuer": (lambda forge: forge.token(iss="https://idp.example.org"), "token_untrusted_issuer"),
    "expired": (lambda forge: forge.token(exp=in_seconds(-11)), "token_expired"),
    "no expiry": (lambda forge: forge.token(exp=None), "token_malformed"),
    "valid in a minute": (lambda forge: forge.token(nbf=in_seconds(60)), "token_not_yet_valid"),
    "issued in a minute": (lambda forge: forge.token(iat=in_seconds(60)), "token_not_yet_valid"),
    "an ID token": (lambda forge: forge.token(header={"typ": "JWT"}), "token_malformed"),
    "a client nobody knows": (lambda forge: forge.token(client_id="nobody"), "client_unknown"),
    "a frontend without a person": (lambda forge: forge.app("demo-frontend"), "token_malformed"),
    "a person without a number": (lambda forge: forge.token(cnie="12"), "token_malformed"),
    "no token at all": (lambda forge: "a.b.c", "token_malformed"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_token_that_cannot_be_believed_is_refused_and_recorded(world: World, wrong: str) -> None:
    forged, code = WRONG[wrong]
    answer = await world.get("/v1/cases", forged(Forge.of(world)))
    record = await refusal(world, answer, 401, code, "token@2")
    told = f'resource_metadata="{world.url}/.well-known/oauth-protected-resource"'
    assert answer.headers["www-authenticate"] == f'Bearer realm="mre-gateway", error="invalid_token", {told}'
    assert "subject" not in record
    assert "client" not in record


@pytest.mark.parametrize("forged", [with_own_key, lambda forge: forge.token(header={"kid": "another"})])
async def test_a_key_the_issuer_does_not_publish_is_refused(world: World, forged: Callable[[Forge], str]) -> None:
    """As unknown, or to be tried again where the keys were fetched a moment ago."""
    answer = await world.get("/v1/cases", forged(Forge.of(world)))
    problem(answer, answer.status_code, {401: "token_unknown_key", 503: "issuer_keys_pending"}[answer.status_code])
    record = await record_of(world, answer)
    assert (record["kind"], record["decision"], record["rule"]) == ("refusal", "deny", "token@2")
    assert ("retry-after" in answer.headers) is (answer.status_code == 503)


async def test_a_call_without_a_token_is_asked_for_one(world: World) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}):
        answer = await world.web.get(f"{world.url}/v1/cases", headers=headers)
        await refusal(world, answer, 401, "token_missing", "token@2")
        told = f'resource_metadata="{world.url}/.well-known/oauth-protected-resource"'
        algorithms = 'algs="PS256 ES256 EdDSA Ed25519"'
        assert answer.headers["www-authenticate"] == (
            f'Bearer realm="mre-gateway", {told}, DPoP realm="mre-gateway", {algorithms}, {told}'
        )


async def test_clocks_may_differ_by_ten_seconds(world: World) -> None:
    forge = Forge.of(world)
    early = forge.token(iat=in_seconds(10), nbf=in_seconds(10))
    late = forge.token(exp=in_seconds(-8))
    for token in (early, late):
        assert (await world.get("/v1/cases", token)).status_code == 200


async def test_a_scope_that_is_missing_is_named(world: World) -> None:
    token = Forge.of(world).token(scope="cases:read")
    answer = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "x"}}, token)
    await refusal(world, answer, 403, "insufficient_scope", "scope:cases.write@1")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="cases:write"' in answer.headers["www-authenticate"]


async def test_an_issuer_cannot_give_a_client_more_than_it_is_registered_for(world: World) -> None:
    token = Forge.of(world).token(scope="cases:read audit:list operate")
    answer = await world.get("/audit/records", token)
    await refusal(world, answer, 403, "insufficient_scope", "scope:audit.list@1")


async def test_a_weak_login_is_asked_to_sign_in_again_stronger(world: World) -> None:
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    for acr in ("low", "urn:example:very-strong-indeed", None):
        token = Forge.of(world).token(acr=acr)
        answer = await world.post("/v1/cases", {"service": "watiqa.birth-extract", "form": example}, token)
        await refusal(world, answer, 401, "insufficient_assurance", "acr:substantial@1")
        assert 'error="insufficient_user_authentication"' in answer.headers["www-authenticate"]
        assert 'acr_values="substantial"' in answer.headers["www-authenticate"]


# --- Another's things ---------------------------------------------------------------------------------------------

ROUTES: dict[str, tuple[str, str, Any]] = {
    "read": ("GET", "", None),
    "events": ("GET", "/events", None),
    "stream": ("GET", "/events", "text/event-stream"),
    "receipt": ("GET", "/receipt", None),
    "document": ("GET", "/documents/result", None),
    "pay": ("POST", "/actions/pay", {}),
    "confirm": ("POST", "/actions/confirm", {"choice": "refund"}),
    "withdraw": ("POST", "/actions/withdraw", None),
}


async def reach(world: World, case_id: str, route: str, token: str) -> httpx.Response:
    method, below, body = ROUTES[route]
    if method == "GET":
        return await world.get(f"/v1/cases/{case_id}{below}", token, **({"Accept": body} if body else {}))
    return await world.post(f"/v1/cases/{case_id}{below}", body, token)


@pytest.fixture(scope="module")
def kept() -> dict[str, str]:
    return {}


async def case_of_amina(world: World, kept: dict[str, str]) -> str:
    """A case that has a document, a payment to make and nothing that moves it on."""
    if "case" not in kept:
        kept["case"] = (await world.order())["id"]
    return kept["case"]


def same_words(answer: httpx.Response, other: httpx.Response) -> bool:
    bodies = [{**each.json(), "call_id": ""} for each in (answer, other)]
    names = [sorted(each.headers) for each in (answer, other)]
    return bodies[0] == bodies[1] and names[0] == names[1]


@pytest.mark.parametrize("route", ROUTES)
async def test_another_citizens_case_is_not_there_by_any_route(world: World, kept: dict[str, str], route: str) -> None:
    case_id = await case_of_amina(world, kept)
    youssef = await world.citizen(YOUSSEF)
    answer = await reach(world, case_id, route, youssef)
    record = await refusal(world, answer, 404, "case_not_found", "owner:person@1")
    assert record["case"] == case_id
    nowhere = await reach(world, case_id[:-6] + "zzzzzz", route, youssef)
    problem(nowhere, 404, "case_not_found")
    assert same_words(answer, nowhere)
    assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "action_required"


@pytest.mark.parametrize("route", ROUTES)
async def test_an_application_that_speaks_for_nobody_reaches_no_citizens_case(
    world: World, kept: dict[str, str], route: str
) -> None:
    forge = Forge.of(world)
    if "of_app" not in kept:  # a citizen's case, filed through the very same client
        body = {"service": "echo.stamped", "form": {"text": "x"}}
        kept["of_app"] = (await world.post("/v1/cases", body, forge.token(client_id="demo-app"))).json()["id"]
    answer = await reach(world, kept["of_app"], route, forge.app())
    await refusal(world, answer, 404, "case_not_found", "owner:client@1")


@pytest.mark.parametrize("route", ROUTES)
async def test_an_auditor_looks_at_the_log_and_never_at_a_case(world: World, kept: dict[str, str], route: str) -> None:
    case_id = await case_of_amina(world, kept)
    answer = await reach(world, case_id, route, await world.machine("demo-auditor"))
    scope = "cases.write" if ROUTES[route][0] == "POST" else "cases.read"
    await refusal(world, answer, 403, "insufficient_scope", f"scope:{scope}@1")


async def test_lists_hold_ones_own_cases_only(world: World, kept: dict[str, str]) -> None:
    forge = Forge.of(world)
    await case_of_amina(world, kept)
    own = (await world.post("/v1/cases", note("app"), forge.app())).json()["id"]
    listed = (await world.get("/v1/cases", forge.app())).json()["data"]
    assert [case["id"] for case in listed] == [own]
    assert (await world.get("/v1/cases", await world.citizen(YOUSSEF))).json()["data"] == []
    assert own not in [case["id"] for case in (await world.get("/v1/cases")).json()["data"]]
    problem(await world.get(f"/v1/cases/{own}"), 404, "case_not_found")


def note(text: str) -> dict[str, Any]:
    return {"service": "echo.note", "form": {"text": text}}


async def test_an_application_has_no_ledger_of_its_own(world: World) -> None:
    problem(await world.get("/v1/me/accesses", Forge.of(world).app()), 404, "not_found")


async def test_a_person_owns_her_case_through_every_client_she_uses(world: World, kept: dict[str, str]) -> None:
    case_id = await case_of_amina(world, kept)
    answer = await world.get(f"/v1/cases/{case_id}", Forge.of(world).token(client_id="demo-app"))
    assert answer.status_code == 200


async def test_what_was_decided_for_a_call_that_went_through_is_on_record_too(
    world: World, kept: dict[str, str]
) -> None:
    case_id = await case_of_amina(world, kept)
    record = await record_of(world, await world.get(f"/v1/cases/{case_id}"))
    assert (record["kind"], record["decision"], record["rule"]) == ("call", "allow", "owner:person@1")
    assert (record["principal"], record["client"], record["case"]) == ("citizen", "demo-frontend", case_id)
    assert record["subject"].startswith("p20")
