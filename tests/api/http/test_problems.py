from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from litestar import Litestar, Request, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.testing import TestClient

from gateway.api.http.codes import CODES
from gateway.api.http.problems import FieldError, Problem, from_http, from_portal_error, render, respond
from gateway.connectors.contract import PortalError, Refused, ServerFailed, Unavailable, Unknown
from gateway.i18n.messages import Messages

MESSAGES = Messages.load(("ar", "fr", "en"), "fr")
CALL = "call_01k00000000000000000000000"


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    size: int = 0


@pytest.fixture
def client() -> Any:
    @get("/things/{number:int}")
    async def read(number: FromPath[int], limit: FromQuery[int] = 1) -> dict[str, int]:
        return {"number": number}

    @post("/things")
    async def create(data: JSONBody[Thing]) -> Thing:
        return data

    @get("/refused")
    async def refused() -> None:
        raise Problem("form_invalid", errors=[FieldError("/form/cnie", "required")])

    def answer(request: Request[Any, Any, Any], error: Exception) -> Any:
        problem = error if isinstance(error, Problem) else from_http(error)  # type: ignore[arg-type]
        language = request.headers.get("accept-language", "fr")
        return respond(problem, language, CALL, MESSAGES)

    app = Litestar(
        [read, create, refused],
        exception_handlers={Problem: answer, HTTPException: answer},
        request_max_body_size=1000,
        openapi_config=None,
    )
    with TestClient(app) as client:
        yield client


def body_of(problem: Problem, language: str = "en") -> dict[str, Any]:
    start, body = render(problem, language, CALL, MESSAGES)
    assert start["status"] == problem.status
    return json.loads(body["body"])


def headers_of(problem: Problem) -> dict[str, str]:
    start, _ = render(problem, "en", CALL, MESSAGES)
    return {name.decode(): value.decode() for name, value in start["headers"]}


def test_an_error_is_a_problem_document_in_the_callers_language(client: Any) -> None:
    answer = client.get("/refused", headers={"accept-language": "ar"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ar"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["title"] == "الاستمارة غير مكتملة أو غير صحيحة"
    (error,) = body["errors"]
    assert error == {
        "pointer": "/form/cnie", "code": "required", "detail": "هذه الخانة ضرورية.", "allowed": [], "limit": None,
    }  # fmt: skip


def test_every_error_carries_what_a_client_needs_to_decide() -> None:
    for code, kind in CODES.items():
        body = body_of(Problem(code))
        assert body["type"] == f"/problems/{code}"
        assert (body["status"], body["code"], body["origin"]) == (kind.status, code, kind.origin)
        assert body["retry_safe"] is kind.retry_safe
        assert body["title"]
        assert body["detail"]
        assert body["remedy"]
        assert body["call_id"] == CALL


def test_what_is_not_said_is_null() -> None:
    body = body_of(Problem("not_found"))
    assert [body[name] for name in ("portal", "portal_message", "retry_after", "quota")] == [None] * 4
    assert body["errors"] == []


def test_whatever_is_the_callers_own_mistake_is_not_worth_repeating_unchanged() -> None:
    later = ("idempotency_in_progress", "request_timeout")
    for code, kind in CODES.items():
        if kind.origin == "client" and kind.status != 429 and code not in later:
            assert not kind.retry_safe, code


def test_an_unknown_outcome_must_not_be_repeated() -> None:
    body = body_of(from_portal_error(Unknown(), "watiqa"))
    assert (body["status"], body["code"], body["retry_safe"]) == (502, "outcome_unknown", False)


def test_retry_after_is_whole_seconds_in_header_and_body() -> None:
    problem = Problem("overloaded", retry_after=0.2)
    assert headers_of(problem)["retry-after"] == "1"
    assert body_of(problem)["retry_after"] == 1


def test_a_challenge_passes_through() -> None:
    problem = Problem("token_expired", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    assert headers_of(problem)["www-authenticate"] == 'Bearer error="invalid_token"'


def test_what_is_refused_at_the_edge_has_the_same_form() -> None:
    headers = headers_of(Problem("overloaded"))
    assert headers["content-type"] == "application/problem+json"
    assert headers["content-language"] == "en"


def test_a_refusal_is_final_and_brings_the_portals_own_words_to_the_person() -> None:
    error = Refused("act_not_found", "Acte introuvable au registre", fields={"/act/number": "act_not_found"})
    body = body_of(from_portal_error(error, "watiqa"))
    assert (body["status"], body["origin"], body["portal"]) == (422, "portal", "watiqa")
    assert body["code"] == "act_not_found"
    assert body["retry_safe"] is False
    assert body["detail"] == "The register of this office has no record with this number and year."
    assert body["portal_message"] == "Acte introuvable au registre"
    assert body["errors"][0]["pointer"] == "/form/act/number"
    assert body["errors"][0]["detail"].startswith("The register of this office")


def test_a_refusal_that_nobody_foresaw_still_gets_a_decent_answer() -> None:
    body = body_of(from_portal_error(Refused("moon_in_wrong_phase", fields={"/x": "bad_moon"}), "watiqa"), "fr")
    assert (body["status"], body["code"], body["title"]) == (422, "portal_refused", "Refus du portail")
    assert body["detail"] == "Le portail n'a pas accepté la demande."
    (error,) = body["errors"]
    assert (error["pointer"], error["code"]) == ("/form/x", "bad_moon")
    assert error["detail"] == "Cette réponse ne convient pas."


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable(), 503, "portal_unavailable"),
        (Unavailable("portal_timeout"), 504, "portal_timeout"),
        (Unavailable("portal_answer_unexpected"), 502, "portal_answer_unexpected"),
        (Unavailable("word_of_a_connector"), 503, "portal_unavailable"),
        (ServerFailed("portal_failed"), 502, "portal_failed"),
        (Refused("tracking_number_invalid"), 400, "tracking_number_invalid"),
        (Refused("not_found_at_portal"), 404, "not_found_at_portal"),
        (Refused("too_late"), 409, "too_late"),
        (Unknown("portal_answer_unexpected"), 502, "outcome_unknown"),
        (PortalError("odd"), 502, "outcome_unknown"),
    ],
)
def test_what_a_connector_raises_becomes_a_status(error: PortalError, status: int, code: str) -> None:
    body = body_of(from_portal_error(error, "barid"))
    assert (body["status"], body["code"], body["portal"]) == (status, code, "barid")


