"""Each service of the catalogue, asked for by somebody whose demand it is not: refused before anything is paid.

What identifies a person is known here by the names of the forms' members, and not by what the services say of it.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.audit import proof
from gateway.audit.search import by_call, leaf_bytes
from gateway.cases.examination import Examiner
from gateway.cases.subject import NotEntitled
from gateway.connectors.subjects import SubjectRule
from gateway.testing import service_tables
from tests.database_sessions import read

from .conftest import FAST, World
from .needles import hits
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(speed=1.0, journeys=FAST | {"embedded": False})

PLUGINS = Path(__file__).parents[2] / "plugins"
SERVICES = sorted(
    f"{path.parent.name}.{name}" for path in PLUGINS.glob("*/services.toml") for name in service_tables(path.parent)
)
YOUSSEF = "BK654321"
NOBODYS = [each for each in SERVICES if each.startswith("echo.")]
"""A note to the reference connector is about nobody."""
PROVED = {
    # what somebody else may ask for too, and what makes up for it
    "alhalalmadania.death-copy": "the register decides, and asks for a proof of capacity",
    "alhalalmadania.death-declaration": "the officer decides",
    "rokhas.business-permit": "the trade register's extract is attached",
    "rokhas.public-domain-permit": "the trade register's extract is attached",
}
IDENTITY = {
    "cnie", "last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic", "birth_date",
    "last_name", "first_name", "name",
}  # fmt: skip


async def example(world: World, service: str, token: str) -> dict[str, Any]:
    form = (await world.get(f"/v1/services/{service}")).json()["example"]
    return await world.with_files(service, form, token)


async def file(world: World, service: str, form: dict[str, Any], token: str) -> httpx.Response:
    return await world.post("/v1/cases", {"service": service, "form": form}, token)


def mine(form: dict[str, Any]) -> dict[str, Any]:
    """Without what says who the person is, wherever the example says that it is Amina."""
    left = copy.deepcopy(form)
    for holder in ("person", "owner", "guardian", "father", "mother", "wife"):
        held = left.get(holder, {})
        if held.get("cnie") == "AB123456" or held.get("first_name_latin") == "Amina":
            left[holder] = {name: value for name, value in held.items() if name not in IDENTITY}
    return left


async def records_of(world: World, answer: httpx.Response) -> list[dict[str, Any]]:
    found = await world.records(call_id=answer.headers["call-id"])
    assert len({each["subject"] for each in found}) == len(found)
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_anothers_form_is_refused(world: World, service: str) -> None:
    """Amina's form, sent by Youssef."""
    token = await world.citizen(YOUSSEF)
    answer = await file(world, service, await example(world, service, token), token)
    if service in NOBODYS or service in PROVED:
        assert answer.status_code == 201, answer.text
        return
    told = problem(answer, 403, "another_person")
    assert told["errors"]
    assert {each["code"] for each in told["errors"]} == {"another_person"}
    told_in = await records_of(world, answer)
    assert ("refusal", "deny", "another_person") in {(r["kind"], r["decision"], r["reason"]) for r in told_in}
    if "cnie" in str(told["errors"]):  # whom the form names sees it too
        assert [r["reason"] for r in told_in].count("named_by_another_person") >= 1


@pytest.mark.parametrize("service", SERVICES)
async def test_ones_own_form_is_taken(world: World, service: str) -> None:
    token = await world.citizen()
    answer = await file(world, service, await example(world, service, token), token)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("service", [each for each in SERVICES if each not in (*NOBODYS, *PROVED)])
async def test_who_one_is_may_be_left_out(world: World, service: str) -> None:
    token = await world.citizen()
    form = await example(world, service, token)
    left = mine(form)
    if "wife" in form:  # which of the two the person is has to be said
        left["wife"] = form["wife"]
    assert left != form or "wife" in form
    answer = await file(world, service, left, token)
    assert answer.status_code == 201, answer.text


# --- Who is concerned sees it -------------------------------------------------------------------------------------

