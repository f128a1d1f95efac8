"""The words of forms: what a plugin may write, what a frontend gets, what the lint asks for."""

from __future__ import annotations

import copy
import json
import re
import runpy
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from gateway.connectors.form_vocabulary import bounds, lint
from gateway.connectors.form_vocabulary.check import AUTHORED, SERVED, check_form, schemas
from gateway.connectors.form_vocabulary.members import UnknownMember, expanded, standard_members
from gateway.connectors.form_vocabulary.shown import Shown
from gateway.connectors.manifest import ManifestError
from gateway.connectors.services import Service, read_services
from gateway.testing.scaffold import create_plugin

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final = ("ar", "fr", "en")
TITLE: Final = {"ar": "عنوان", "fr": "Titre", "en": "Title"}


def services() -> dict[str, Service]:
    found = [read_services(path, path.parent.name) for path in sorted(ROOT.glob("plugins/*/services.toml"))]
    return {service.id: service for each in found for service in each.values()}


SERVICES: Final = services()


def form(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def text(**words: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 80, "x-title": TITLE, **words}


def shown(schema: dict[str, Any], language: str = "en") -> dict[str, Any]:
    return Shown(schema, language, "fr").form()


@pytest.mark.parametrize("language", [*LANGUAGES, "de"])
def test_every_served_form_fits_the_published_schema(language: str) -> None:
    published = jsonschema_rs.validator_for(json.loads(SERVED.read_text()))
    authored = jsonschema_rs.validator_for(json.loads(AUTHORED.read_text()))
    assert len(SERVICES) >= 39
    for service in SERVICES.values():
        assert [each.message for each in published.iter_errors(service.localised_form(language))] == [], service.id
        assert [each.message for each in authored.iter_errors(service.form)] == [], service.id


def test_a_served_form_has_one_language() -> None:
    for service in SERVICES.values():
        written = json.dumps(service.localised_form("ar"))
        assert '"fr":' not in written, service.id


def test_choices_are_in_their_order_and_language() -> None:
    """`10` to `12` sorted before `01` as keys of an object do in a browser."""
    commune = SERVICES["watiqa.birth-extract"].localised_form("fr")["properties"]["registry"]["properties"]
    choices = commune["region"]["x-choices"]
    assert [each["value"] for each in choices] == [f"{number:02}" for number in range(1, 13)]
    assert choices[0]["title"] == "Tanger-Tétouan-Al Hoceïma"
    arabic = SERVICES["watiqa.birth-extract"].localised_form("ar")["properties"]["registry"]["properties"]
    assert arabic["region"]["x-choices"][11]["title"] == "الداخلة - وادي الذهب"


def test_a_choice_says_which_other_one_it_goes_with() -> None:
    about = SERVICES["chikaya.complaint"].localised_form("en")["properties"]["about"]["properties"]
    parcels = next(each for each in about["theme"]["x-choices"] if each["value"] == "parcels")
    assert parcels["show_when"] == {"at": "/about/administration", "values": ["post"]}
    lost = next(each for each in about["sub_theme"]["x-choices"] if each["value"] == "lost-parcel")
    assert lost["show_when"]["at"] == "/about/theme"


def test_what_is_verified_under_a_choice_says_so() -> None:
    person = SERVICES["alhalalmadania.birth-copy"].localised_form("en")["properties"]["person"]["properties"]
    assert person["cnie"]["x-verified-when"] == {"at": "/capacity", "values": ["self"]}
    assert "readOnly" not in person["cnie"]


def test_the_consulate_of_a_passport_is_chosen_from_the_posts() -> None:
    lodging = SERVICES["passeport.renewal-adult"].localised_form("fr")["properties"]["lodging"]["properties"]
    source = lodging["consulate"]["x-source"]
    assert source["url"] == "/v1/posts?service=passeport.renewal-adult"
    assert (source["value"], source["title"], source["filter"]) == ("city", "name", {"country": "/lodging/country"})


def test_parts_of_a_form_hold_each_member_once() -> None:
    for service in SERVICES.values():
        told = service.localised_form("en")
        named = [member for part in told["x-groups"] for member in part["members"]]
        assert sorted(named) == sorted(told["properties"]), service.id
        assert sorted(told["x-order"]) == sorted(told["properties"])


def test_written_parts_replace_those_of_the_order() -> None:
    parts = [{"title": TITLE, "members": ["b", "a"]}]
    told = shown({**form(a=text(), b=text()), "x-groups": parts}, "ar")
    assert told["x-groups"] == [{"title": "عنوان", "members": ["b", "a"]}]
    loose = shown(form(a=text(), b={**form(c=text()), "x-title": TITLE}))
    assert [each["members"] for each in loose["x-groups"]] == [["a"], ["b"]]


def test_a_member_that_nobody_knows_has_no_source() -> None:
    assert shown(form(a=text(**{"x-prefill": "none"})))["properties"]["a"]["x-prefill"] == []
    assert shown(form(a=text(**{"x-prefill": "earlier"})))["properties"]["a"]["x-prefill"] == ["earlier"]


# --- Members by name ----------------------------------------------------------------------------------------------


def test_a_member_by_name_keeps_what_stands_beside_it() -> None:
    tables = tomllib.loads("""
[members.short]
x-use = "city"
maxLength = 5

[request.form.properties]
town = { x-use = "short", x-prefill = "earlier" }
""")
    found = expanded(tables)
    assert list(found) == ["request"]
    town = found["request"]["form"]["properties"]["town"]
    assert (town["maxLength"], town["minLength"], town["x-prefill"]) == (5, 1, "earlier")
    assert standard_members()["city"]["maxLength"] == 80


def test_a_property_of_a_member_may_be_another() -> None:
    person = {"x-use": "person", "required": ["cnie"], "properties": {"birth_date": {"x-use": "full-birth-date"}}}
    found = expanded({"request": {"person": person}})["request"]["person"]
    assert list(found["properties"]) == ["cnie", "family_name", "given_name", "birth_date"]
    assert (found["properties"]["birth_date"]["format"], found["required"]) == ("date", ["cnie"])
    assert found["properties"]["cnie"]["format"] == "cnie"


@pytest.mark.parametrize(
    "tables",
    [
        {"request": {"x-use": "nobody"}},
        {"request": {"x-use": 1}},
        {"members": {"a": {"x-use": "b"}, "b": {"x-use": "a"}}, "request": {"x-use": "a"}},
        {"members": ["a"], "request": {}},
    ],
)
def test_a_member_that_cannot_be_found_is_refused(tables: dict[str, Any]) -> None:
    with pytest.raises(UnknownMember):
        expanded(tables)


# --- What is refused when a plugin is loaded ----------------------------------------------------------------------

CHOICE: Final = {"type": "string", "enum": ["a", "b"], "x-title": TITLE, "x-enum-titles": {"a": TITLE, "b": TITLE}}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (form(a=text(**{"x-tittle": TITLE})), "/a"),
        (form(a=text(pattern="^[a-z-]+$")), ".properties.a.pattern"),
        (form(a=text(**{"x-message": TITLE})), "/a"),
        (form(a=text(**{"x-help": {"fr": "Seul"}})), "/a.x-help.ar"),
        (form(a=text(**{"x-prefill": "claims.shoe_size"})), "/a.x-prefill"),
        (form(a=text(**{"x-source": {"list": "stars"}})), "/a.x-source/list"),
        (form(a=text(**{"x-source": {"list": "posts", "country": "/b"}})), "/a.x-source.country"),
        (form(a=text(**{"x-show-when": {"at": "/b", "values": ["x"]}})), "/a.x-show-when"),
        (form(a=text(**{"x-show-when": {"at": "/b", "values": ["c"]}}), b=CHOICE), "/a.x-show-when"),
        (form(a={**CHOICE, "x-enum-titles": {"a": TITLE}}), "/a.x-enum-titles"),
        (form(a=text(**{"x-latest": "today"})), "/a.x-latest"),
        (form(a=text(format="date", **{"x-latest": "2024-02-31"})), "/a.x-latest"),
        (form(a=text(format="date", **{"x-latest": "tomorrow"})), "/a.x-latest"),
        (form(a=text(**{"x-max-bytes": 5})), "/a.x-max-bytes"),
        ({**form(a=text(), b=text()), "x-groups": [{"title": TITLE, "members": ["a"]}]}, ".x-groups"),
    ],
)
def test_a_form_with_a_wrong_word_is_refused_by_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(ManifestError) as raised:
        check_form(wrong, Path("services.toml"), "request.form")
    assert raised.value.key == f"request.form{place}"


