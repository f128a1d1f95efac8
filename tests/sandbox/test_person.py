"""The sandbox's person at a gateway: whatever a portal may ask, she answers, and what is refused is told by place."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import httpx
import pytest

from gateway.connectors.contract import RequiredAction
from gateway.sandbox.person import Person, Stuck, body_of, upload
from gateway.sandbox.sample_files import sample_file

KINDS = get_args(get_type_hints(RequiredAction)["type"])
CARD_PAGE = '<form action="/pay"><input name="pan"></form>'


class Gateway:
    """One case that asks for anything. `sent`: what the person answered, by the action."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self.sent: dict[str, Any] = {}
        self.files: list[bytes] = []
        self._taken = taken

    def __call__(self, request: httpx.Request) -> httpx.Response:
        where, action = request.url.path, request.url.path.rpartition("/")[2]
        if where == "/v1/attachments":
            self.files.append(request.read())
            return httpx.Response(201, json={"id": f"att_{len(self.files)}"})
        if where == "/v1/posts":
            posts = [{"id": each, "name": each, "portal": "p", "slots_url": f"/v1/slots?post={each}"} for each in "ab"]
            return httpx.Response(200, json={"data": posts})
        if where == "/v1/slots":
            ids = [f"{request.url.params['post']}{number}" for number in (1, 2)]
            slots = [{"id": each, "starts_at": "2026-12-01T09:00:00+01:00"} for each in ids]
            return httpx.Response(200, json={"data": slots})
        if where == "/page":
            return httpx.Response(200, text=CARD_PAGE)
        if where == "/pay":
            self.sent["card"] = request.read().decode()
            return httpx.Response(200)
        body = json.loads(request.read())
        if body.get("slot") in self._taken:
            return httpx.Response(409, json={"code": "slot_taken", "detail": "Taken."})
        self.sent[action] = body
        checkout = {"method": "GET", "url": "http://127.0.0.1/page", "fields": {}, "payment": "pay_1"}
        due = {"id": "pay_1", "portal": "p", "amount": {"text": "MAD 20.00"}}
        return httpx.Response(200, json={"checkout": checkout, "payments": [due]})


async def answered(gateway: Gateway, action: dict[str, Any], **wishes: Any) -> dict[str, Any]:
    transport = httpx.MockTransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
        asked = {"options": [], "posts_url": "/v1/posts", "slots_url": None} | action
        await Person("case_1", web, web, **wishes).answer(asked)
    return gateway.sent


@pytest.mark.parametrize("kind", KINDS)
async def test_each_action_of_the_contract_is_answered(kind: str) -> None:
    """With what the API takes: none is sent the answer of another."""
    wanted = {
        "pay": {},
        "choose_slot": {"slot": "a1"},
        "provide_document": {"attachments": ["att_1", "att_2"]},
        "confirm": {"choice": "x"},
        "rate": {"choice": "x"},
        "appeal": {"choice": "x", "text": "I do not agree."},
    }
    sent = await answered(Gateway(), {"type": kind, "options": ["x", "y"]})
    assert sent[kind] == wanted[kind]
    assert ("card" in sent) is (kind == "pay")


async def test_each_document_that_is_asked_for_gets_a_sample() -> None:
    gateway = Gateway()
    await answered(gateway, {"type": "provide_document", "options": ["photo", "other"]})
    assert len(gateway.files) == 2
    assert all(sample_file().content in each for each in gateway.files)


async def test_slot_that_somebody_else_took_is_passed_over() -> None:
    sent = await answered(Gateway(taken=("b1",)), {"type": "choose_slot"}, post="b")
    assert sent["choose_slot"] == {"slot": "b2"}


async def test_what_the_person_says_goes_first() -> None:
    said = {"confirm": {"choice": "y"}}
    assert await answered(Gateway(), {"type": "confirm", "options": ["x", "y"]}, answers=said) == said


async def test_refused_upload_is_told_with_its_code() -> None:
    problem = {"code": "attachment_type_refused", "detail": "This kind of file is not taken."}
    transport = httpx.MockTransport(lambda _: httpx.Response(415, json=problem))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as api:
        with pytest.raises(Stuck, match=r"POST /v1/attachments: attachment_type_refused: This kind of file") as stuck:
            await upload(api, sample_file())
    assert stuck.value.status == 415


def test_refused_form_is_told_place_by_place() -> None:
    errors = [{"pointer": "/form/copy", "code": "attachment_unknown", "detail": "There is no such file."}]
    problem = {"code": "form_invalid", "detail": "The form is not filled in correctly.", "errors": errors}
    request = httpx.Request("POST", "http://127.0.0.1/v1/cases")
    with pytest.raises(Stuck) as stuck:
        body_of(httpx.Response(400, json=problem, request=request))
    assert str(stuck.value).splitlines() == [
        "POST /v1/cases: form_invalid: The form is not filled in correctly.",
        "  /form/copy: attachment_unknown: There is no such file.",
    ]
