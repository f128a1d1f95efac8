"""Ask first: what is wrong with a demand is told before anything is filed or paid, and filing refuses the same."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from gateway.storage.tables import cases, idempotency
from tests.database_sessions import read

from .conftest import AMINA, YOUSSEF, World, world_in
from .evidence import laid_over
from .needles import hits
from .shared import IN_ONE_LOOP, SELDOM, problem, record_of, shared_world
from .test_mandates import agent, held
from .test_required_actions import hand_in

pytestmark = IN_ONE_LOOP
world = shared_world(forms={"check_wait_seconds": 0.5})

NOBODYS_CASE: Final = "case_" + "0" * 26
FILE: Final = "(a file)"
"""In a form: one that was handed in."""
NOBODYS_FILE: Final = "att_" + "0" * 26
EVERYTHING: Final = ("watiqa", "passeport", "rendezvous", "chikaya", "rokhas", "alhalalmadania", "etimbre", "barid")

TEN: Final[dict[str, tuple[str, dict[str, Any], dict[str, Any], tuple[str, str, str]]]] = {
    # the mistake: service, changes of its example, other members of the request, what is found: kind, code, place
    "a CNIE that is another person's": (
        "watiqa.birth-extract", {"person": {"cnie": YOUSSEF}}, {},
        ("identity", "another_person", "/form/person/cnie"),
    ),
    "an act that is not in the register": (
        "watiqa.birth-extract", {"act": {"number": "4321"}}, {},
        ("portal", "act_not_found", "/form/act/number"),
    ),
    "an act that is another person's": (
        "watiqa.birth-extract",
        {"registry": {"office": "Salé Bab Lamrissa"}, "act": {"number": "87", "register_year": 1995}}, {},
        ("portal", "identity_mismatch", "/form/person/birth_date"),
    ),
    "a telephone number without its country": (
        "watiqa.birth-extract", {"contact": {"phone": "0612"}}, {},
        ("form", "format", "/form/contact/phone"),
    ),
    "a post that is not there": (
        "rendezvous.cnie", {"post": "tokyo"}, {},
        ("form", "post_unknown", "/form/post"),
    ),
    "a birth in 2090": (
        "rendezvous.cnie",
        {"kind": "first", "documents": {"birth_extract": FILE}, "person": {"birth_date": "2090-01-01"}}, {},
        ("form", "latest", "/form/person/birth_date"),
    ),
    "a file that nobody handed in": (
        "chikaya.complaint", {"evidence": [NOBODYS_FILE]}, {},
        ("documents", "attachment_unknown", "/form/evidence/0"),
    ),
    "a matter before a court": (
        "chikaya.complaint", {"before_court": True}, {},
        ("portal", "before_court", "/form/before_court"),
    ),
    "a case that does not exist": (
        "chikaya.complaint", {"about": {"case": NOBODYS_CASE}}, {},
        ("form", "case_unknown", "/form/about/case"),
    ),
    "a representative without evidence": (
        "alhalalmadania.birth-copy", {"capacity": "representative"}, {},
        ("documents", "proof_of_relation_missing", "/form/evidence"),
    ),
}  # fmt: skip


async def demand(world: World, service: str, form: dict[str, Any], more: dict[str, Any] | None = None) -> Any:
    example = (await world.get(f"/v1/services/{service}")).json()["example"]
    if "evidence" not in form:
        example = await world.with_files(service, example)
    whole = json.dumps(laid_over(example, form))
    while FILE in whole:
        whole = whole.replace(FILE, await hand_in(world), 1)
    return {"service": service, "form": json.loads(whole), **(more or {})}


async def validated(world: World, body: Any, token: str | None = None, **headers: str) -> dict[str, Any]:
    """Without an idempotency key: none is needed."""
    sent = await world._headers(token, headers)
    answer = await world.web.post(f"{world.url}/v1/cases/validate", json=body, headers=sent)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def stored(world: World) -> tuple[int, int]:
    async with read(world.gateway.storage) as connection:
        counted = [await connection.scalar(select(func.count()).select_from(each)) for each in (cases, idempotency)]
    return counted[0], counted[1]


async def effects(world: World) -> list[str]:
    return [kind for portal in EVERYTHING for kind in await world.effects(portal)]


@pytest.mark.parametrize("mistake", TEN)
async def test_mistake_is_found_before_anything_is_paid(world: World, mistake: str) -> None:
    service, form, more, wanted = TEN[mistake]
    body = await demand(world, service, form, more)
    before, happened = await stored(world), await effects(world)
    found = await validated(world, body)
    assert found["valid"] is False
    assert wanted in [(each["kind"], each["code"], each["pointer"]) for each in found["findings"]], found
    assert all(each["blocks"] and each["detail"] for each in found["findings"]), found
    assert await stored(world) == before

    refused = await world.post("/v1/cases", body)
    assert 400 <= refused.status_code < 500, refused.text
    said = refused.json()
    told = {said["code"], *(each["code"] for each in said.get("errors", []))}
    assert wanted[1] in told, said
    assert await stored(world) == before
    assert await effects(world) == happened


async def test_all_mistakes_are_told_at_once(world: World) -> None:
    """Also what the form alone cannot show, beside what it can; in the caller's language."""
    body = await demand(
        world,
        "rendezvous.cnie",
        {"post": "tokyo", "person": {"cnie": YOUSSEF}, "contact": {"phone": "0612", "email": "amina"}},
        {"language": "zz", "related_case": NOBODYS_CASE, "card": "no card"},
    )
    del body["form"]["person"]["birth_date"]
    found = await validated(world, body, Accept_Language="fr")
    assert {(each["code"], each["pointer"]) for each in found["findings"]} == {
        ("card_not_accepted", "/card"),
        ("language_unknown", "/language"),
        ("case_unknown", "/related_case"),
        ("another_person", "/form/person/cnie"),
        ("format", "/form/contact/phone"),
        ("format", "/form/contact/email"),
        ("post_unknown", "/form/post"),
    }
    assert found["fee"]["amount"] == 10_500
    details = {each["code"]: each["detail"] for each in found["findings"]}
    assert details["post_unknown"].startswith("Ce consulat"), details


