"""An auditor's export goes through part by part to its end, or breaks off; hashes may be kept, pages may not."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import COOKIE, Played, played, refused
from window.pages import audit_export
from window.session import store
from window.visit import NeedsSignIn

HEADER: Final = "index,leaf_hash\r\n"
PART: Final = 3
SIZE: Final = 8


@dataclass
class Log:
    """Eight records, three of them in a part."""

    full: bool = False
    busy: int = 0
    """How often the next part after the first is refused."""
    links: dict[str, str] = field(default_factory=dict)
    """Other links than the true ones, by the place where a part begins."""
    broken_from: int = SIZE
    """Where a part ends before its end."""
    csv_kind: str = "text/csv"
    after_part: Callable[[], Awaitable[None]] | None = None

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path.startswith("/audit/log/tile/"):
            return httpx.Response(200, content=b"h" * 32)
        if request.url.path.startswith("/audit/receipts/"):
            return httpx.Response(200, content=b"proof", headers={"content-type": "text/plain; charset=utf-8"})
        if request.url.path != "/audit/export":
            return None
        asked = request.url.params
        first = int(asked.get("first", "0"))
        if self.full:
            return refused(503, "overloaded", retry_after=5)
        if first and self.busy:
            self.busy -= 1
            return refused(503, "overloaded", retry_after=0)
        assert (asked.get("size", str(SIZE)), asked["client"]) == (str(SIZE), "demo")
        stop = min(first + PART, SIZE)
        headers = {
            "audit-size": str(SIZE),
            "content-type": self.csv_kind if asked["format"] == "csv" else "application/x",
        }
        if stop < SIZE:
            true = f'<https://elsewhere.example/audit/export?client=other&first={stop}&size={SIZE}>; rel="next"'
            headers["link"] = self.links.get(str(first), true)
        return httpx.Response(200, headers=headers, content=self._lines(asked["format"], first, stop))

    async def _lines(self, format: str, first: int, stop: int) -> AsyncIterator[bytes]:
        if format == "csv":
            yield HEADER[:5].encode()
            yield HEADER[5:].encode()
        for index in range(first, stop):
            if index >= self.broken_from:
                raise httpx.ReadError("reset")
            yield f"{index},\r\n".encode() if format == "csv" else b'{"index":%d}\n' % index
        if self.after_part is not None:
            await self.after_part()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def window(tmp_path: Path, log: Log) -> AsyncIterator[Played]:
    async with played(tmp_path, log.answer) as found:
        await found.session("auditor")
        yield found


async def test_all_parts_are_one_file(window: Played) -> None:
    answer = await window.web.get("/audit/export?format=jsonl&client=demo")
    assert answer.text.splitlines() == [f'{{"index":{index}}}' for index in range(SIZE)]
    assert (answer.headers["audit-size"], answer.headers["content-type"]) == (str(SIZE), "application/x")
    assert answer.headers["content-disposition"] == 'attachment; filename="log.jsonl"'
    assert {each.url.host for each in window.calls} == {"127.0.0.1"}, "a link leads to no other host"


async def test_columns_of_a_table_are_named_signed_in_for_one_part(window: Played) -> None:
    answer = await window.web.get("/audit/export?format=csv&client=demo")
    assert answer.text == HEADER + "".join(f"{index},\r\n" for index in range(SIZE))


async def test_nothing_waits_for_the_next_part(window: Played) -> None:
    """What the gateway has given is passed on before more is asked for."""
    sent: list[tuple[int, bytes]] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            sent.append((len(window.calls), message.get("body", b"")))
            await send(message)

        await window.app(scope, receive, noted)

    window.web._transport = httpx.ASGITransport(app=watched)
    await window.web.get("/audit/export?format=jsonl&client=demo", headers={"Accept-Encoding": "identity"})
    assert [parts for parts, body in sent if body] == [1, 1, 1, 2, 2, 2, 3, 3]


async def test_export_that_takes_longer_than_idle_time_is_whole(
    window: Played, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The auditor waits for it: each part is a use of her session."""
    idle = window.settings.sessions.idle_minutes * 60
    clock = SimpleNamespace(now=time.time())
    monkeypatch.setattr(store, "time", SimpleNamespace(time=lambda: clock.now))

    async def later() -> None:
        clock.now += idle * 0.7

    log.after_part = later
    answer = await window.web.get("/audit/export?format=jsonl&client=demo")
    assert len(answer.text.splitlines()) == SIZE


