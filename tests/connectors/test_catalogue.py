from __future__ import annotations

import pytest

from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Filing, Paying

FEE = '\n[request.fee]\nportal = "till"\nunit_amount = 100\n'


@pytest.fixture
def catalogue(workshop):
    workshop.make("alpha")
    workshop.make("costly", {"services.toml": lambda text: text + FEE})
    workshop.make("broken", {"__init__.py": "raise RuntimeError('no')"})
    return Catalogue(workshop.load("alpha", "costly", "broken"), state=lambda id: {"alpha": "degraded"}.get(id, "up"))


def test_services_of_broken_plugins_are_listed_with_the_reason(catalogue):
    assert {service.id for service in catalogue.services()} == {"alpha.request", "costly.request", "broken.request"}
    assert catalogue.blocked_by("alpha.request") is None
    blocked = catalogue.blocked_by("broken.request")
    assert (blocked.stage, blocked.reason) == ("import", "RuntimeError: no")


def test_a_service_whose_fee_nobody_takes_is_blocked_too(catalogue):
    blocked = catalogue.blocked_by("costly.request")

    assert blocked.id == "till"
    assert blocked.remedy == "name it in plugins.added"


def test_a_service_that_nobody_has_is_none(catalogue):
    assert catalogue.service("nothing.at-all") is None
    assert catalogue.blocked_by("nothing.at-all") is None


def test_portals_are_found_by_what_they_can_do(catalogue):
    assert catalogue.able(Filing) == ["alpha", "costly"]
    assert catalogue.able(Paying) == []


def test_the_portal_list_has_capabilities_and_live_state(catalogue):
    listed = {view.id: view for view in catalogue.portals()}

    assert {id: view.state for id, view in listed.items()} == {
        "alpha": "degraded",
        "costly": "up",
        "broken": "quarantined",
    }
    assert listed["alpha"].capabilities == ("filing",)
    assert listed["alpha"].services == ("alpha.request",)
    assert listed["broken"].reason == "RuntimeError: no"
    assert catalogue.state("broken") == "quarantined"


def test_a_plugin_can_be_taken_out_after_loading_and_keeps_its_services(catalogue):
    catalogue.registry.quarantine("alpha", stage="secrets", reason="api_key is missing", remedy="set it")

    assert catalogue.state("alpha") == "quarantined"
    assert catalogue.service("alpha.request") is not None
    assert catalogue.blocked_by("alpha.request").stage == "secrets"
