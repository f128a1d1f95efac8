"""A problem names what would have been right."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.connectors.contract import CaseStatus

from .conftest import World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

DATE = "Write an existing date as year-month-day, for example 1988-03-14."
QUERIES = [
    ("/v1/cases?status=done", "/?status", "enum", [each.value for each in CaseStatus], None),
    ("/v1/cases?status=received&status=done", "/?status", "enum", [each.value for each in CaseStatus], None),
    ("/v1/cases?limit=101", "/?limit", "maximum", [], 100),
    ("/v1/cases?limit=0", "/?limit", "minimum", [], 1),
    ("/v1/cases?from=tomorrow", "/?from", "format", [], None),
    (f"/v1/cases?q={'a' * 101}", "/?q", "maxLength", [], 100),
    ("/v1/services?audience=horses", "/?audience", "enum", ["person", "child", "business"], None),
    ("/v1/indicators?group_by=colour", "/?group_by", "enum", ["portal", "post", "quarter", "service"], None),
    ("/audit/records?kind=secret", "/?kind", "enum", ["call", "step", "admin", "access", "refusal"], None),
]


@pytest.mark.parametrize(("path", "pointer", "code", "allowed", "limit"), QUERIES)
async def test_problem_names_what_a_parameter_takes(
    world: World, path: str, pointer: str, code: str, allowed: list[str], limit: int | None
) -> None:
    token = await world.machine("demo-auditor") if path.startswith("/audit") else None
    answer = await world.get(path, token)
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert sorted(error.get("allowed", [])) == sorted(allowed)
    assert error.get("limit") == limit
    told = error["detail"]
    assert all(each in told for each in allowed)
    assert str(limit or "") in told
    assert code != "format" or told == DATE


async def test_problem_names_what_a_form_takes(world: World) -> None:
    form: dict[str, Any] = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    form["registry"]["born_in"] = "moon"
    body = problem(
        await world.post("/v1/cases", {"service": "watiqa.birth-extract", "form": form}), 422, "form_invalid"
    )
    [error] = [each for each in body["errors"] if each["code"] == "enum"]
    assert (error["pointer"], error["allowed"]) == ("/form/registry/born_in", ["morocco", "abroad"])


async def test_problem_names_the_languages(world: World) -> None:
    asked = {"service": "echo.note", "form": {"text": "x"}, "language": "tlh"}
    body = problem(await world.post("/v1/cases", asked), 400, "invalid_request")
    assert [each["allowed"] for each in body["errors"]] == [["ar", "fr", "en"]]