MARRIAGE = "alhalalmadania.marriage-copy"
KARIM = "EE445566"


async def accesses(world: World, token: str, answer: httpx.Response) -> list[dict[str, Any]]:
    """What this person's own ledger says of that call."""
    page = (await world.get("/v1/me/accesses?limit=200", token)).json()
    return [each for each in page["data"] if each["call_id"] == answer.headers["call-id"]]


async def marriage_copy(world: World) -> httpx.Response:
    """Amina's demand, which names her husband by his CNIE."""
    token = await world.citizen()
    form = await example(world, MARRIAGE, token)
    form["husband"]["cnie"] = KARIM
    answer = await file(world, MARRIAGE, form, token)
    assert answer.status_code == 201, answer.text
    await records_of(world, answer)
    return answer


async def test_whom_a_refused_form_names_sees_it(world: World) -> None:
    amina, youssef = await world.citizen(), await world.citizen(YOUSSEF)
    refused = await file(world, "watiqa.birth-extract", await example(world, "watiqa.birth-extract", amina), youssef)
    problem(refused, 403, "another_person")
    await records_of(world, refused)
    (hers,) = await accesses(world, amina, refused)
    assert (hers["kind"], hers["outcome"], hers["reason"]) == ("refusal", "denied", "named_by_another_person")
    assert (hers["operation"], hers["client"]) == ("cases.create", "demo-frontend")
    assert hers["service"] == "watiqa.birth-extract"
    (his,) = await accesses(world, youssef, refused)
    assert (his["kind"], his["reason"]) == ("refusal", "another_person")


async def test_whom_a_taken_form_names_sees_it(world: World) -> None:
    answer = await marriage_copy(world)
    (his,) = await accesses(world, await world.citizen(KARIM), answer)
    assert (his["kind"], his["reason"], his["outcome"]) == ("access", "named_by_another_person", "ok")
    assert (his["operation"], his["service"]) == ("cases.create", MARRIAGE)
    (hers,) = await accesses(world, await world.citizen(), answer)
    assert (hers["kind"], hers["reason"]) == ("call", None)
    case = await world.get(f"/v1/cases/{answer.json()['id']}", await world.citizen(KARIM))
    problem(case, 404, "case_not_found")


async def test_records_of_the_named_hold_no_personal_data(world: World) -> None:
    answer = await marriage_copy(world)
    storage = world.gateway.storage
    async with read(storage) as connection:
        found = await connection.run_sync(by_call, answer.headers["call-id"])
        leaves = [await connection.run_sync(leaf_bytes, each.index) for each in found]
    assert len(leaves) == 2
    secret = [KARIM, "AB123456", "Alaoui", "Karim", "العلوي", "كريم", "El Fassi", "amina.elfassi@example.org"]
    assert hits(secret, {f"leaf {place}": leaf or b"" for place, leaf in enumerate(leaves)}) == []
    named = json.loads(leaves[1] or b"")
    assert "case" not in named
    assert "hops" not in named


async def test_each_gets_the_proof_of_their_own_record(world: World) -> None:
    answer = await marriage_copy(world)
    call = answer.headers["call-id"]
    path = f"/audit/receipts/{call}"

    async def proven(token: str) -> dict[str, Any]:
        got = await world.get(path, token)
        assert got.status_code == 200, got.text
        record: dict[str, Any] = json.loads(proof.parse(got.content).extra)
        assert record["call"] == call
        return record

    hers, his = await proven(await world.citizen()), await proven(await world.citizen(KARIM))
    assert (hers.get("reason"), his.get("reason")) == (None, "named_by_another_person")
    assert hers["subject"] != his["subject"]
    assert (hers["case"], his.get("case")) == (answer.json()["id"], None)
    assert await proven(await world.machine("demo-auditor")) == hers
    problem(await world.get(path, await world.citizen(YOUSSEF)), 404, "record_not_found")
    assert {each["subject"] for each in await records_of(world, answer)} == {hers["subject"], his["subject"]}