# --- Days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "day"),
    [
        ("2024-01-31", date(2024, 1, 31)),
        ("today", date(2024, 2, 29)),
        ("today-1y", date(2023, 2, 28)),
        ("today+12m", date(2025, 2, 28)),
        ("today-2m", date(2023, 12, 29)),
        ("today+10d", date(2024, 3, 10)),
    ],
)
def test_a_day_is_counted_from_today(bound: str, day: date) -> None:
    assert bounds.day(bound, date(2024, 2, 29)) == day


def test_a_date_known_to_the_year_is_out_only_if_all_of_it_is() -> None:
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    assert not bounds.too_late("2026", "today", now)
    assert bounds.too_late("2027", "today", now)
    assert bounds.too_late("2026-07", "today", now)
    assert not bounds.too_early("2020", "2020-06-01", now)
    assert bounds.too_early("2019", "2020-06-01", now)
    assert not bounds.too_late("no date", "today", now)


def test_nobodys_today_is_out_of_bounds() -> None:
    """At noon UTC it is tomorrow in Kiribati; an hour after midnight it is still yesterday in Hawaii."""
    noon, night = datetime(2026, 6, 15, 12, tzinfo=UTC), datetime(2026, 6, 15, 1, tzinfo=UTC)
    assert not bounds.too_late("2026-06-16", "today", noon)
    assert bounds.too_late("2026-06-17", "today", noon)
    assert not bounds.too_early("2026-06-14", "today", night)
    assert bounds.too_early("2026-06-13", "today", night)


