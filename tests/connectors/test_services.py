from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.connectors.contract import Address, Money
from gateway.connectors.manifest import ManifestError
from gateway.connectors.services import read_services
from gateway.testing.scaffold import create_plugin

with TemporaryDirectory() as made:
    GOOD = (create_plugin("skeleton", Path(made)) / "services.toml").read_text()
ADDRESS = {
    "name": "A",
    "lines": ["1 rue"],
    "city": "Lyon",
    "postcode": "69001",
    "country": "FR",
    "phone": "+33600000000",
}
RICH = (
    GOOD
    + """
[request.fee]
portal = "etimbre"
unit_amount = 2000
per = "/copies"

[request.delivery]
portal = "barid"
method = "/delivery/method"
address = "/delivery/address"
sender = "An office"
content = "A document"

[request.form.properties.copies]
type = "integer"
minimum = 1
default = 1
x-title = { ar = "عدد", fr = "Copies", en = "Copies" }
x-help = { ar = "كم", fr = "Combien", en = "How many" }

[request.form.properties.delivery]
type = "object"
additionalProperties = false
x-title = { ar = "تسليم", fr = "Remise", en = "Delivery" }

[request.form.properties.delivery.properties.method]
enum = ["post", "pickup"]
x-title = { ar = "طريقة", fr = "Mode", en = "Method" }

[request.form.properties.delivery.properties.address]
"$ref" = "#/$defs/address"
x-title = { ar = "عنوان", fr = "Adresse", en = "Address" }

[request.form."$defs".address]
type = "object"
additionalProperties = false
"""
    + "\n".join(
        f'[request.form."$defs".address.properties.{name}]\nx-title = {{ ar = "-", fr = "{name}", en = "{name}" }}'
        for name in ADDRESS
    )
)


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "services.toml"
        path.write_text(text)
        return read_services(path, "skeleton")

    return read_text


@pytest.fixture
def rich(read):
    return read(RICH)["skeleton.request"]


def test_a_service_has_its_texts_and_rules(rich):
    assert (rich.id, rich.plugin, rich.acr, rich.deadline_days) == ("skeleton.request", "skeleton", "low", 60)
    assert rich.text("title", "en") == "Request"
    assert rich.text("title", "de") == rich.text("title", "fr") == "Demande"
    assert rich.example == {"subject": "A question"}


def test_a_service_without_rules_is_free_and_ships_nothing(read):
    service = read(GOOD)["skeleton.request"]

    assert service.fee_for({"subject": "x"}) is None
    assert not service.ships({"subject": "x"})


def test_the_fee_is_the_unit_times_the_number_in_the_form(rich):
    assert rich.fee_for({"copies": 3}) == Money(amount=6000)
    assert rich.fee_for({}) == Money(amount=2000)


def test_a_fee_of_nothing_is_no_fee(rich):
    assert rich.fee_for({"copies": 0}) is None


def test_a_flat_fee_looks_at_no_form(read):
    service = read(RICH.replace('per = "/copies"\n', ""))["skeleton.request"]

    assert service.fee_for({"copies": 3}) == Money(amount=2000)


def test_only_a_form_that_says_post_ships(rich):
    assert rich.ships({"delivery": {"method": "post"}})
    assert not rich.ships({"delivery": {"method": "pickup"}})
    assert not rich.ships({})


def test_delivery_without_a_choice_always_ships(read):
    service = read(RICH.replace('method = "/delivery/method"\n', ""))["skeleton.request"]

    assert service.ships({})


def test_the_post_is_what_the_form_names_where_the_entry_says(read):
    plain = read(GOOD)["skeleton.request"]
    named = read(GOOD.replace("version = 1\n", 'version = 1\npost = "/subject"\n', 1))["skeleton.request"]

    assert (plain.post_in({"subject": "lyon"}), named.post_in({"subject": "lyon"}), named.post_in({})) == (
        "",
        "lyon",
        "",
    )


def test_the_parcel_goes_to_the_address_of_the_form(rich):
    assert rich.destination({"delivery": {"address": ADDRESS}}) == Address(**ADDRESS)
    with pytest.raises(KeyError, match="/delivery/address"):
        rich.destination({"delivery": {"method": "post"}})


@pytest.mark.parametrize(("language", "title"), [("ar", "عدد"), ("fr", "Copies"), ("en", "Copies"), ("de", "Copies")])
def test_a_form_speaks_one_language(rich, language, title):
    form = rich.localised_form(language)

    assert form["properties"]["copies"]["title"] == title
    assert form["properties"]["copies"]["description"]
    assert form["$defs"]["address"]["properties"]["city"]["title"]
    assert "x-title" not in json.dumps(form)


def test_a_localised_form_is_made_once_and_leaves_the_original_alone(rich):
    assert rich.localised_form("ar") is rich.localised_form("ar")
    assert rich.form["properties"]["copies"]["x-title"]["en"] == "Copies"


PROPERTY = "[request.form.properties.subject]\n"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (' fr = "Toute personne.",', "", "request.who.fr"),
        ('acr = "low"', 'acr = "medium"', "request.acr"),
        ('acr = "low"', 'acr = "low"\npost = "/nowhere"', "request.post"),
        ("deadline_days = 60", "deadline_days = 0", "request.deadline_days"),
        ("version = 1", "version = 1\nversoin = 2", "request"),
        ('type = "string"', 'type = "strng"', "request.form.properties.subject.type"),
        (PROPERTY, f'{PROPERTY}pattern = "("\n', "request.form.properties.subject.pattern"),
        ("additionalProperties = false\nrequired", "required", "request.form"),
        ("additionalProperties = false\nx-title", "x-title", "request.form/delivery"),
        (
            'type = "object"\nadditionalProperties = false\nrequired',
            "additionalProperties = false\nrequired",
            "request.form",
        ),
        ('en = "Subject"', 'es = "Subject"', "request.form/subject.x-title.en"),
        ('en = "How many"', 'es = "How many"', "request.form/copies.x-help.en"),
        ('per = "/copies"', 'per = "/copeis"', "request.fee.per"),
        ('per = "/copies"', 'per = "/subject"', "request.fee.per"),
        ("minimum = 1\n", "", "request.fee.per"),
        ('per = "/copies"', 'per = "copies"', "request.fee.per"),
        ("unit_amount = 2000", "unit_amount = -1", "request.fee.unit_amount"),
        ("unit_amount = 2000", "unit_amount = 20.5", "request.fee.unit_amount"),
        ("unit_amount = 2000", 'unit_amount = 2000\nused = "never"', "request.fee.used"),
        ('method = "/delivery/method"', 'method = "/delivery/way"', "request.delivery.method"),
        ('["post", "pickup"]', '["mail", "pickup"]', "request.delivery.method"),
        ('address = "/delivery/address"', 'address = "/delivery"', "request.delivery.address"),
        ('subject = "A question"', 'subject = ""', "request.example.subject"),
        ('subject = "A question"', "other = 1", "request.example"),
        ("minLength = 1\n", 'format = "attachment"\n', "request.example.subject"),
    ],
)
def test_an_error_names_the_service_and_the_key(read, old, new, key):
    assert old in RICH

    with pytest.raises(ManifestError) as raised:
        read(RICH.replace(old, new))

    assert raised.value.key == key
    assert str(raised.value).startswith("services.toml: request")
