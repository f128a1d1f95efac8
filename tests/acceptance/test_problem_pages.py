"""The `type` of a problem is an address, and whoever opens it reads what happened and what to do."""

from __future__ import annotations

import httpx
from lxml import html

from gateway.api.http.codes import CODES
from gateway.api.problems import pages
from gateway.i18n.messages import Messages

from .conftest import World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

LANGUAGES = ("ar", "fr", "en")


async def opened(world: World, address: str, **headers: str) -> httpx.Response:
    """As a browser opens a link: without a token."""
    return await world.web.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_type_of_a_problem_answers_with_its_page(world: World) -> None:
    body = problem(await world.get("/v1/cases/case_x", Accept_Language="ar"), 404, "case_not_found")
    assert body["type"] == f"{world.url}/problems/case_not_found"
    page = await opened(world, body["type"], Accept_Language="ar")
    assert (page.status_code, page.headers["content-language"]) == (200, "ar")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "public, max-age=3600"
    root = html.fromstring(page.text)
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert all(body[each] in root.text_content() for each in ("title", "detail", "remedy"))
    in_french = next(each.get("href") for each in root.iter("a") if each.get("lang") == "fr")
    assert 'lang="fr" dir="ltr"' in (await opened(world, world.url + in_french)).text


async def test_type_is_an_address_before_any_route_too(world: World) -> None:
    missing = problem(await opened(world, f"{world.url}/v1/cases"), 401, "token_missing")
    unknown = problem(await opened(world, f"{world.url}/nowhere"), 404, "not_found")
    for body in (missing, unknown):
        assert (await opened(world, body["type"])).status_code == 200


async def test_portals_refusals_have_pages(world: World) -> None:
    page = await opened(world, f"{world.url}/problems/act_not_found?lang=en")
    assert page.status_code == 200
    for text in (world.gateway.messages.reason("act_not_found", "en"), "422", "act_not_found"):
        assert text in html.fromstring(page.text).text_content()


async def test_unknown_codes_have_no_page(world: World) -> None:
    for code in ("nothing", "%3Cscript%3E", "%D8%A7", "a" * 300):
        page = await opened(world, f"{world.url}/problems/{code}", Accept_Language="fr")
        assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")
        assert "<script" not in page.text


async def test_every_code_is_in_the_list(world: World) -> None:
    page = html.fromstring((await opened(world, f"{world.url}/problems?lang=en")).text)
    linked = {each.get("href") for each in page.iter("a")}
    assert {f"/problems/{code}?lang=en" for code in CODES} < linked


async def test_pages_of_problems_leave_no_record(world: World) -> None:
    await opened(world, f"{world.url}/problems/not_found")
    assert not await world.records(operation="problems.read")


async def test_every_code_has_a_page_in_each_language() -> None:
    messages = Messages.load(LANGUAGES, "fr")
    for code in CODES:
        for language in LANGUAGES:
            root = html.fromstring(pages.one(code, language, LANGUAGES, messages))
            text = root.text_content()
            assert messages.translate(f"problem.{code}.remedy", language).replace("`", "") in text
            assert "page.problem" not in text
