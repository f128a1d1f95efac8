from __future__ import annotations

import copy
import json
import math
import socket
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing.exceptions import Unresolvable

from gateway.cases import forms
from gateway.cases.formats import COUNTRIES, FORMATS
from gateway.cases.model import Contact
from gateway.connectors.form_vocabulary.members import expanded, standard_members
from gateway.settings import Forms

SCHEMA: dict[str, Any] = tomllib.loads("""
type = "object"
additionalProperties = false
required = ["cnie", "copies"]

[properties]
cnie = { type = "string", format = "cnie" }
copies = { type = "integer", minimum = 1, maximum = 10 }
phone = { type = "string", format = "phone" }
email = { type = "string", format = "email" }
birth_date = { type = "string", format = "date" }
name = { type = "string", minLength = 2, maxLength = 8 }
kind = { enum = ["birth", "death"] }
country = { allOf = [ { type = "string" }, { format = "country" } ] }

[properties.number]
pattern = "^[0-9]{1,6}$"
x-help = { ar = "في الدفتر.", fr = "Dans le livret.", en = "In the booklet." }

[properties.papers]
type = "array"
minItems = 1
maxItems = 2
uniqueItems = true
items = { type = "string", format = "attachment" }

[properties.either]
oneOf = [
  { type = "string", maxLength = 2 },
  { type = "object", required = ["a"], properties = { a = { type = "integer" } } },
]

[properties.delivery]
type = "object"
additionalProperties = false
required = ["method"]
if = { properties = { method = { const = "post" } } }
then = { required = ["address"] }
[properties.delivery.properties]
method = { enum = ["post", "pickup"] }
[properties.delivery.properties.address]
"$ref" = "#/$defs/address"

["$defs".address]
type = "object"
required = ["country"]
if = { properties = { country = { const = "MA" } } }
then = { properties = { postcode = { format = "ma-postcode" } } }
[ "$defs".address.properties ]
country = { type = "string", format = "country" }
postcode = { type = "string" }
phone = { type = "string", format = "phone" }
""")

GOOD: dict[str, Any] = {"cnie": "AB123456", "copies": 2}
PAPER = "att_" + "0" * 26


def wrong(language: str = "en", **members: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in forms.check({**GOOD, **members}, SCHEMA, language=language)]


def test_a_good_form_has_nothing_wrong() -> None:
    assert wrong() == []


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"copies": 0}, "/form/copies", "minimum"),
        ({"copies": 11}, "/form/copies", "maximum"),
        ({"copies": "two"}, "/form/copies", "type"),
        ({"copies": True}, "/form/copies", "type"),
        ({"cnie": "123456"}, "/form/cnie", "format"),
        ({"phone": "0612345678"}, "/form/phone", "format"),
        ({"email": "amina@nowhere"}, "/form/email", "format"),
        ({"birth_date": "2023-02-29"}, "/form/birth_date", "format"),
        ({"birth_date": "20230228"}, "/form/birth_date", "format"),
        ({"number": "12a"}, "/form/number", "pattern"),
        ({"name": "a"}, "/form/name", "minLength"),
        ({"name": "abcdefghi"}, "/form/name", "maxLength"),
        ({"kind": "marriage"}, "/form/kind", "enum"),
        ({"papers": []}, "/form/papers", "minItems"),
        ({"papers": [PAPER, PAPER]}, "/form/papers", "uniqueItems"),
        ({"papers": ["att_short"]}, "/form/papers/0", "format"),
        ({"extra": 1}, "/form/extra", "additionalProperties"),
        ({"a/b~c": 1}, "/form/a~1b~0c", "additionalProperties"),
        ({"delivery": {"method": "post"}}, "/form/delivery/address", "required"),
        ({"delivery": {"method": "pickup", "address": {"country": "XX"}}}, "/form/delivery/address/country", "format"),
        (
            {"delivery": {"method": "post", "address": {"country": "MA", "postcode": "123"}}},
            "/form/delivery/address/postcode",
            "format",
        ),
        ({"either": {}}, "/form/either/a", "required"),
        ({"either": {"a": "x"}}, "/form/either/a", "type"),
        ({"either": "long"}, "/form/either", "maxLength"),
    ],
)
def test_each_mistake_is_reported_where_it_is(members: dict[str, Any], pointer: str, code: str) -> None:
    assert wrong(**members) == [(pointer, code)]


def test_each_missing_field_is_reported_once() -> None:
    found = forms.check({}, SCHEMA, language="fr")
    assert [(each.pointer, each.code) for each in found] == [("/form/cnie", "required"), ("/form/copies", "required")]


