"""What is said to go away is told by headers and description, long enough before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from gateway.api.catalogue.routes import ServicesController
from gateway.api.http.deprecation import Deprecation, leaving
from gateway.api.http.route_rules import rule_of
from gateway.api.openapi.document import document
from gateway.app import assemble
from gateway.settings import load
from tests.acceptance.conftest import world_in

GOING = Deprecation(since=date(2027, 1, 1), sunset=date(2028, 1, 1), instead="/v1/offers")


def test_notice_is_long_enough() -> None:
    with pytest.raises(ValueError, match="less than 365 days"):
        Deprecation(since=date(2027, 1, 1), sunset=date(2027, 12, 31))
    with pytest.raises(ValueError, match="less than 365 days"):
        leaving(since=date(2027, 1, 1), sunset=date(2027, 2, 1))


async def test_deprecated_route_says_so_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = ServicesController.list_services
    monkeypatch.setitem(handler.opt, "rule", replace(rule_of(handler), deprecation=GOING))
    async with world_in(tmp_path / "state", "", journeys={"embedded": False}) as world:
        for answer in (await world.get("/v1/services"), await world.get("/v1/services?nonsense=1")):
            assert answer.headers["deprecation"] == "@1798761600"
            assert answer.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
            assert '</docs#operation/listServices>; rel="deprecation"' in answer.headers["link"]
            assert '</v1/offers>; rel="successor-version"' in answer.headers["link"]
        other = await world.get("/v1/services/echo.note")
        assert not {"deprecation", "sunset"} & set(other.headers)
        described = (await world.get("/schema/openapi.json")).json()["paths"]["/v1/services"]["get"]
    assert described["deprecated"] is True
    assert "Deprecated since 2027-01-01; may be gone from 2028-01-01 on. Use `/v1/offers`." in described["description"]
    assert {"Deprecation", "Sunset", "Link"} <= set(described["responses"]["200"]["headers"])


async def test_old_address_of_a_withdrawal_leads_to_the_new_one(tmp_path: Path) -> None:
    async with world_in(tmp_path / "state", "", journeys={"embedded": False}) as world:
        answer = await world.post("/v1/cases/case_x%3E/withdraw", None)
        assert (answer.status_code, answer.headers["sunset"]) == (404, "Sat, 01 Jan 2028 00:00:00 GMT")
        assert '</v1/cases/case_x%3E/actions/withdraw>; rel="successor-version"' in answer.headers["link"]
        described = (await world.get("/schema/openapi.json")).json()["paths"]["/v1/cases/{case_id}/withdraw"]["post"]
    assert described["deprecated"] is True


def test_deprecated_member_is_marked() -> None:
    class Going(msgspec.Struct):
        old: Annotated[str, leaving(since=date(2027, 1, 1), sunset=date(2028, 1, 1), instead="new")]

    schema = msgspec.json.schema(Going)["$defs"]["Going"]["properties"]["old"]
    assert (schema["deprecated"], schema["x-sunset"]) == (True, "2028-01-01")
    assert "Use `new`." in schema["description"]


def test_no_sunset_has_passed(tmp_path: Path) -> None:
    """What it was about must be taken out then, or stay for longer."""
    gateway = assemble(load(None, state_dir=tmp_path), journeys=False)
    app = gateway.routes()
    handlers = [each for route in app.routes for each in getattr(route, "route_handlers", ())]
    assert len(handlers) > 40
    rules = [rule_of(each) for each in handlers]
    ends = [rule.deprecation.sunset for rule in rules if rule.deprecation is not None]
    described = document(app, gateway.settings, gateway.catalogue, gateway.messages)
    ends += [date.fromisoformat(each) for each in _sunsets(msgspec.json.decode(described))]
    passed = [each for each in ends if each <= datetime.now(UTC).date()]
    assert passed == []


def _sunsets(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "x-sunset" in schema:
            yield schema["x-sunset"]
        for each in schema.values():
            yield from _sunsets(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _sunsets(each)