def test_a_portal_that_is_down_says_when_to_come_back() -> None:
    problem = from_portal_error(Unavailable(retry_after=12.5), "barid")
    assert headers_of(problem)["retry-after"] == "13"
    assert body_of(problem)["retry_safe"] is True


def test_the_words_of_a_portal_that_is_down_are_not_passed_on() -> None:
    assert body_of(from_portal_error(Unavailable("portal_failed", "stack trace"), "barid"))["portal_message"] is None


def test_the_exception_itself_says_no_more_than_its_code() -> None:
    problem = from_portal_error(Refused("act_not_found", "Amina El Fassi AB123456"), "watiqa")
    assert str(problem) == repr(problem.args[0]).strip("'") == "act_not_found"


def test_an_address_that_does_not_exist(client: Any) -> None:
    body = client.get("/nowhere").json()
    assert (body["status"], body["code"]) == (404, "not_found")
    assert "nowhere" not in str(body)  # what was asked for may be personal: it is not repeated


def test_a_method_that_is_not_there_names_those_that_are(client: Any) -> None:
    answer = client.delete("/things/1")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_a_body_that_is_not_json(client: Any) -> None:
    answer = client.post("/things", content=b'{"name": ', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_a_body_that_is_too_large(client: Any) -> None:
    answer = client.post("/things", json={"name": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"size": 1}, "/name", "required"),
        ({"name": "a", "AB123456": 1}, "/AB123456", "additionalProperties"),
        ({"name": "a", "size": "AB123456"}, "/size", "type"),
    ],
)
def test_a_body_of_the_wrong_shape_names_the_place(client: Any, body: object, pointer: str, code: str) -> None:
    answer = client.post("/things", json=body, headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]
    assert answer.json()["errors"][0]["detail"]


def test_a_wrong_value_is_not_repeated(client: Any) -> None:
    answer = client.post("/things", json={"name": "a", "size": "Amina AB123456"})
    assert "Amina" not in answer.text


def test_a_wrong_parameter_is_named(client: Any) -> None:
    body = client.get("/things/1?limit=many").json()
    assert [each["pointer"] for each in body["errors"]] == ["/?limit"]