async def test_good_demand_is_valid_and_files_nothing(world: World) -> None:
    body = await demand(world, "watiqa.birth-extract", {"copies": 3})
    before, happened = await stored(world), await effects(world)
    found = await validated(world, body)
    assert (found["valid"], found["findings"], found["fee"]["amount"]) == (True, [], 6000)
    assert await stored(world) == before
    assert await effects(world) == happened
    free = await validated(world, await demand(world, "echo.note", {}))
    assert (free["valid"], free["fee"]) == (True, None)


async def test_validation_is_on_record_without_the_person(world: World) -> None:
    body = await demand(world, "watiqa.birth-extract", {"act": {"number": "4321"}})
    answer = await world.web.post(f"{world.url}/v1/cases/validate", json=body, headers=await world._headers(None, {}))
    record = await record_of(world, answer)
    assert (record["operation"], record["service"], record["decision"]) == (
        "cases.validate", "watiqa.birth-extract", "allow",
    )  # fmt: skip
    assert [hop["operation"] for hop in record["hops"] if hop["portal"] == "watiqa"] == ["check"]
    assert not hits([AMINA, "4321", "El Fassi"], {"record": json.dumps(record).encode()})


@pytest.mark.parametrize("mode", ["error", "garbage", "hang"])
async def test_portal_that_says_nothing_keeps_nobody_from_filing(world: World, mode: str) -> None:
    body = await demand(world, "watiqa.birth-extract", {"act": {"number": "4321"}})
    await world.fault("watiqa", mode)
    try:
        found = await validated(world, body)
        assert found["valid"] is True
        told = [(each["kind"], each["code"], each["portal"], each["blocks"]) for each in found["findings"]]
        assert ("unchecked", "could_not_check", "watiqa", False) in told
        filed = await world.post("/v1/cases", body)
        assert filed.status_code == 201, filed.text
    finally:
        await world.fault("watiqa", "none")


async def test_weak_sign_in_is_a_finding_and_no_portal_is_asked(world: World) -> None:
    body = await demand(world, "watiqa.birth-extract", {"act": {"number": "4321"}})
    found = await validated(world, body, await world.citizen(acr="low"))
    assert [(each["kind"], each["code"]) for each in found["findings"]] == [("rights", "insufficient_assurance")]


async def test_unknown_service_is_not_found(world: World) -> None:
    answer = await world.post("/v1/cases/validate", {"service": "watiqa.nothing", "form": {}})
    problem(answer, 404, "service_not_found")


async def test_agent_asks_within_her_mandate(world: World) -> None:
    mandate, token = await held(world, services=["echo"]), await agent(world)
    inside = await validated(world, await demand(world, "echo.note", {}), token, Mandate=mandate)
    assert inside["valid"] is True
    outside = await validated(world, await demand(world, "watiqa.birth-extract", {}), token, Mandate=mandate)
    assert ("rights", "mandate_too_narrow") in [(each["kind"], each["code"]) for each in outside["findings"]]
    without = await world.post("/v1/cases/validate", await demand(world, "echo.note", {}), token)
    problem(without, 403, "mandate_required")


async def test_ten_megabytes_and_deep_forms_are_refused(world: World) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"text": deep}
    found = await validated(world, {"service": "echo.note", "form": deep})
    assert [each["code"] for each in found["findings"]] == ["depth"]
    large = {"service": "echo.note", "form": {"text": "x" * 10_000_000}}
    problem(await world.post("/v1/cases/validate", large), 413, "body_too_large")


async def test_registers_are_not_read_by_trying(tmp_path: Any) -> None:
    """After so many objections a day, the portal is not asked for this person any more."""
    async with world_in(tmp_path, "", journeys=SELDOM, quotas={"objections_per_person_day": 2}) as world:
        codes = []
        for number in ("4321", "4322", "4323"):
            found = await validated(world, await demand(world, "watiqa.birth-extract", {"act": {"number": number}}))
            codes += {each["code"] for each in found["findings"]}
        assert codes == ["act_not_found", "act_not_found", "could_not_check"]


async def test_used_quotas_are_told_and_counted(tmp_path: Any, store_url: str) -> None:
    quotas = {"validations_per_person_day": 2, "open_cases_per_person": 1}
    async with world_in(tmp_path / "state", store_url, journeys=SELDOM, quotas=quotas) as world:
        body = await demand(world, "echo.stamped", {})
        assert (await validated(world, body))["valid"] is True
        assert (await world.post("/v1/cases", body)).status_code == 201
        found = await validated(world, body)
        assert [(each["kind"], each["code"]) for each in found["findings"]] == [("quota", "open_cases_quota_used")]
        used = problem(await world.post("/v1/cases/validate", body), 429, "validations_quota_used")
        assert used["quota"] == "validations_per_person_day"
        assert (await validated(world, body, await world.citizen(YOUSSEF)))["valid"] is True
