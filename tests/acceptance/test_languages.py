"""Everything a person reads comes in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

LANGUAGES = ("ar", "fr", "en")
TEXTS = ("title", "summary", "who", "bring", "competent_body", "appeal")
ARABIC = re.compile("[\u0600-\u06ff]")


async def in_each(world: World, path: str) -> dict[str, dict[str, Any]]:
    found = {}
    for language in LANGUAGES:
        answer = await world.get(path, Accept_Language=language)
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
        found[language] = answer.json()
    return found


async def test_the_catalogue_is_really_translated(world: World) -> None:
    lists = await in_each(world, "/v1/services")
    ids = {tuple(service["id"] for service in listed["data"]) for listed in lists.values()}
    assert len(ids) == 1
    assert len(ids.pop()) >= 6
    for services in zip(*(lists[language]["data"] for language in LANGUAGES), strict=True):
        for name in TEXTS:
            texts = [service[name] for service in services]
            assert len(set(texts)) == 3, (services[0]["id"], name)
            assert ARABIC.search(texts[0]), (services[0]["id"], name)
            assert not ARABIC.search(texts[1] + texts[2]), (services[0]["id"], name)
        assert len({service["portal_title"] for service in services}) == 3


def titles(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            yield schema["title"]
        for name, inner in schema.items():
            if name != "x-source":  # its `title` is the name of a member
                yield from titles(inner)


async def test_a_form_names_its_fields_in_the_language(world: World) -> None:
    forms = await in_each(world, "/v1/services/watiqa.birth-extract")
    named = {language: list(titles(found["form"])) for language, found in forms.items()}
    assert len(named["ar"]) == len(named["fr"]) == len(named["en"]) > 20
    assert all(ARABIC.search(title) for title in named["ar"])
    assert not any(ARABIC.search(title) for title in named["fr"] + named["en"])
    assert named["fr"] != named["en"]


async def test_a_problem_speaks_arabic(world: World) -> None:
    answer = await world.get("/v1/cases/case_00000000000000000000000000", Accept_Language="ar-MA, fr;q=0.5")
    body = problem(answer, 404, "case_not_found")
    assert answer.headers["content-language"] == "ar"
    for part in ("title", "detail", "remedy"):
        assert ARABIC.search(body[part]), body[part]


async def test_what_is_wrong_with_a_form_is_said_in_arabic(world: World) -> None:
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    form = {**example, "copies": 0, "person": {**example["person"], "cnie": "12"}, "act": {"number": "x"}}
    answer = await world.post(
        "/v1/cases", {"service": "watiqa.birth-extract", "form": form, "language": "ar"}, Accept_Language="ar"
    )
    errors = problem(answer, 422, "form_invalid")["errors"]
    assert {error["pointer"] for error in errors} >= {
        "/form/copies",
        "/form/person/cnie",
        "/form/act/number",
        "/form/act/register_year",
    }
    for error in errors:
        assert ARABIC.search(error["detail"]), error


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_body_of_the_wrong_shape_is_explained_in_the_language(world: World, language: str) -> None:
    answer = await world.post("/v1/cases", {"service": 1, "x": 2}, Accept_Language=language)
    for error in problem(answer, 400, "invalid_request")["errors"]:
        assert bool(ARABIC.search(error["detail"])) is (language == "ar")


async def test_a_case_keeps_the_language_it_was_filed_in_and_is_shown_in_the_readers(world: World) -> None:
    body = {"service": "echo.stamped", "form": {"text": "x"}, "language": "ar"}
    filed = await world.post("/v1/cases", body, Accept_Language="fr")
    assert filed.headers["content-language"] == "fr"
    case = filed.json()
    assert case["language"] == "ar"
    read = await in_each(world, f"/v1/cases/{case['id']}")
    for name in ("status_text", "service_title"):
        assert len({found[name] for found in read.values()}) == 3
    receipt = await world.get(f"/v1/cases/{case['id']}/receipt", Accept_Language="fr")
    assert receipt.headers["content-language"] == "ar"
    assert ARABIC.search(receipt.json()["claims"]["service"]["title"])
    for language in LANGUAGES:
        events = await world.get(f"/v1/cases/{case['id']}/events", Accept_Language=language)
        assert events.headers["content-language"] == language
        texts = "".join(event["text"] for event in events.json()["data"])
        assert bool(ARABIC.search(texts)) is (language == "ar")


GARBAGE = [
    "", "*", "xx", "de, es", "-", "_", ";", ",", ";;;,,,", "ar;q=x", "ar;q=", "ar;q=-1", "ar;q=2", "ar;q=nan",
    "ar;q=inf", "ar;q=1e400", "q=1", "fr-", "-fr", "fr--FR", "1", "root", "C", "en_US.UTF-8@euro", "*;q=0", "ar;q=0",
    "a" * 5000, "fr," * 3000, "x-" * 3000, "\xe9\xff", "fr\xa0", "../../etc/passwd", "%00", "fr;q=0.5;q=0.7",
]  # fmt: skip


async def test_a_language_header_that_makes_no_sense_never_fails_a_call(world: World) -> None:
    for garbage in GARBAGE:
        headers = [(b"Accept-Language", garbage.encode("latin-1"))]
        answer = await world.web.get(f"{world.url}/v1/services", headers=headers)
        assert answer.status_code == 200, garbage
        assert answer.headers["content-language"] in (*LANGUAGES, "de, fr"), garbage
    twice = [("Accept-Language", "xx"), ("Accept-Language", "ar")]
    assert (await world.web.get(f"{world.url}/v1/services", headers=twice)).status_code == 200


async def test_the_wanted_language_wins_by_its_weight(world: World) -> None:
    for header, language in (
        ("ar-MA", "ar"),
        ("pt, en;q=0.3, ar;q=0.8", "ar"),
        ("de, en;q=0.3, ar;q=0.8", "de, ar"),
        ("fr;q=0, en", "en"),
        ("en;q=0.1, *", "fr"),
        ("EN-gb", "en"),
    ):
        answer = await world.get("/v1/services", Accept_Language=header)
        assert answer.headers["content-language"] == language, header


async def test_someone_who_comes_back_from_the_card_page_is_greeted_in_the_language(world: World) -> None:
    for language in LANGUAGES:
        page = await world.web.get(
            f"{world.url}/callbacks/etimbre/return?x=<script>", headers={"Accept-Language": language}
        )
        assert page.headers["content-language"] == language
        assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page.text
        assert "<script>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