def test_a_form_that_is_no_form_is_reported_as_a_whole() -> None:
    assert [(e.pointer, e.code) for e in forms.check([1], SCHEMA, language="fr")] == [("/form", "type")]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "القيمة القصوى هنا: 10."),
        ("fr", "La valeur doit être d'au plus 10."),
        ("en", "The value must be at most 10."),
    ],
)
def test_the_person_reads_it_in_her_language(language: str, sentence: str) -> None:
    assert forms.check({**GOOD, "copies": 99}, SCHEMA, language=language)[0].detail == sentence


def test_a_pattern_is_explained_by_the_help_of_its_field() -> None:
    error = forms.check({**GOOD, "number": "x"}, SCHEMA, language="fr")[0]
    assert error.detail.endswith("Dans le livret.")


def test_a_choice_is_explained_by_what_there_is_to_choose() -> None:
    assert "birth, death" in forms.check({**GOOD, "kind": "x"}, SCHEMA, language="en")[0].detail


def test_no_error_repeats_what_the_person_wrote() -> None:
    secret = "Zineb-77"
    form = dict.fromkeys(SCHEMA["properties"], secret * 3) | {"papers": [secret], "delivery": {"method": secret}}
    found = forms.check(form, SCHEMA, language="en")
    assert len(found) >= 8
    assert not any(secret in each.detail for each in found)


def test_what_is_kept_is_in_its_normal_form() -> None:
    form = {
        "cnie": " ab 123456 ",
        "phone": "0033 6 12 34 56 78",
        "name": "  Ame\u0301lie ",
        "delivery": {"method": "post", "address": {"country": "fr", "phone": "+212 6-12-34-56-78"}},
        "papers": [f" {PAPER} "],
        "country": "fr",
        "copies": 2,
    }
    assert forms.normalise(form, SCHEMA) == {
        "cnie": "AB123456",
        "phone": "+33612345678",
        "name": "Amélie",
        "delivery": {"method": "post", "address": {"country": "FR", "phone": "+212612345678"}},
        "papers": [PAPER],
        "country": "FR",
        "copies": 2,
    }


def test_digits_of_an_arabic_keyboard_are_digits() -> None:
    form = {**GOOD, "cnie": "AB١٢٣٤٥٦", "birth_date": "١٩٨٨-٠٣-١٤"}
    assert forms.check(form, SCHEMA, language="ar") == []
    assert forms.normalise(form, SCHEMA)["birth_date"] == "1988-03-14"


def test_what_fits_after_cleaning_is_not_held_against_the_person() -> None:
    assert wrong(cnie="ab123456", email=" amina@example.org ") == []


@pytest.mark.parametrize("written", ["2", "2.0", "20e-1", "0.2e1"])
def test_a_whole_number_is_kept_as_one_however_written(written: str) -> None:
    """JSON Schema takes 2.0 for an integer; a fee counted with it would be no number of centimes."""
    copies = forms.normalise({**GOOD, "copies": json.loads(written)}, SCHEMA)["copies"]
    assert (copies, type(copies)) == (2, int)


def test_a_broken_number_stays_broken() -> None:
    assert forms.normalise({"copies": 2.5}, SCHEMA) == {"copies": 2.5}
    assert wrong(copies=2.5)


def test_normalising_twice_changes_nothing() -> None:
    once = forms.normalise({**GOOD, "phone": "0033612345678", "name": " x "}, SCHEMA)
    assert forms.normalise(once, SCHEMA) == once


def test_normalising_leaves_the_form_it_was_given_alone() -> None:
    form = {"cnie": "ab123456", "papers": [" x "]}
    before = copy.deepcopy(form)
    forms.normalise(form, SCHEMA)
    assert form == before


@pytest.mark.parametrize(
    ("form", "small"),
    [
        ({"name": "x" * 1_900, "papers": ["a"] * 20}, True),
        ({"name": "x" * 3_000}, False),
        ({"x" * 3_000: 1}, False),
        ({"papers": ["a"] * 100}, False),
        ({str(n): [[n]] for n in range(40)}, False),
    ],
)
def test_form_is_small_by_values_and_characters(form: Any, small: bool) -> None:
    assert forms.is_small(form) is small


def test_the_attachments_of_a_form_are_found_with_their_places() -> None:
    other = "att_" + "1" * 26
    form = {**GOOD, "papers": [PAPER, other], "name": PAPER}
    places = forms.attachment_places(form, SCHEMA)
    assert places == {PAPER: "/form/papers/0", other: "/form/papers/1"}
    assert forms.missing_attachment("/form/papers/1", "fr").pointer == "/form/papers/1"