async def test_gateway_that_is_busy_is_asked_again(window: Played, log: Log) -> None:
    log.busy = 2
    answer = await window.web.get("/audit/export?format=jsonl&client=demo")
    assert len(answer.text.splitlines()) == SIZE


@pytest.mark.parametrize("cause", ["reset", "busy", "nowhere", "backwards", "ended", "signed out"])
async def test_export_that_cannot_go_on_breaks_off(
    window: Played, log: Log, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its end, so that nobody takes it for a whole one."""
    monkeypatch.setattr(audit_export, "_MOST_WAIT_SECONDS", 0)
    match cause:
        case "reset":
            log.broken_from = 4
        case "busy":
            log.busy = 100
        case "nowhere":
            log.links["3"] = '</audit/export?first=²&size=8>; rel="next"'
        case "backwards":
            log.links["3"] = '</audit/export?first=3&size=8>; rel="next"'
        case "signed out":
            log.after_part = partial(window.store.end, window.web.cookies[COOKIE])
        case "ended":
            session = await window.store.find(window.web.cookies[COOKIE])
            assert session is not None
            monkeypatch.setattr("window.visit.PageVisit.require", _signed_in_for_one_part(session))
    transport = httpx.ASGITransport(app=window.app, raise_app_exceptions=True)
    cookies = {COOKIE: window.web.cookies[COOKIE]}
    async with httpx.AsyncClient(transport=transport, base_url=window.settings.origin, cookies=cookies) as strict:
        with pytest.raises(Exception, match="after response started"):
            await strict.get("/audit/export?format=jsonl&client=demo")


def _signed_in_for_one_part(session: Any) -> Any:
    """Signed in until the second part."""
    asked = []

    async def require(visit: Any, *_: str) -> Any:
        asked.append(visit)
        if len(asked) > 2:
            raise NeedsSignIn("auditor", expired=True)
        visit.session = session
        return None

    return require


async def test_export_that_is_refused_is_a_page(window: Played, log: Log) -> None:
    log.full = True
    answer = await window.web.get("/audit/export?client=demo")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "content-disposition" not in answer.headers


async def test_character_set_of_a_file_is_said_once(window: Played, log: Log) -> None:
    log.csv_kind = "text/csv; charset=utf-8"
    table = await window.web.get("/audit/export?format=csv&client=demo")
    assert table.headers.get_list("content-type") == ["text/csv; charset=utf-8"]
    proof = await window.web.get("/records/call_1/proof")
    assert proof.headers.get_list("content-type") == ["text/plain; charset=utf-8"]


async def test_script_whose_session_has_ended_is_told_so(window: Played, log: Log) -> None:
    """And not sent to a page that it would take for the file, or for hashes."""
    await window.store.end(window.web.cookies[COOKIE])
    for path in ("/audit/export?client=demo", "/audit/tile/0/000"):
        answer = await window.web.get(path, headers={"Sec-Fetch-Mode": "cors"})
        assert answer.status_code == 401, path


async def test_hashes_of_the_log_may_be_kept_by_the_browser(window: Played) -> None:
    answer = await window.web.get("/audit/tile/0/000")
    assert answer.headers.get_list("cache-control") == ["private, max-age=3600"]
    page = await window.web.get("/sign-in")
    assert page.headers.get_list("cache-control") == ["no-store"]