# --- The lint -----------------------------------------------------------------------------------------------------

FULL: Final = form(
    name=text(pattern="^[a-z]+$", **{"x-message": TITLE, "x-help": TITLE, "x-identity": "name", "x-prefill": "none"}),
    born=text(format="date", **{"x-earliest": "today-130y", "x-latest": "today"}),
    paper={
        "type": "string", "format": "attachment", "maxLength": 30, "x-title": TITLE,
        "x-media-types": ["application/pdf"], "x-max-bytes": 1,
    },
    phone=text(format="phone", **{"x-help": TITLE, "x-prefill": "claims.phone"}),
    country=text(format="country", **{"x-source": {"list": "countries"}}),
    many={"type": "integer", "minimum": 1, "maximum": 2, "x-title": TITLE},
    lines={"type": "array", "maxItems": 2, "x-title": TITLE, "items": text()},
    kind=CHOICE,
)  # fmt: skip


def test_a_form_that_says_all_has_no_findings() -> None:
    check_form(FULL, Path("services.toml"), "form")
    assert list(lint.form(FULL)) == []


WANTED: Final = [
    ("name", "x-message"), ("name", "x-help"), ("name", "x-prefill"), ("born", "x-earliest"), ("born", "x-latest"),
    ("paper", "x-media-types"), ("paper", "x-max-bytes"), ("phone", "x-help"), ("phone", "x-prefill"),
    ("country", "x-source"), ("many", "minimum"), ("many", "maximum"), ("lines", "maxItems"),
    ("kind", "x-enum-titles"), ("name", "maxLength"),
]  # fmt: skip


@pytest.mark.parametrize("format", ["date", "birth-date", "attachment"])
def test_format_of_a_fixed_length_needs_no_length(format: str) -> None:
    (member,) = form(name=text(format=format))["properties"].values()
    del member["maxLength"]
    assert not [problem for _, problem in lint.form(form(name=member)) if "Length" in problem]


def test_page_has_the_rule_for_each_word_that_is_asked_for() -> None:
    """Each finding refers to the page."""
    page = (ROOT / "docs" / "reference" / "form-vocabulary.md").read_text(encoding="utf-8")
    rules = page.partition("| a member | needs |")[2].partition("\n\n")[0]
    asked = {*(word for _, word in WANTED), "minLength", "x-title", "x-show-when"}
    assert [word for word in sorted(asked) if f"`{word}`" not in rules] == []
    source = Path(lint.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r"needs (?:an? )?((?:x-[a-z-]+|m[a-zA-Z]+))", source)) <= asked


@pytest.mark.parametrize(("member", "word"), WANTED)
def test_each_missing_word_is_found(member: str, word: str) -> None:
    less = copy.deepcopy(FULL)
    del less["properties"][member][word]
    assert next((at, word in problem) for at, problem in lint.form(less)) == (f"/{member}", True)


def test_an_entry_of_a_list_needs_a_name() -> None:
    less = copy.deepcopy(FULL)
    del less["properties"]["lines"]["items"]["x-title"]
    assert [at for at, _ in lint.form(less)] == ["/lines/items"]


@pytest.mark.parametrize(
    "words",
    [
        {"fr": "Son identifiant dans la liste des postes"},
        {"fr": "Redemandez les créneaux par `/v1/slots`"},
        {"en": "Allows to build"},
        {"en": "Act number"},
        {"en": "Any post may take the demand"},
        {"en": "Within thirty days (assumed: afterwards a judgment)"},
        {"ar": "الجواب true"},
        {"ar": "Title"},
        {"en": "Two  spaces"},
    ],
)
def test_a_developers_words_are_found(words: dict[str, str]) -> None:
    assert list(lint.wording({**TITLE, **words}))


def test_no_catalogue_here_has_findings(tmp_path: Path) -> None:
    wrong = runpy.run_path(str(ROOT / ".ci" / "form_lint.py"))["wrong"]
    assert wrong(ROOT) == []
    plugin = tmp_path / "plugins" / "poor"
    plugin.mkdir(parents=True)
    good = (create_plugin("good", tmp_path, ["filing"]) / "services.toml").read_text()
    (plugin / "services.toml").write_text(good.replace("maxLength = 500\n", "").replace('"Anybody."', '"By `id`."'))
    found = wrong(tmp_path)
    assert len(found) == 2
    assert "needs a maxLength" in found[0]


def test_every_identity_and_contact_member_has_a_source() -> None:
    for service in SERVICES.values():
        for at, schema in schemas(service.form):
            if "x-identity" in schema or schema.get("format") in ("email", "phone"):
                assert "x-prefill" in schema, (service.id, at)