# --- Hostile forms ------------------------------------------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (nested(100_000), "depth"),
        ([[]] * 5000, "size"),
        ("x\x00y", "text"),
        ("\ud800", "text"),
        ("\x1b[31m", "text"),
        (math.nan, "range"),
        (math.inf, "range"),
        (10**5000, "range"),
        (-(2**60), "range"),
        ("x" * 20_000, "maxLength"),
        ({"\ud800": 1}, "text"),
        ({"k" * 500: 1}, "text"),
    ],
    ids=[
        "deep", "many", "nul", "half a character", "escape", "nan", "infinity", "huge", "very negative", "long",
        "half a character in a name", "long name",
    ],
)  # fmt: skip
def test_what_must_not_reach_the_schema_does_not(value: Any, code: str) -> None:
    found = forms.check({**GOOD, "name": value}, SCHEMA, language="en")
    assert [each.code for each in found] == [code]
    json.dumps([each.pointer for each in found]).encode()


def test_a_person_with_many_mistakes_reads_the_first_fifty() -> None:
    form = {**GOOD, **{f"field{n}": n for n in range(500)}}
    assert len(forms.check(form, SCHEMA, language="en")) == 50


def test_every_limit_can_be_set() -> None:
    limits = Forms(depth=2, values=5, text_characters=3, errors=1)
    assert [e.code for e in forms.check({"a": {"b": {}}}, SCHEMA, language="en", limits=limits)] == ["depth"]
    assert [e.code for e in forms.check({"a": [1] * 9}, SCHEMA, language="en", limits=limits)] == ["size"]
    assert [e.code for e in forms.check({"a": "abcd"}, SCHEMA, language="en", limits=limits)] == ["maxLength"]
    assert len(forms.check({}, SCHEMA, language="en", limits=limits)) == 1


def test_a_schema_that_points_elsewhere_fetches_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        reference = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/schema.json"
        schema = {"type": "object", "properties": {"a": {"$ref": reference}}}
        with pytest.raises(Unresolvable):
            forms.check({"a": 1}, schema, language="en")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "x"]), inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(json_values)
def test_no_form_breaks_the_check(form: Any) -> None:
    for error in forms.check(form, SCHEMA, language="ar"):
        assert error.pointer.startswith("/form")
        assert error.detail


# --- Formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("cnie", ["A1234", "ab123456", "BK 12345", "A1234567"], ["A0123", "ABC12345", "AB1234567", "12345", ""]),
        (
            "phone",
            ["+33612345678", "0033612345678", "+1 202-555-0143"],
            ["0612345678", "+33", "+33612", "call me", "+0", ""],
        ),
        (
            "email",
            ["a@b.ma", "o'neil+x@sub.example.org"],
            ["a@b", "@b.ma", "a b@c.ma", "a@-b.ma", f"a@{'b' * 64}.ma", "a@" + "b." * 130 + "ma"],
        ),
        ("date", ["1988-03-14", "2024-02-29"], ["2023-02-29", "14/03/1988", "1988-3-14", "1988-03-14T00:00"]),
        ("country", ["MA", "FR"], ["XX", "EU", "MAR", "ZZ", ""]),
        ("ma-postcode", ["10000"], ["1000", "100000", "1000a"]),
        ("attachment", [PAPER], ["att_", "case_" + "0" * 26, "att_" + "u" * 26, PAPER + "\n"]),
    ],
)
def test_a_format_tells_good_from_bad(name: str, good: list[str], bad: list[str]) -> None:
    assert [each for each in good if not FORMATS[name].fits(each)] == []
    assert [each for each in bad if FORMATS[name].fits(each)] == []


def test_the_countries_are_those_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
    assert {"MA", "FR", "EH", "GB", "AQ"} <= COUNTRIES


# --- Contact ------------------------------------------------------------------------------------------------------


def test_contact_leaves_out_what_is_no_address() -> None:
    assert forms.contact_of(name="Amina", email="amina", phone="12") == Contact(name="Amina", email="")
    assert forms.contact_of(name="", email="", phone="") == Contact(name="", email="")


def test_contact_is_normalised() -> None:
    found = forms.contact_of(name=" Amina ", email="a@b.ma", phone="0033612345678")
    assert found == Contact(name="Amina", email="a@b.ma", phone="+33612345678")


@pytest.mark.parametrize(
    ("items", "unique"),
    [([1, 1.0], False), ([1, True], True), ([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], False), ([[1], [True]], True)],
)
def test_unique_items_are_as_json_schema_has_it(items: list[Any], unique: bool) -> None:
    schema = {"type": "object", "properties": {"list": {"type": "array", "uniqueItems": True}}}
    assert [each.code for each in forms.check({"list": items}, schema, language="en")] == (
        [] if unique else ["uniqueItems"]
    )


