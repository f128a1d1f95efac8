"""Refusals speak to people: no page shows what the API tells whoever writes programs, for any of its problem codes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.api.http.codes import CODES
from gateway.i18n.messages import Messages
from tests.window.played_gateway import Played, listed, played, told
from window import csrf
from window.own_words import MANDATE_OVER, WORDS
from window.session.model import SessionData

LANGUAGES: Final = ("en", "fr", "ar")
TEXTS: Final = Messages.load()
OF_PROGRAMS: Final = re.compile(
    r"\b(?:GET|POST|PUT|PATCH|DELETE|HTTP|API|JSON|JWT|RFC|DPoP|TLS|UTF-8|UUID|ASCII|ETag|Bearer|RateLimit)\b"
    r"|/v1|/schema|/\.well-known|`"
    r"|\b(?:Retry-After|WWW-Authenticate|Content-Type|If-Match|Idempotency-Key|Tracking-Proof|Call-Id)\b"
    r"|(?i:\b(?:headers?|tokens?|cursors?|idempoten\w*|webhooks?|cookies?|jetons?|en-têtes?|curseurs?)\b)"
    r"|ترويس|رمز الوصول|رمز الولوج|مؤشر"
)


@pytest.fixture
async def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Played]:
    monkeypatch.setattr("window.api._ATTEMPTS", 1)
    async with played(tmp_path, _refusing) as found:
        yield found


CODE: Final = {"now": "", "at": ""}
"""The problem that the gateway has, and where: an empty path, everywhere."""


def _refusing(request: httpx.Request) -> httpx.Response | None:
    path = request.url.path
    if CODE["at"] not in ("", path):
        return listed() if path == "/v1/mandates" else None
    language = request.headers["accept-language"].partition(",")[0].partition("-")[0]
    return problem(CODE["now"], language)


def problem(code: str, language: str) -> httpx.Response:
    """As the gateway says it."""
    kind = CODES[code]
    said: dict[str, Any] = {
        each: TEXTS.translate(f"problem.{code}.{each}", language) for each in ("title", "detail", "remedy")
    }
    body = {**said, "code": code, "status": kind.status, "origin": kind.origin, "retry_safe": kind.retry_safe}
    answer = told({**body, "call_id": "call_" + "0" * 26}, kind.status)
    answer.headers["content-type"] = "application/problem+json"
    return answer


def shown(page: httpx.Response) -> str:
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return unescape(re.sub(r"<[^>]*>", " ", main))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_speaks_to_programmers(window: Played, language: str) -> None:
    """Neither a page of its own nor what stands at a field."""
    spoken, told_of = [], 0
    for code, kind in CODES.items():
        CODE.update(now=code, at="")
        await window.session("agent")
        pages = [await window.web.get("/agenda", headers={"Accept-Language": language})]
        CODE.update(at="/v1/mandates/take")
        people = await window.web.get("/people", headers={"Accept-Language": language})
        pages.append(await _taking(window, people, language))
        for page in pages:
            if page.status_code == 303:
                assert kind.status == 401, code
                continue
            told_of += 1
            spoken += [(code, found[0]) for found in OF_PROGRAMS.finditer(shown(page))]
    assert told_of > 150
    assert spoken == []


async def _taking(window: Played, people: httpx.Response, language: str) -> httpx.Response:
    window.web.headers["accept-language"] = language
    return await window.send(people, "/people/take", code="123456789")


def test_words_of_programs_are_recognised() -> None:
    """The check sees what the API says of those codes that the window has words for."""
    for language in LANGUAGES:
        texts = [
            " ".join(TEXTS.translate(f"problem.{code}.{each}", language) for each in ("detail", "remedy"))
            for code in (
                "mandate_required",
                "mandate_unknown",
                "insufficient_scope",
                "precondition_failed",
                "not_found",
            )
        ]
        assert all(OF_PROGRAMS.search(each) for each in texts), texts


def test_own_words_are_of_codes_that_there_are() -> None:
    assert set(WORDS) <= set(CODES)


@pytest.mark.parametrize(
    ("role", "path", "code", "button"),
    [
        ("agency", "/portals/etimbre", "insufficient_scope", '/portals">Portals'),
        ("operator", "/portals/barid", "internal_error", '/portals">Portals'),
        ("auditor", "/audit/state", "insufficient_scope", '/audit">The log'),
        ("agent", "/agenda?post=paris-x", "principal_not_allowed", '/agenda">Agenda'),
        ("agent", "/agenda/cases/case_1?mandate=mnd_1", "mandate_unknown", '/people">People I act for'),
        ("agent", "/agenda/cases/case_1", "mandate_required", '/people">People I act for'),
        ("person", "/cases", "personal_only", '/">Go to the home page'),
    ],
)
async def test_refusal_has_a_button_to_go_on(window: Played, role: str, path: str, code: str, button: str) -> None:
    CODE.update(now=code, at="")
    await window.session(role)
    page = await window.web.get(path)
    assert page.status_code == CODES[code].status
    assert re.search(rf'<a class="ds-button"[^>]* href="{re.escape(button)}</a>', page.text), page.text
    if code == "internal_error":
        assert f'href="{path}">Try again</a>' in page.text


@pytest.mark.parametrize("code", MANDATE_OVER)
@pytest.mark.parametrize("path", ["/cases", "/cases/case_1/receipt.pdf"])
async def test_refused_mandate_ends_acting_and_says_so(window: Played, code: str, path: str) -> None:
    """A colleague has taken it over, or the person has ended it."""
    CODE.update(now=code, at="")
    session = await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    page = await window.web.get(path)
    assert page.status_code == 403
    assert "You do not act for <bdi>Amina</bdi> any more." in page.text
    assert "for-whom" not in page.text
    assert (await _data(window, session.key)).mandate == ""


@pytest.mark.parametrize("code", [*MANDATE_OVER, "mandate_too_narrow", "precondition_failed"])
async def test_what_was_typed_can_be_copied_from_the_refusal(window: Played, code: str) -> None:
    """A note under a mandate that is over, or to a request that has changed."""
    CODE.update(now=code, at="/v1/cases/case_1/notes")
    session = await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    hidden = {"csrf": csrf.token(session.key), "acting_for": "mnd_1", "mandate": "mnd_1", "key": "of-the-form"}
    typed = {"text": "She called <twice>.", "/reason": "Words", "/paper": "file_1", "/paper#name": "a.pdf"}
    page = await window.web.post("/agenda/cases/case_1", data={**hidden, **typed}, headers=window.ours())
    assert page.status_code == (409 if code == "precondition_failed" else 403)
    assert "What you wrote was not sent. You can copy it from here:" in page.text
    assert re.findall(r'<p class="typed"><bdi>(.*?)</bdi>', page.text) == ["She called &lt;twice&gt;.", "Words"]


async def test_refusal_without_words_offers_none_to_copy(window: Played) -> None:
    CODE.update(now="mandate_ended", at="")
    await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    assert "You can copy it" not in (await window.web.get("/cases")).text


@pytest.mark.parametrize("path", ["/agenda?who=zz", "/portals/x?hours=zz", "/me/accesses?about=zz"])
async def test_address_that_cannot_be_read_is_said_as_such(window: Played, path: str) -> None:
    CODE.update(now="", at="nowhere")
    await window.session({"/agenda": "agent", "/portals/x": "operator"}.get(path.partition("?")[0], "person"))
    page = await window.web.get(path)
    assert page.status_code == 400
    assert "This could not be read" in page.text
    assert "not found" not in page.text
    assert f'<a class="ds-button" href="{path.partition("?")[0]}">Open the page anew</a>' in page.text


async def test_another_refused_mandate_ends_nothing(window: Played) -> None:
    CODE.update(now="mandate_ended", at="")
    session = await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    page = await window.web.get("/agenda/cases/case_1?mandate=mnd_2")
    assert page.status_code == 403
    assert "for-whom" in page.text
    assert "any more.</strong>" not in page.text
    assert (await _data(window, session.key)).mandate == "mnd_1"


async def _data(window: Played, key: str) -> SessionData:
    found = await window.store.find(key)
    assert found is not None
    return found.data