# --- What the catalogue says of it --------------------------------------------------------------------------------


async def test_the_catalogue_says_whom_a_service_concerns(world: World) -> None:
    copy_of = (await world.get("/v1/services/alhalalmadania.birth-copy")).json()["concerns"]
    assert {"self": "claims", "child": "portal", "parent": "portal"}.items() <= {
        each["whom"]: each["proof"] for each in copy_of
    }.items()
    assert {each["when"] for each in copy_of} == {"/capacity"}
    (own,) = (await world.get("/v1/services/watiqa.birth-extract")).json()["concerns"]
    assert (own["whom"], own["proof"], own["person"], own["when"]) == ("self", "claims", ["/person"], None)
    parent, guardian = (await world.get("/v1/services/passeport.minor")).json()["concerns"]
    for rule in (parent, guardian):
        assert (rule["whom"], rule["proof"], rule["requester"]) == ("child", "document", "/guardian")
    assert (parent["values"], guardian["values"]) == (["father", "mother"], ["legal_guardian"])
    assert parent["evidence"] == ["/guardian/family_booklet"]
    listed = (await world.get("/v1/services?limit=100")).json()["data"]
    assert all(each["concerns"] for each in listed)


async def test_who_one_is_comes_prefilled_and_read_only(world: World) -> None:
    told = (await world.get("/v1/services/watiqa.birth-extract")).json()
    person = told["form"]["properties"]["person"]["properties"]
    assert told["prefill"]["person"] == {
        "cnie": "AB123456",
        "last_name_latin": "El Fassi",
        "first_name_latin": "Amina",
        "last_name_arabic": "الفاسي",
        "first_name_arabic": "أمينة",
        "birth_date": "1988-03-14",
    }
    assert {name for name, each in person.items() if each.get("readOnly")} == set(told["prefill"]["person"])
    guardian = (await world.get("/v1/services/passeport.minor")).json()
    assert guardian["prefill"]["guardian"]["cnie"] == "AB123456"
    assert guardian["form"]["properties"]["guardian"]["properties"]["cnie"]["readOnly"] is True


async def test_what_depends_on_a_choice_is_not_read_only(world: World) -> None:
    """Whoever asks for a child's copy does not stand where the form has the child."""
    told = (await world.get("/v1/services/alhalalmadania.birth-copy")).json()
    person = told["form"]["properties"]["person"]["properties"]
    assert not any(each.get("readOnly") for each in person.values())
    assert "person" not in told["prefill"]


async def test_an_earlier_name_does_not_stand_for_a_verified_one(world: World) -> None:
    """The complaint's form would be prefilled from the last one; who the person is comes from the claims."""
    token = await world.citizen()
    filed = await file(world, "chikaya.complaint", await example(world, "chikaya.complaint", token), token)
    assert filed.status_code == 201, filed.text
    told = (await world.get("/v1/services/chikaya.complaint", token)).json()
    assert (told["prefill"]["person"]["last_name"], told["prefill"]["person"]["first_name"]) == ("El Fassi", "Amina")
    assert told["form"]["properties"]["person"]["properties"]["last_name"]["readOnly"] is True


async def test_a_repeated_filing_is_no_refused_attempt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was filed is answered again although it might not be filed any more, and is recorded as allowed."""
    body = {"service": "echo.note", "form": {"text": "Bonjour"}}
    first = await world.post("/v1/cases", body, key="twice")
    assert first.status_code == 201

    rule = SubjectRule(whom="self", proof="claims", basis="assumed: a test")

    async def refuses(*_args: Any, **_given: Any) -> None:
        raise NotEntitled("another_person", rule, [], "test")

    monkeypatch.setattr(Examiner, "examine", refuses)
    again = await world.post("/v1/cases", body, key="twice")
    assert (again.status_code, again.content) == (201, first.content)
    record = await record_of(world, again)
    assert (record["decision"], record["outcome"]) == ("allow", "ok")
