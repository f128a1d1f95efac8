"""The MRE Services card: issued, shown, revoked, verified by others, forgotten with its holder."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from openvc.keys import P256SigningKey

from gateway.cards.verify import Verdict, trust_in, verify
from tests.waiting import PATIENCE

from .conftest import AMINA, YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

IMAGES = {"image/png": b"\x89PNG", "image/svg+xml": b"<?xml"}


async def issued(world: World, cnie: str = AMINA, **body: Any) -> dict[str, Any]:
    answer = await world.post("/v1/cards", body, await world.citizen(cnie))
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def revoked(world: World, card: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    answer = await world.post(f"/v1/cards/{card['id']}/revoke", None, token)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def judged(world: World, card: str) -> Verdict:
    """As a stranger does, with what is public."""
    issuer = (await world.web.get(f"{world.url}/.well-known/jwt-vc-issuer")).json()
    lists = await world.web.get(f"{world.url}/cards/status/0")
    assert lists.headers["content-type"] == "application/statuslist+jwt"
    return verify(card, trust_in(issuer), status_list=lists.text)


async def test_a_card_says_who_its_holder_is_and_what_it_is_good_for(world: World) -> None:
    made = await issued(world, "AB100001")
    read = (await world.get(f"/v1/cards/{made['id']}", await world.citizen("AB100001"))).json()
    assert read == made
    verdict = await judged(world, made["card"])
    assert (verdict.result, verdict.status, verdict.claims["entitlements"]) == ("valid", "valid", ["fast_lane"])
    assert {name: verdict.claims[name] for name in made["claims"]} == made["claims"]
    assert made["claims"] == {
        "name": "Personne Fictive Abbaaaab",
        "national_id_ending": "001",
        "birthdate": "1985-04-08",
    }
    assert "AB100001" not in json.dumps(verdict.claims)
    assert (made["state"], made["state_text"], made["bound"]) == ("valid", "Valid", False)


async def test_a_card_shows_what_its_holder_wants_to_show(world: World) -> None:
    made, token = await issued(world, "AB100002"), await world.citizen("AB100002")
    for wanted, shown in (("name", {"name"}), ("national_id_ending,name", {"name", "national_id_ending"}), ("", set())):
        card = (await world.get(f"/v1/cards/{made['id']}?disclose={wanted}", token)).json()
        assert set(card["claims"]) == shown
        verdict = await judged(world, card["card"])
        assert (verdict.result, set(verdict.claims) & {"name", "national_id_ending"}) == ("valid", shown)
    problem(await world.get(f"/v1/cards/{made['id']}?disclose=cnie", token), 400, "invalid_request")


@pytest.mark.parametrize("kind", IMAGES)
async def test_a_card_can_be_had_as_a_qr_code(world: World, kind: str) -> None:
    made, token = await issued(world, f"AB10{len(kind):04d}"), await world.citizen(f"AB10{len(kind):04d}")
    answer = await world.get(f"/v1/cards/{made['id']}", token, Accept=kind)
    assert (answer.headers["content-type"], answer.content[: len(IMAGES[kind])]) == (kind, IMAGES[kind])
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    whole = await world.get(f"/v1/cards/{made['id']}?disclose=name,national_id_ending", token, Accept=kind)
    assert len(whole.content) > len(answer.content)  # as a rule the name alone is on it
    problem(await world.get(f"/v1/cards/{made['id']}", token, Accept="application/pdf"), 406, "not_acceptable")


async def test_a_card_of_somebody_else_does_not_exist(world: World) -> None:
    made = await issued(world, "AB100003")
    for token in (await world.citizen(YOUSSEF), await world.machine("demo-app")):
        problem(await world.get(f"/v1/cards/{made['id']}", token), 404, "card_not_found")
        problem(await world.post(f"/v1/cards/{made['id']}/revoke", None, token), 404, "card_not_found")
        assert made["id"] not in (await world.get("/v1/cards", await world.citizen(YOUSSEF))).text
    problem(await world.get("/v1/cards/card_0"), 404, "card_not_found")
    assert (await judged(world, made["card"])).result == "valid"


async def test_only_a_person_who_is_surely_known_by_name_gets_one(world: World) -> None:
    weak = await world.citizen("AB100004", acr="low")
    problem(await world.post("/v1/cards", {}, weak), 401, "insufficient_assurance")
    app = await world.machine("demo-app")
    for refused in (await world.post("/v1/cards", {}, app), await world.get("/v1/cards", app)):
        problem(refused, 403, "principal_not_allowed")
    read_only = await world.citizen("AB100004", scopes=["cases:read"])
    problem(await world.post("/v1/cards", {}, read_only), 403, "insufficient_scope")
    nameless = Forge.of(world).token(name=None, cnie="AB100005")
    problem(await world.post("/v1/cards", {}, nameless), 422, "name_not_verified")


async def test_a_card_revoked_by_its_holder_or_an_operator_is_on_the_list_for_good(world: World) -> None:
    mine, other = await issued(world, "AB100006"), await issued(world, "AB100006")
    token = await world.citizen("AB100006")
    done = await revoked(world, mine, token)
    assert (done["state"], done["card"], done["claims"]) == ("revoked", None, None)
    assert [(await judged(world, each["card"])).result for each in (mine, other)] == ["revoked", "valid"]
    again = await revoked(world, mine, token)
    assert again["revoked_at"] == done["revoked_at"]
    by_operator = await revoked(world, other, await world.machine("demo-operator"))
    assert "AB100006" not in json.dumps(by_operator)
    assert (await judged(world, other["card"])).result == "revoked"
    listed = (await world.get("/v1/cards", token)).json()["data"]
    assert [(each["id"], each["state"]) for each in listed] == [(other["id"], "revoked"), (mine["id"], "revoked")]
    first = (await world.get("/v1/cards?limit=1", token)).json()
    second = (await world.get(f"/v1/cards?limit=1&cursor={first['next_cursor']}", token)).json()
    assert [each["id"] for page in (first, second) for each in page["data"]] == [other["id"], mine["id"]]
    assert (second["has_more"], second["next_cursor"]) == (False, None)
    problem(await world.get("/v1/cards?cursor=1", token), 400, "cursor_invalid")
    problem(await world.get(f"/v1/cards/{mine['id']}", await world.machine("demo-operator")), 403, "insufficient_scope")


async def test_every_act_on_a_card_is_in_its_holders_ledger_with_its_purpose(world: World) -> None:
    token = await world.citizen("AB100007")
    answer = await world.post("/v1/cards", {}, token)
    card = answer.json()
    read = await world.get(f"/v1/cards/{card['id']}", token)
    operator = await world.machine("demo-operator")
    by_operator = await world.post(f"/v1/cards/{card['id']}/revoke", None, operator)
    found = [await record_of(world, each) for each in (answer, read, by_operator)]
    assert [(each["operation"], each["purpose"], each["client"]) for each in found] == [
        ("cards.create", "fast-lane-card", "demo-frontend"),
        ("cards.read", "fast-lane-card", "demo-frontend"),
        ("cards.revoke", "card-revocation", "demo-operator"),
    ]
    assert len({each["subject"] for each in found}) == 1
    ledger = (await world.get("/v1/me/accesses", token)).json()["data"]
    assert ("cards.revoke", "demo-operator") in {(each["operation"], each["client"]) for each in ledger}


async def test_looking_at_the_list_leaves_no_trace_of_who_asked(world: World) -> None:
    answer = await world.web.get(f"{world.url}/cards/status/0")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    call = answer.headers["call-id"]
    await world.get("/v1/cards")
    assert call not in json.dumps(await world.records())
    for number in ("1", "-1", "99999999999999999999"):
        problem(await world.web.get(f"{world.url}/cards/status/{number}"), 404, "not_found")


async def test_the_same_demand_twice_is_one_card(world: World) -> None:
    token = await world.citizen("AB100008")
    first = await world.post("/v1/cards", {}, token, key="one-card")
    again = await world.post("/v1/cards", {}, token, key="one-card")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    key = P256SigningKey.generate("k").public_jwk()
    problem(await world.post("/v1/cards", {"holder_key": key}, token, key="one-card"), 422, "idempotency_key_reused")
    assert len((await world.get("/v1/cards", token)).json()["data"]) == 1


async def test_a_card_can_be_bound_to_a_key_and_only_to_a_public_one(world: World) -> None:
    key = P256SigningKey.generate("k").public_jwk()
    made = await issued(world, "AB100009", holder_key={**key, "kid": "mine", "use": "sig", "alg": "ES256"})
    verdict = await judged(world, made["card"])
    assert (made["bound"], verdict.holder, verdict.claims["cnf"]) == (True, "not_proved", {"jwk": key})
    token = await world.citizen("AB100009")
    for wrong in ({**key, "d": key["x"]}, {**key, "y": key["x"]}, {**key, "kty": "OKP"}, {**key, "crv": "Ed25519"}, {}):
        problem(await world.post("/v1/cards", {"holder_key": wrong}, token), 400, "invalid_request")


async def test_the_page_carries_all_it_needs_and_loads_nothing(world: World) -> None:
    made = await issued(world, "AB100010")
    await revoked(world, made, await world.citizen("AB100010"))
    for language, direction in (("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")):
        answer = await world.web.get(f"{world.url}/cards/verify", headers={"Accept-Language": language})
        page = answer.text
        assert f'<html lang="{language}" dir="{direction}">' in page
        assert not re.findall(r"(?:src|href)\s*=|@import|url\(|@[a-z]+@", page)
        trust = json.loads(page.partition('id="trust">')[2].partition("</script>")[0])
        assert trust["issuer"] == (await world.web.get(f"{world.url}/.well-known/jwt-vc-issuer")).json()
        assert verify(made["card"], trust_in(trust["issuer"]), status_list=trust["lists"][0]).result == "revoked"
        used = set(re.findall(r'data-text="([a-z_]+)"', page)) | set(re.findall(r'text\("([a-z_.]+[a-z])"\)', page))
        assert len(used) > 12
        for texts in trust["texts"].values():
            assert used <= set(texts)
            assert all(value and not value.startswith("page.") for value in texts.values())
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_who_shows_a_card_is_served_first_by_a_portal_that_knows_of_it(world: World) -> None:
    made, token = await issued(world, "AB100011"), await world.citizen("AB100011")
    bare = (await world.get(f"/v1/cards/{made['id']}?disclose=", token)).json()["card"]
    request = {"service": "echo.note", "form": {"text": "quick", "behave": "never"}}
    for card, fast in ((bare, True), (None, False)):
        answer = await world.post("/v1/cases", {**request, "card": card}, token)
        assert (answer.status_code, answer.json()["fast_lane"]) == (201, fast), answer.text
        case = answer.json()
        async with asyncio.timeout(PATIENCE):
            while not (found := (await world.get(f"/v1/cases/{case['id']}", token)).json())["filing"]["reference"]:
                await asyncio.sleep(0.05)
        effects = (await world.web.get(f"{world.sandbox_url}/_effects/echo")).json()
        [demand] = [each for each in effects if each["key"] == found["filing"]["reference"]]
        assert demand.get("priority", False) is fast
    for wrong in (await issued(world, "AB100012"), await revoked_one(world, "AB100011")):
        answer = await world.post("/v1/cases", {**request, "card": wrong["card"]}, token)
        problem(answer, 422, "card_not_accepted")
    problem(await world.post("/v1/cases", {**request, "card": bare[:-60] + "~"}, token), 422, "card_not_accepted")


async def revoked_one(world: World, cnie: str) -> dict[str, Any]:
    card = await issued(world, cnie)
    await revoked(world, card, await world.citizen(cnie))
    return card


async def test_a_card_tells_the_day_of_birth_if_the_sign_in_does_and_never_the_whole_identity_number(
    world: World,
) -> None:
    forge = Forge.of(world)
    days = {"C1678": ("1990-05-17", "1990-05-17"), "C2678": ("1990", "1990"), "C3678": ("0000-05-17", None)}
    for cnie, (told, birthdate) in days.items():
        token = forge.token(cnie=cnie, name="N", birthdate=told)
        claims = (await world.post("/v1/cards", {}, token)).json()["claims"]
        assert (claims.get("birthdate"), claims["national_id_ending"]) == (birthdate, "678")


async def test_card_of_a_short_number_does_not_tell_it(world: World) -> None:
    token = Forge.of(world).token(cnie="C123", name="N")
    assert (await world.post("/v1/cards", {}, token)).json()["claims"] == {"name": "N"}
