"""Each action that is offered is possible: what a portal may ask for, tried with each of its services.

What it may ask is what its recorded exchanges have it ask, and for Echo what its sandbox can be told to ask.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.cases import required_actions
from gateway.cases.actions import expect
from gateway.cases.model import Case
from gateway.cases.state import Action, ActionType
from gateway.connectors import loader
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Booking, CaseStatus, Filing, Paying, Progress, RequiredAction
from gateway.connectors.contract_checks import implements
from gateway.connectors.services import Service
from gateway.settings import load
from plugins.echo.sandbox.routes import REQUIRED_ACTIONS

from .states import state_of

PLUGINS = Path(__file__).parents[2] / "plugins"
NAMES = sorted(path.parent.name for path in PLUGINS.glob("*/plugin.toml"))


FREE = {("rokhas", "repair-permit"), ("rokhas", "occupancy-certificate")}
"""Cost nothing, not even on the decision (README of rokhas)."""


def _asked_by(portal: str) -> dict[str, RequiredAction]:
    """By code."""
    found: dict[str, RequiredAction] = {}
    for path in (PLUGINS / portal / "exchanges").glob("*.json"):
        result = json.loads(path.read_text(encoding="utf-8")).get("result")
        if not isinstance(result, dict):
            continue
        asked = result.get("ask") or (result.get("progress") or {}).get("ask")
        if asked and "code" in asked:
            found[asked["code"]] = msgspec.convert({**asked, "until": None}, RequiredAction)
    for wanted in REQUIRED_ACTIONS.values() if portal == "echo" else ():
        amount = {"amount": {"amount": wanted["amount"]}} if "amount" in wanted else {}
        found[wanted["code"]] = msgspec.convert({**wanted, **amount}, RequiredAction)
    return found


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    settings = load(state_dir=tmp_path_factory.mktemp("offered"), plugins={"enabled": NAMES})
    return Catalogue(loader.load(settings))


SERVICES = [
    (name, service)
    for name in NAMES
    for service in re.findall(
        r"^\[([a-z-]+)\]\nversion", (PLUGINS / name / "services.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
]


def _open(service: Service, asked: RequiredAction) -> Case:
    moment = datetime.now(UTC)
    case = Case(
        id="case_1", client="c", subject="s", service=service.id, status=CaseStatus.IN_PROGRESS, version=1,
        language="fr", created_at=moment, updated_at=moment, deadline_on=None, due_at=moment,
        state=state_of(portal=service.plugin, reference="R-1"),
    )  # fmt: skip
    status = CaseStatus.IN_PROGRESS if asked.optional else CaseStatus.ACTION_REQUIRED
    progress = Progress(reference="R-1", status=status, portal_status="x", ask=asked)
    required_actions.take(case, service, progress, 3600.0)
    return case


def _possible(catalogue: Catalogue, service: Service, action: Action) -> bool:
    def able(portal: str, capability: type) -> bool:
        return portal in catalogue.able(capability)

    if action.type is ActionType.PAY and not able(required_actions.payer(service), Paying):
        return False
    if action.type is ActionType.CHOOSE_SLOT:
        rule = service.appointment
        if not able(rule.portal if rule is not None else service.plugin, Booking):
            return False
    return implements(catalogue.registry.connectors[service.plugin].connector_class, Filing.act)


@pytest.mark.parametrize(("portal", "name"), SERVICES, ids=lambda each: each)
def test_what_a_portal_asks_can_be_done(catalogue: Catalogue, portal: str, name: str) -> None:
    service = catalogue.service(f"{portal}.{name}")
    assert service is not None
    for asked in _asked_by(portal).values():
        if asked.type == "pay" and (portal, name) in FREE:
            continue
        opened: Any = expect(_open(service, asked), ActionType(asked.type))
        assert (opened.code, _possible(catalogue, service, opened)) == (asked.code, True), asked


def test_every_service_is_tried() -> None:
    assert len(SERVICES) >= 39
    assert {name for name in NAMES if _asked_by(name)} >= {"alhalalmadania", "chikaya", "echo", "rendezvous", "rokhas"}
