from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.route_rules import PUBLIC, Agents, RouteRule, require_rules, rule_of
from gateway.app import assemble
from gateway.settings import load

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def handlers(app: Litestar) -> list[BaseRouteHandler]:
    return [each for route in app.routes for each in getattr(route, "route_handlers", ())]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    return assemble(load(None, state_dir=tmp_path_factory.mktemp("state")), journeys=False).routes()


def test_each_route_of_the_gateway_has_a_rule(routes: Litestar) -> None:
    without = {each.handler_name for each in handlers(routes) if "rule" not in each.opt}
    assert without == {"options_handler", "_handler", "handle_schema_path_not_found"}  # Litestar's own
    assert len({rule_of(each).operation for each in handlers(routes)} - without) > 40


def test_the_page_of_routes_is_what_the_code_says(routes: Litestar) -> None:
    page = runpy.run_path(str(REFERENCE / "routes.py"))["page"](routes)
    assert (REFERENCE / "routes.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_route_without_a_rule_stops_the_start() -> None:
    @get("/open")
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match=r"forgotten has no `rule=RouteRule"):
        require_rules(Litestar([forgotten]))


@pytest.mark.parametrize("given", [{"scope": "cases:read"}, None, "public"])
def test_rule_of_another_type_stops_the_start(given: Any) -> None:
    @get("/open", rule=given)
    async def mistaken() -> None: ...

    with pytest.raises(ValueError, match="mistaken"):
        require_rules(Litestar([mistaken]))


def test_framework_routes_are_public_under_their_own_name() -> None:
    @get("/ours", rule=RouteRule(scope="operate", operation="ours"))
    async def ours() -> None: ...

    app = Litestar([ours], openapi_config=None)
    require_rules(app)
    rules = {each.handler_name: rule_of(each) for each in handlers(app)}
    assert rules["options_handler"] == RouteRule(scope=PUBLIC, operation="options_handler", rate="free")
    assert rules["ours"].scopes == ("operate",)


def test_rule_is_closed_to_agents_unless_it_opens() -> None:
    rule = RouteRule(scope=("cases:read", "audit:list"), operation="ours")
    assert rule.agents is Agents.REFUSED
    assert rule.scopes == ("cases:read", "audit:list")
