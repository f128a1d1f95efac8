from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from gateway.connectors.services import read_services
from plugins.echo.sandbox.routes import BEHAVIOURS, SERVICES

SERVICES_OF_ECHO = read_services(Path(__file__).parent.parent / "services.toml", "echo")
PARCEL = SERVICES_OF_ECHO["echo.parcel"]


def accepts(service, form) -> bool:
    return jsonschema.Draft202012Validator(service.form).is_valid(form)


def test_the_sandbox_knows_every_service_and_no_other():
    assert set(SERVICES_OF_ECHO) == {f"echo.{name}" for name in SERVICES}


def test_all_ask_the_same_first_questions():
    asked = [{k: service.form["properties"][k] for k in ("text", "behave")} for service in SERVICES_OF_ECHO.values()]
    assert all(each == asked[0] for each in asked)
    assert set(asked[0]["behave"]["enum"]) == {*BEHAVIOURS, "refuse"} == set(asked[0]["behave"]["x-enum-titles"])


@pytest.mark.parametrize("service", SERVICES_OF_ECHO.values(), ids=lambda service: service.id)
def test_each_service_has_an_example_that_is_valid_and_refuses_a_misspelt_field(service):
    assert service.example
    assert accepts(service, service.example)
    assert not accepts(service, {**service.example, "txet": "x"})
    assert not accepts(service, {**service.example, "behave": "explode"})


def test_the_stamped_note_and_the_visit_cost_something():
    fees = {id: service.fee_for(service.example) for id, service in SERVICES_OF_ECHO.items()}
    assert {id: fee.amount for id, fee in fees.items() if fee} == {"echo.stamped": 1000, "echo.visit": 5000}


def test_an_address_is_asked_for_the_post_and_not_for_the_counter():
    assert PARCEL.ships(PARCEL.example)
    assert PARCEL.destination(PARCEL.example).city == "Lyon"
    at_the_counter = {"text": "x", "delivery": {"method": "pickup"}}
    assert accepts(PARCEL, at_the_counter)
    assert not PARCEL.ships(at_the_counter)
    assert not accepts(PARCEL, {"text": "x", "delivery": {"method": "post"}})
    at_home = {**PARCEL.example["delivery"]["address"], "country": "MA"}
    del at_home["postcode"]
    assert not accepts(PARCEL, {"text": "x", "delivery": {"method": "post", "address": at_home}})
