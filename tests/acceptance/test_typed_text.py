"""Every place where a person types, by the API's description and the forms: docs/reference/typed-text.md.

An override that turns the direction of reading is dropped, a control character refused; neither is ever told or kept.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway import typed_text
from gateway.cases import forms
from gateway.cases.commands import act_on_case
from gateway.cases.files import safe_name

from .conftest import PDF, World
from .shared import IN_ONE_LOOP, shared_world
from .test_messages import codes

pytestmark = IN_ONE_LOOP
world = shared_world()

OVERRIDE, CONTROL = "\u202e", "\x07"

TYPED = {
    "q", "Tracking-Proof", "CaseRequest.form",
    "MandateRequest.purpose", "TakeRequest.code", "AnswerRequest.choice", "AnswerRequest.text",
    "AuditSubjectRequest.national_id", "ChannelRequest.address", "reference", "AttachmentUpload.file",
    "NoteRequest.text", "CheckInRequest.shown", "AddressVerificationRequest.code",
}  # fmt: skip
"""What a person types: each has a test here or, for forms, contact and tracking, in `tests/test_typed_text.py`."""
MACHINES = {
    "CaseRequest.service", "CaseRequest.language", "CaseRequest.related_case", "CaseRequest.card",
    "ReuseRequest.from_case", "ReuseRequest.document", "ReuseRequest.consent",
    "MandateRequest.agent", "MandateRequest.expires_at",
    "MandateRequest.services", "MandateRequest.scope", "PayRequest.return_url", "AnswerRequest.attachments",
    "AnswerRequest.slot", "AuditSubjectRequest.purpose", "HolderKey.kid",
    "CaseRequest.draft", "DraftRequest.service", "DraftRequest.language", "DraftRequest.related_case",
    "DraftUpdateRequest.language", "DraftUpdateRequest.related_case", "WebhookRequest.url",
    "WebhookRequest.event_types", "WebhookRequest.description", "WebhookUpdateRequest.url",
    "WebhookUpdateRequest.event_types", "WebhookUpdateRequest.description",
    "QuietHours.start", "QuietHours.end", "QuietHours.timezone", "PreferencesRequest.language", "TicketRequest.case",
    "CheckInRequest.post", "AddressCodeRequest.channel", "AddressVerificationRequest.channel",
    "HolderKey.x", "HolderKey.y", "HolderKey.kty", "HolderKey.crv", "HolderKey.use", "HolderKey.alg",
}  # fmt: skip
"""What programs fill in from what they were told: found among what there is, or not at all."""


def described(description: dict[str, Any]) -> set[str]:
    """Every string that a request body can hold, as `Shape.member`."""
    schemas, found = description["components"]["schemas"], set()

    def names(schema: Any) -> Iterator[str]:
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for inner in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from names(inner)
        if "items" in schema:
            yield from names(schema["items"])

    def holds_text(schema: Any) -> bool:
        choices = [schema, *(each for kind in ("oneOf", "anyOf", "allOf") for each in schema.get(kind, ()))]
        return any(
            "string" in each.get("type", "") or "enum" in each or ("items" in each and holds_text(each["items"]))
            for each in choices
        )

    def walk(name: str, shown: str = "") -> None:
        for each in schemas[name].get("oneOf", ()):  # the request of each service, with its form
            walk(each["$ref"].rpartition("/")[2], name)
        for member, schema in schemas[name].get("properties", {}).items():
            if holds_text(schema) or (shown and member == "form"):
                found.add(f"{shown or name}.{member}")
            for inner in names(schema):
                if schemas[inner].get("type") == "object" and member != "form":
                    walk(inner)

    for path in description["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name in names(content["schema"]):
                    walk(name)
    return found


async def test_every_text_of_the_api_is_typed_or_a_machines(world: World) -> None:
    """A new member has to be put into one of the two, and if a person types it, under the rule."""
    found = described((await world.get("/schema/openapi.json")).json())
    assert {"MandateRequest.purpose", "AnswerRequest.text", "CaseRequest.related_case"} <= found
    assert found - TYPED - MACHINES == set()


def strings(form: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(form, str):
        yield at
    elif isinstance(form, dict | list):
        for key, inner in form.items() if isinstance(form, dict) else enumerate(form):
            yield from strings(inner, (*at, key))


def put(form: Any, at: tuple[Any, ...], value: str) -> Any:
    changed = copy.deepcopy(form)
    target = changed
    for step in at[:-1]:
        target = target[step]
    target[at[-1]] = value
    return changed


async def test_every_text_of_every_form_is_under_the_rule(world: World) -> None:
    places = 0
    for service in world.gateway.catalogue.services():
        for at in strings(service.example):
            right = service.example
            for step in at:
                right = right[step]
            marked = put(service.example, at, f"{OVERRIDE}{right}")
            assert OVERRIDE not in json.dumps(forms.normalise(marked, service.form), ensure_ascii=False), (
                service.id,
                at,
            )
            refused = forms.check(put(service.example, at, f"{right}{CONTROL}"), service.form, language="en")
            assert "text" in {each.code for each in refused}, (service.id, at)
            places += 1
    assert places > 100


async def refused(world: World, path: str, body: Any, pointer: str) -> None:
    answer = await world.post(path, body)
    assert answer.status_code == 422, answer.text
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, "text")]


async def test_purpose_of_a_mandate_is_under_the_rule(world: World) -> None:
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read"],
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    await refused(world, "/v1/mandates", {**wish, "purpose": f"extrait{CONTROL}"}, "/purpose")
    await refused(world, "/v1/mandates", {**wish, "purpose": f"{OVERRIDE}\u200b"}, "/purpose")
    made = await world.post(
        "/v1/mandates", {**wish, "purpose": f" {OVERRIDE}extrait\u00a0de{OVERRIDE} naissance\u200b"}
    )
    assert (made.status_code, made.json()["purpose"]) == (201, "extrait de naissance")
    code = made.json()["code"]
    arabic = "".join(chr(0x660 + int(each)) if each.isdigit() else each for each in code)
    agent = await world.citizen("nadia", client_id="demo-agent")
    taken = await world.post("/v1/mandates/take", {"code": f"{OVERRIDE}\u200f{arabic}\u200f"}, agent)
    assert taken.status_code == 200, taken.text


async def test_code_of_an_address_may_be_in_other_digits(world: World) -> None:
    stored = {"email": {"consent": True, "address": "typed@example.org"}}
    wanted = await world.web.put(
        f"{world.url}/v1/me/preferences", json=stored, headers=await world._headers(None, {"Idempotency-Key": "wants"})
    )
    assert wanted.status_code == 200, wanted.text
    assert (await world.post("/v1/me/preferences/code", {"channel": "email"})).status_code == 202
    (code,) = await codes(world, "typed@example.org")
    arabic = "".join(chr(0x660 + int(each)) for each in code)
    given = {"channel": "email", "code": f"{OVERRIDE}{arabic[:3]} {arabic[3:]}\u200f"}
    verified = await world.post("/v1/me/preferences/verify", given)
    assert (verified.status_code, verified.json()["email"]["state"]) == (200, "verified")


async def test_answers_to_actions_are_under_the_rule(world: World) -> None:
    case = (await world.order("echo.note", text="x"))["id"]
    await refused(world, f"/v1/cases/{case}/actions/appeal", {"text": f"a{CONTROL}"}, "/text")
    await refused(world, f"/v1/cases/{case}/actions/rate", {"choice": f"5{CONTROL}"}, "/choice")
    assert act_on_case._typed(f"{OVERRIDE}\u0665\u200b", "/choice", typed_text.number) == "5"
    assert act_on_case._typed(f" {OVERRIDE}a\r\nb\u200b", "/text", typed_text.clean) == "a\nb"


@pytest.mark.parametrize("path", ["/v1/services", "/guide"])
async def test_search_words_are_under_the_rule(world: World, path: str) -> None:
    plain = await world.web.get(world.url + path, params={"q": "naissance"})
    marked = await world.web.get(world.url + path, params={"q": f"{OVERRIDE}nais\u200bsance\u00ad"})
    assert marked.status_code == 200
    assert OVERRIDE not in marked.text
    assert "watiqa.birth-extract" in plain.text
    assert "watiqa.birth-extract" in marked.text
    control = await world.web.get(world.url + path, params={"q": f"naissance{CONTROL}"})
    assert control.status_code == (400 if path.startswith("/v1") else 200)
    assert CONTROL not in control.text


async def test_name_of_a_file_is_under_the_rule(world: World) -> None:
    """A device gave it, so nothing is refused; a joiner stays where it spells a word."""
    assert safe_name(f"a{OVERRIDE}fdp{CONTROL}.exe\u200b", "pdf") == "afdp.pdf"
    assert safe_name("می\u200cخواهم.pdf", "pdf") == "می\u200cخواهم.pdf"
    assert safe_name(f"{OVERRIDE}\u200c", "pdf") == "document.pdf"
    headers = await world._headers(None, {"Idempotency-Key": "typed-text-file-1"})
    sent = {"file": (f"scan{OVERRIDE}.pdf", PDF, "application/pdf")}
    stored = await world.web.post(f"{world.url}/v1/attachments", files=sent, headers=headers)
    assert stored.status_code == 201, stored.text


async def test_return_address_with_marks_is_refused(world: World) -> None:
    case = (await world.order())["id"]
    answer = await world.post(
        f"/v1/cases/{case}/actions/pay", {"return_url": f"https://www.mre.example/paid{OVERRIDE}"}
    )
    assert answer.json()["code"] == "return_url_not_allowed"