def test_unique_items_are_not_compared_each_with_each() -> None:
    compared: list[object] = []

    class Counted(dict[str, Any]):
        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return super().__eq__(other)

    schema = {"type": "object", "properties": {"list": {"type": "array", "uniqueItems": True}}}
    forms.check({"list": [Counted(a=number) for number in range(600)]}, schema, language="en")
    assert len(compared) < 6000


# --- What a form says of its own ----------------------------------------------------------------------------------

SAYS: dict[str, Any] = tomllib.loads("""
type = "object"
[properties.code]
type = "string"
pattern = "^[A-Z]$"
x-message = { ar = "حرف واحد.", fr = "Une lettre.", en = "One letter." }
[properties.kind]
enum = ["lost-parcel", "late-parcel"]
[properties.kind.x-enum-titles]
lost-parcel = { ar = "طرد ضائع", fr = "Colis perdu", en = "Lost parcel" }
late-parcel = { ar = "طرد متأخر", fr = "Colis en retard", en = "Late parcel" }
[properties.consent]
type = "boolean"
const = true
[properties.born]
type = "string"
format = "birth-date"
x-earliest = "1900-01-01"
x-latest = "today"
[properties.paper]
type = "string"
format = "attachment"
x-media-types = ["application/pdf"]
x-max-bytes = 2_000_000
[[allOf]]
if = { required = ["code"], properties = { code = { const = "L" } } }
then = { properties = { kind = { enum = ["lost-parcel"] } } }
""")


def said(language: str, **members: Any) -> list[str]:
    return [each.detail for each in forms.check(members, SAYS, language=language)]


def test_a_wrong_pattern_is_told_in_the_forms_own_words() -> None:
    assert said("fr", code="12") == ["Une lettre."]
    assert said("ar", code="12") == ["حرف واحد."]


def test_choices_are_told_by_their_names() -> None:
    """...those of a narrowed choice too, which the condition itself does not name."""
    assert said("fr", kind="x") == ["Choisissez parmi : Colis perdu, Colis en retard."]
    assert said("fr", kind="late-parcel", code="L") == ["Choisissez parmi : Colis perdu."]
    assert forms.check({"kind": "x"}, SAYS, language="fr")[0].allowed == ("lost-parcel", "late-parcel")


def test_a_consent_that_is_not_given_is_asked_for() -> None:
    assert said("en", consent=False) == ["You have to agree to this to go on."]


@pytest.mark.parametrize(
    ("language", "day"), [("fr", "1 janvier 1900"), ("en", "1 January 1900"), ("ar", "1 يناير 1900")]
)
def test_bound_of_a_date_is_written_as_people_do(language: str, day: str) -> None:
    (error,) = forms.check({"born": "1899"}, {"properties": {"born": {"x-earliest": "1900-01-01"}}}, language=language)
    assert day in error.detail


@pytest.mark.parametrize(("born", "code"), [("2999-01-01", "latest"), ("1899", "earliest"), ("1900", ""), ("1988", "")])
def test_a_date_out_of_bounds_is_refused(born: str, code: str) -> None:
    errors = forms.check({"born": born}, SAYS, language="en")
    assert [each.code for each in errors] == ([code] if code else [])
    assert all("{" not in each.detail for each in errors)


@pytest.mark.parametrize(
    ("media_type", "size", "code"),
    [("application/pdf", 2_000_000, ""), ("image/png", 10, "media_type"), ("application/pdf", 2_000_001, "max_bytes")],
)
def test_a_file_of_another_kind_or_size_is_refused(media_type: str, size: int, code: str) -> None:
    limits = forms.file_limits({"paper": PAPER}, SAYS)[PAPER]
    found = limits.problem(media_type, size, "fr")
    assert (found.code if found else "") == code
    assert found is None or (found.pointer == "/form/paper" and ("PDF" in found.detail or "2 Mo" in found.detail))


def test_a_date_may_have_a_pattern_of_its_own() -> None:
    first = {"properties": {"month": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-01$"}}}
    assert forms.check(forms.normalise({"month": "٢٠٢٦-١١-٠١"}, first), first, language="en") == []
    for day, code in (("2026-11-02", "pattern"), ("2026-13-01", "format")):
        assert [each.code for each in forms.check({"month": day}, first, language="en")] == [code]


def test_a_full_birth_date_has_a_day() -> None:
    form = {"properties": {"born": expanded({"all": dict(standard_members())})["all"]["full-birth-date"]}}
    assert forms.check({"born": "1988-03-14"}, form, language="en") == []
    assert [each.code for each in forms.check({"born": "1988-03"}, form, language="en")] == ["format"]
