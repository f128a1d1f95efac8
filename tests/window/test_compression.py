"""What the length of an answer tells somebody who chose its address and sees how long it is (BREACH): nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, told
from window.addresses import LONGEST

ELSEWHERE: Final[tuple[dict[str, str], ...]] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {},
)
"""What browsers say of an address from another site, from a neighbour, typed; old ones say nothing."""
OURS: Final = {"Sec-Fetch-Site": "same-origin"}


def _gateway(request: httpx.Request) -> httpx.Response | None:
    match request.url.path:
        case "/v1/services":
            return told({"object": "list", "data": [], "categories": [], "suggestions": []})
        case "/v1/me/accesses" | "/v1/cases":
            return listed()
        case "/v1/me/preferences":
            return told({"language": "fr", "email": None, "phone": None, "details": False, "kinds": [], "channels": []})
        case "/v1/cases/case_1/events":
            return httpx.Response(200, content=b": \n\n" * 400, headers={"content-type": "text/event-stream"})
        case "/audit/records":
            return listed()
        case "/audit/density":
            at = "2026-11-30T09:00:00+00:00"
            none = {"seconds": 60, "counts": [], "total": 0, "counted_from_at": None}
            return told({"since_at": at, "until_at": at, **none})
        case "/audit/export":
            return httpx.Response(200, content=b"{}\n" * 400, headers={"content-type": "application/jsonl"})
    return None


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway) as found:
        yield found


async def _coding(window: Played, path: str, headers: dict[str, str], method: str = "GET") -> str:
    answer = await window.web.request(method, path, headers=headers)
    assert len(answer.content) > 500, (path, answer.status_code, answer.text)  # else nothing would be compressed
    return str(answer.headers.get("content-encoding", ""))


PERSONAL: Final = ("/", "/cases", "/services?q=x", "/me/accesses", "/sign-in")


@pytest.mark.parametrize("path", PERSONAL)
@pytest.mark.parametrize("headers", ELSEWHERE, ids=["cross-site", "neighbour", "typed", "unsaid"])
async def test_answer_with_a_session_is_long_as_it_is(window: Played, path: str, headers: dict[str, str]) -> None:
    """Whoever sent her browser there reads nothing from the length."""
    await window.session()
    assert await _coding(window, path, headers) == ""


@pytest.mark.parametrize("path", PERSONAL)
async def test_page_that_a_page_of_ours_leads_to_is_compressed(window: Played, path: str) -> None:
    """Her own clicks: nobody else chose the address, and slow telephones are spared."""
    await window.session()
    assert await _coding(window, path, OURS) == "gzip"


@pytest.mark.parametrize("headers", [*ELSEWHERE, OURS])
@pytest.mark.parametrize("path", ["/", "/services?q=x", "/sign-in"])
async def test_page_for_nobody_is_compressed(window: Played, path: str, headers: dict[str, str]) -> None:
    assert await _coding(window, path, headers) == "gzip"


async def test_file_is_compressed_for_everybody(window: Played) -> None:
    await window.session()
    style = re.search(r'href="(/static/window.css[^"]*)"', (await window.web.get("/")).text)
    assert style is not None
    for headers in ELSEWHERE:
        assert await _coding(window, style[1], headers) == "gzip"


@pytest.mark.parametrize("path", ["/audit/export", "/audit", "/me/accesses.csv"])
async def test_file_of_a_session_is_long_as_it_is(window: Played, path: str) -> None:
    await window.session("person" if path.startswith("/me") else "auditor")
    for headers in ELSEWHERE:
        answer = await window.web.get(path, headers=headers)
        assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)


async def test_stream_is_never_compressed(window: Played) -> None:
    await window.session()
    for headers in (*ELSEWHERE, OURS):
        assert await _coding(window, "/cases/case_1/live", headers) == ""


async def test_answer_to_a_forged_post_is_long_as_it_is(window: Played) -> None:
    await window.session()
    assert await _coding(window, "/sign-out?x=guess", ELSEWHERE[0], "POST") == ""


# --- What a page repeats of its address -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/cases", "/nothing", "/me/accesses", "/sign-in", "/services/x", "/audit"])
@pytest.mark.parametrize("role", ["", "person"])
async def test_page_repeats_no_query_that_it_does_not_know(window: Played, path: str, role: str) -> None:
    if role:
        await window.session(role)
    answer = await window.web.get(f"{path}?probe=ZZZZQQ&cursor%00=ZZZZQQ&ZZZZQQ", headers=OURS)
    assert "ZZZZQQ" not in answer.text + str(answer.headers.get("location"))


async def test_page_repeats_what_it_knows_of_its_query(window: Played) -> None:
    """A change of the language leaves her where she was."""
    await window.session("auditor")
    page = await window.web.get("/audit?portal=barid&x=1&since=2026-11-30T09:00", headers=OURS)
    assert 'to=/audit%3Fportal%3Dbarid%26since%3D2026-11-30T09%3A00"' in page.text
    for path, same in (
        ("/services?q=a+b&y=1", "/services%3Fq%3Da%2Bb"),
        ("/sign-in?as=agent", "/sign-in%3Fas%3Dagent"),
    ):
        assert f'to={same}"' in (await window.web.get(path)).text


async def test_sign_in_leads_back_to_what_the_page_knows(window: Played) -> None:
    answer = await window.web.get("/cases?cursor=x&probe=ZZZZ")
    assert httpx.URL(answer.headers["location"]).params["to"] == "/cases?cursor=x"


@pytest.mark.parametrize("path", ["/?x={}", "/services?q={}", "/sign-in?to=/{}", "/cases/{}", "/{}", "/nothing?{}"])
@pytest.mark.parametrize("letter", ["a", "~", "'", "%22", "&"])
async def test_long_address_makes_no_long_page(window: Played, path: str, letter: str) -> None:
    """Each link that comes back to the page would say it again, longer still."""
    usual = len((await window.web.get("/sign-in")).content)
    answer = await window.web.get(path.format(letter * (60_000 // len(letter))))
    assert len(answer.content) < usual + 15 * LONGEST, path
