"""One shape for one thing: docs/reference/api-conventions.md, held against the description and against what is sent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from tests.description import description

from .conftest import World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, shared_world, to_do
from .test_appointments import filed_and_asked, free

pytestmark = IN_ONE_LOOP
world = shared_world()

DIFFERENT: Final = {
    "claims": "what a receipt, or a card, says",
    "amount": "of `Money` the number, elsewhere the money",
    "data": "what a list lists, or what an event tells",
    "email": "an address, or in the preferences the channel of that name",
    "sms": "in the preferences a channel, as it is sent and as it is kept",
    "status": "in a problem the HTTP status (RFC 9457)",
}
"""Names that are not one thing everywhere, and why."""
IDS: Final = ("portal", "service", "case", "post", "payment", "related_case", "client", "agent", "mandate")
WHOLE: Final = ("listIndicators",)
"""Lists that come whole: one table."""
FORMATS: Final = re.compile(
    "Audit(Leaf|Hop|Sum|Log)|Jwk|Gateway|ResourceMetadata|CardIssuer|Webhook(Case|Disabled|Test|Verification)Event"
    "|Receipt(Claims|Service|Form|Deadline|Portal|Fee)|CardClaims"
)
"""Components that are written as the log's own format or a standard has them."""
OPAQUE: Final = ("form", "example", "prefill", "fields", "claims", "record", "profile")
"""Documents of their own inside answers; `profile` has the claims of the identity provider."""
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def members() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Schema, name and description of every member of ours: not of a form, and not of a format of others."""
    for schema, described in description()["components"]["schemas"].items():
        found = described.get("properties", {})
        of_a_service = "Form" in schema or (schema.endswith("Request") and "form" in found)
        if not of_a_service and not FORMATS.match(schema):
            for name, member in found.items():
                yield schema, name, member


def kind(schemas: dict[str, Any], member: dict[str, Any]) -> str:
    """What a member is, null or not: a component, a list of something, or a plain type."""
    if "$ref" in member:
        name = member["$ref"].rsplit("/", 1)[1]
        return kind(schemas, schemas[name]) if "enum" in schemas[name] else name
    for each in ("oneOf", "anyOf"):
        if each in member:
            return "|".join(sorted({kind(schemas, one) for one in member[each]} - {""}))
    if "array" in member.get("type", ""):
        return f"[{kind(schemas, member['items'])}]"
    given = member.get("enum", [member["const"]] if "const" in member else [])
    values = [type(one).__name__ for one in given if one is not None]
    types = [member["type"]] if isinstance(member.get("type"), str) else member.get("type", [])
    plain = {"str": "string", "bool": "boolean", "int": "integer"}
    found = {each for each in types if each != "null"} or {plain[each] for each in values}
    return "|".join(sorted(found)) + (f":{member['format']}" if "format" in member else "")


async def test_one_name_is_one_thing() -> None:
    schemas = description()["components"]["schemas"]
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for _, name, member in members():
        kinds[name].add(kind(schemas, member))
    assert len(kinds) > 100
    several = {name: found for name, found in kinds.items() if len(found) > 1 and name not in DIFFERENT}
    assert not several
    assert [name for name in IDS if kinds[name] != {"string"}] == []
    assert [name for name in kinds if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)] == []


async def test_moments_and_days_are_told_by_their_names() -> None:
    schemas, wrong, moments = description()["components"]["schemas"], [], 0
    for schema, name, member in members():
        found = kind(schemas, member)
        moments += found == "string:date-time"
        told = "string:date-time" if name.endswith("_at") else "string:date" if name.endswith("_on") else None
        if (found.startswith("string:date") or told is not None) and found != told:
            wrong.append((schema, name, found))
    assert (wrong, moments > 20) == ([], True)


async def test_money_is_always_the_same_object() -> None:
    schemas = description()["components"]["schemas"]
    found = {(schema, name): kind(schemas, each) for schema, name, each in members() if "amount" in name}
    assert {where for where, what in found.items() if what != "Money"} == {("Money", "amount")}
    assert len(found) > 3
    assert schemas["Money"]["required"] == ["amount", "currency", "text"]


async def test_every_member_of_an_answer_is_sent() -> None:
    schemas = description()["components"]["schemas"]
    taken = {name for name in schemas if name.endswith("Request")} | {"HolderKey", "QuietHours", "AttachmentUpload"}
    taken |= {"EventData"}  # has what belongs to the event's code
    optional = {
        (schema, name)
        for schema, name, _ in members()
        if schema not in taken and name not in schemas[schema].get("required", [])
    }
    assert optional == set()


async def test_all_lists_are_paged_in_one_way() -> None:
    document, lists = description(), []
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        body = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        schema = schemas.get(body.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1], {})
        if schema.get("properties", {}).get("data", {}).get("type") != "array":
            continue
        operation = item["get"]
        lists.append(operation["operationId"])
        names = {each.get("name") for each in operation.get("parameters", [])}
        if operation["operationId"] not in WHOLE:
            assert {"cursor", "limit"} <= names, operation["operationId"]
            assert {"data", "has_more", "next_cursor", "object"} <= set(schema["properties"]), operation["operationId"]
        assert not names & {"after", "before", "page", "offset", "per_page"}, operation["operationId"]
    assert len(lists) > 8


async def test_what_is_sent_keeps_the_conventions(world: World) -> None:
    """A case from the first look at the catalogue to its end, and all that can be read about it."""
    case = await world.order("watiqa.birth-extract")
    answers = [await world.get(path) for path in ("/v1/services", "/v1/services/watiqa.birth-extract")]
    opened = await world.post(f"/v1/cases/{case['id']}/actions/pay", {})
    page = await world.web.post(opened.json()["checkout"]["url"], data=opened.json()["checkout"]["fields"])
    await world.enter_card(page, "4000000000000010")
    done = await world.ended(case["id"])
    posts = "/v1/posts?service=rendezvous.cnie"
    below = ("", "/events", "/payments", "/receipt")
    paths = [*(f"/v1/cases/{case['id']}{each}" for each in below), done["payments"][0]["url"], posts]
    paths += [done["shipment"]["tracking_url"], "/v1/slots?service=rendezvous.cnie&post=lyon"]
    paths += ["/v1/cases", "/v1/me/accesses", "/v1/me"]
    answers += [opened, *[await world.get(path) for path in paths]]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        wrong = list(against(answer.json(), ""))
        assert not wrong, (answer.url.path, wrong[:5])


def against(value: Any, place: str) -> Iterator[str]:
    """Where an answer does not keep the conventions."""
    name = place.rpartition("/")[2]
    if value == "":
        yield place
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from against(each, f"{place}/{n}")
    elif isinstance(value, dict):
        if "currency" in value and set(value) != {"amount", "currency", "text"}:
            yield place
        for key, each in value.items():
            if key not in OPAQUE:
                yield from against(each, f"{place}/{key}")
    elif isinstance(value, str) and (name.endswith("_at") or MOMENT.fullmatch(value)):
        if not name.endswith("_at") or not MOMENT.fullmatch(value) or datetime.fromisoformat(value).tzinfo is None:
            yield place
    elif isinstance(value, str) and name.endswith("_on") is not bool(DAY.fullmatch(value)):
        yield place


# --- The inconsistencies that there were --------------------------------------------------------------------------


async def test_one_number_of_a_portal_has_one_name(world: World) -> None:
    case = await world.order("watiqa.birth-extract")
    await world.pay(case["id"])
    done = await world.ended(case["id"])
    tracked = (await world.get(done["shipment"]["tracking_url"])).json()
    assert tracked["reference"] == done["shipment"]["reference"]
    assert (await world.get(f"/v1/tracking/barid/{tracked['reference']}")).json()["portal"] == "barid"
    told = {each["code"]: each["data"].get("reference") for each in await world.events(case["id"])}
    assert (told["filed"], told["shipped"]) == (done["filing"]["reference"], done["shipment"]["reference"])


async def test_payments_are_resources(world: World) -> None:
    case = await world.order("watiqa.birth-extract")
    (listed,) = case["payments"]
    assert (listed["object"], listed["state"], listed["paid_at"]) == ("payment", "due", None)
    opened = await world.post(f"/v1/cases/{case['id']}/actions/pay", {})
    assert opened.json()["checkout"]["payment"] == listed["id"]
    page = await world.web.post(opened.json()["checkout"]["url"], data=opened.json()["checkout"]["fields"])
    await world.enter_card(page, "4000000000000010")
    await world.until(case["id"], lambda case: case["payments"][0]["stamp"])
    paid = (await world.get(listed["url"])).json()
    assert (paid["id"], paid["state"], paid["case"]) == (listed["id"], "paid", case["id"])
    assert paid["reference"] == opened.json()["checkout"]["fields"]["oid"]
    assert datetime.fromisoformat(paid["paid_at"]).tzinfo is not None
    assert (await world.get(f"/v1/cases/{case['id']}/payments")).json()["data"] == [paid]
    problem(await world.get(f"/v1/cases/{case['id']}/payments/pay_nothing"), 404, "payment_not_found")
    stranger = await world.citizen("CD567890")
    problem(await world.get(listed["url"], stranger), 404, "case_not_found")


async def test_payer_comes_back_to_the_client_by_get(world: World) -> None:
    case = await world.order("watiqa.birth-extract")
    back = "http://127.0.0.1:9000/back?a=1"
    opened = (await world.post(f"/v1/cases/{case['id']}/actions/pay", {"return_url": back})).json()["checkout"]
    assert opened["fields"]["okUrl"] == opened["fields"]["failUrl"]
    ours = opened["fields"]["okUrl"]
    assert ours.startswith(f"{world.url}/callbacks/etimbre/return/")
    for answer in (await world.web.post(ours, data={"Response": "Approved", "oid": "x"}), await world.web.get(ours)):
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"{back}&case={case['id']}&payment={opened['payment']}"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert (await world.get(f"/v1/cases/{case['id']}")).json()["payments"][0]["state"] == "due"
    for none in (f"{ours}x", ours.rpartition("/")[0]):
        page = await world.web.post(none, data={"Response": "Approved"})
        assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")


async def test_withdrawal_is_an_action_like_the_others(world: World) -> None:
    case = await world.order("echo.note", behave="never")
    (action,) = [each for each in case["actions"] if each["type"] == "withdraw"]
    assert (action["url"], action["optional"]) == (f"/v1/cases/{case['id']}/actions/withdraw", True)
    assert action["title"] == "Withdraw the request"
    withdrawn = await world.post(action["url"], {})
    assert (withdrawn.status_code, withdrawn.json()["actions"]) == (200, [])
    assert (await world.ended(case["id"]))["status"] == "withdrawn"


async def test_withdrawal_by_its_old_path_still_works(world: World) -> None:
    case = await world.order("echo.note", behave="never")
    assert (await world.post(f"/v1/cases/{case['id']}/withdraw", None)).status_code == 200
    assert (await world.ended(case["id"]))["reason"] == "withdrawn_by_person"
    paths = description()["paths"]
    assert paths["/v1/cases/{case_id}/withdraw"]["post"]["deprecated"] is True
    assert not paths["/v1/cases/{case_id}/actions/withdraw"]["post"].get("deprecated")


async def test_posts_name_services_as_the_catalogue_does(world: World) -> None:
    catalogue = {each["id"] for each in (await world.get("/v1/services")).json()["data"]}
    named: set[str] = set()
    for post in (await world.get("/v1/posts")).json()["data"]:
        named |= set(post["services"])
    assert named <= catalogue
    assert {"rendezvous.cnie", "passeport.renewal-adult"} <= named


@pytest.mark.parametrize("wrong", ["portal=nobody", "category=nothing", "audience=nobody"])
async def test_filter_that_names_nothing_is_refused(world: World, wrong: str) -> None:
    body = problem(await world.get(f"/v1/services?{wrong}"), 400, "invalid_request")
    (error,) = body["errors"]
    assert error["pointer"] == f"/?{wrong.partition('=')[0]}"
    assert len(error["allowed"]) > 2
    assert list(against(body, "")) == []


async def test_slot_that_is_none_is_not_called_taken(world: World) -> None:
    case_id = await filed_and_asked(world)
    lyon, tangier = (await free(world, "lyon"))[0]["id"], (await free(world, "tanger"))[0]["id"]
    elsewhere = (await world.get("/v1/slots?service=rendezvous.cnie&post=lyon")).json()["data"][0]["id"]
    path = f"/v1/cases/{case_id}/actions/choose_slot"
    for nonsense in ("x", "slot_", lyon[:-1], f"{lyon}A", lyon.replace("slot_", ""), "slot_" + "é" * 20, elsewhere):
        body = problem(await world.post(path, {"slot": nonsense}), 422, "slot_invalid")
        assert body["errors"][0]["pointer"] == "/slot", nonsense
    assert [each["type"] for each in to_do((await world.get(f"/v1/cases/{case_id}")).json())] == ["choose_slot"]
    booked = await world.post(path, {"slot": tangier})  # the form names no post: any will do
    assert (booked.status_code, booked.json()["appointment"]["post"]) == (200, "tanger")


@pytest.mark.parametrize("path", ["/v1/services", "/v1/services/echo.note", "/v1/indicators"])
async def test_token_that_is_no_good_is_never_nobody(world: World, path: str) -> None:
    forge = Forge.of(world)
    problem(await world.get(path, forge.token(exp=1)), 401, "token_expired")
    problem(await world.get(path, "broken"), 401, "token_malformed")
    assert (await world.web.get(world.url + path)).status_code == 200
    assert (await world.get(path)).status_code == 200


async def test_amounts_are_written_as_their_language_does(world: World) -> None:
    case = await world.order("watiqa.birth-extract", copies=2)
    for language, text in (("en", "MAD 40.00"), ("fr", "40,00 MAD")):
        read = (await world.get(f"/v1/cases/{case['id']}", Accept_Language=language)).json()
        assert read["payments"][0]["amount"]["text"].replace("\N{NO-BREAK SPACE}", " ") == text


async def test_contact_is_asked_for_in_one_place(world: World) -> None:
    """In the form: the request has none of its own, and the card page gets the form's address."""
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    example["contact"] = {"email": "elsewhere@example.org", "phone": "+33612345678"}
    body = {"service": "watiqa.birth-extract", "form": await world.with_files("watiqa.birth-extract", example)}
    refused = problem(await world.post("/v1/cases", {**body, "contact": example["contact"]}), 400, "invalid_request")
    assert refused["errors"][0]["pointer"] == "/contact"
    filed = await world.post("/v1/cases", body)
    assert (await world.checkout(filed.json()["id"]))["fields"]["email"] == "elsewhere@example.org"
