"""Requests as no browser makes them, on a real socket: what a proxy would read otherwise, and heads without end."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.sandbox.serve import running
from tests.waiting import PATIENCE
from tests.window.played_gateway import Played, listed, played, refused, told
from window.identity_provider import IdentityProviders
from window.protocol import HEAD_BYTES, BoundedHeads
from window.session.seals import Seals
from window.settings import load

IDP: Final = "https://idp.example"
KEY: Final = {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
NAMED: Final = {"authorization_endpoint": IDP, "token_endpoint": IDP, "jwks_uri": f"{IDP}/keys"}


def _gateway(request: httpx.Request) -> httpx.Response | None:
    match request.url.path:
        case "/v1/services":
            return told({"object": "list", "data": [], "categories": [], "suggestions": []})
        case "/v1/cases":
            return listed()
        case "/.well-known/openid-configuration":
            return told({"issuer": IDP, **NAMED})
        case "/keys":
            return told({"keys": [KEY]})
    return refused(404, "not_found")


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway, sign_in={"person": {"client_id": "w", "issuer": IDP}}) as found:
        yield found


@pytest.fixture
async def port(window: Played) -> AsyncIterator[int]:
    async with running(window.app, http=BoundedHeads) as url:
        yield httpx.URL(url).port or 0


async def _status(port: int, *parts: bytes) -> int:
    """Of the first answer to these bytes; 0 if the connection ends without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            try:
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                line = await reader.readline()
            except ConnectionError:
                line = b""
    finally:
        writer.close()
    return int(line.split(b" ")[1]) if line else 0


def _head(*lines: bytes, path: bytes = b"/health", method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", *lines, b"", b""])


HOST: Final = b"Host: 127.0.0.1"


async def test_head_of_a_request_has_an_end(port: int) -> None:
    assert await _status(port, _head(HOST, b"X: " + b"a" * (HEAD_BYTES - 200))) == 200
    assert await _status(port, _head(HOST, b"X: " + b"a" * HEAD_BYTES)) == 431
    assert await _status(port, _head(HOST, *(b"X%d: a" % each for each in range(20_000)))) in (0, 431)
    assert await _status(port, _head(HOST, path=b"/health?" + b"a" * HEAD_BYTES)) in (0, 400, 431)


async def test_head_that_never_ends_is_not_kept(port: int) -> None:
    assert await _status(port, b"GET / HTTP/1.1\r\nX: ", *[b"a" * 16_384] * 64) in (0, 431)


class Hasty(BoundedHeads):
    head_seconds = 0.2


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"X: a\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("before", [b"", _head(HOST)], ids=["first", "second"])
async def test_head_that_is_not_finished_is_too_late(window: Played, before: bytes) -> None:
    """Of a new connection, and of one that has had an answer."""
    async with running(window.app, http=Hasty) as url, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        writer.write(before)
        if before:
            length = re.search(rb"content-length: ([0-9]+)", await reader.readuntil(b"\r\n\r\n"))
            assert length is not None
            await reader.readexactly(int(length[1]))
        writer.write(b"GET /health HTTP/1.1\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_head_that_drips_ends(window: Played) -> None:
    """Each piece of it puts nothing off. What is sent while the connection is closed resets it, with the answer."""
    async with running(window.app, http=Hasty) as url, asyncio.timeout(PATIENCE):
        _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        writer.write(b"GET /health HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            await _drip(writer)


async def test_connection_that_says_nothing_is_closed(window: Played) -> None:
    async with running(window.app, http=Hasty) as url, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        assert await reader.read() == b""
        writer.close()


async def test_body_that_takes_longer_than_a_head_may_is_read(window: Played) -> None:
    kind = b"Content-Type: application/x-www-form-urlencoded"
    async with running(window.app, http=Hasty) as url, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        writer.write(_head(HOST, kind, b"Content-Length: 9", method=b"POST", path=b"/backchannel-logout"))
        await asyncio.sleep(3 * Hasty.head_seconds)  # longer than a head may take
        writer.write(b"logout_to")
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_large_body_is_no_head(port: int) -> None:
    """Nor is what comes after it on the same connection."""
    kind, size = b"Content-Type: application/x-www-form-urlencoded", 300_000
    post = _head(HOST, kind, b"Content-Length: %d" % size, method=b"POST", path=b"/sign-out") + b"a" * size
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE):
        for _ in range(2):
            writer.write(post)
            assert b"403" in await reader.readline()
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(_head(HOST))
        assert b"200" in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    "lines",
    [
        (HOST, b"Host: evil.example"),
        (HOST, b"Origin: https://evil.example", b"Origin: http://127.0.0.1:8403"),
        (HOST, b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Site: same-origin"),
        (HOST, b"Content-Type: text/plain", b"Content-Type: application/json"),
        (HOST, b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        (HOST, b"Transfer-Encoding: xchunked"),
        (HOST, b"Content-Length: 4", b"Content-Length: 5"),
        (HOST, b"Content-Length: +4"),
        (HOST, b"Content-Length : 4"),
        (HOST, b"X: a", b" folded"),
    ],
    ids=["host", "origin", "site", "type", "both-lengths", "coding", "lengths", "sign", "space", "folded"],
)
async def test_head_that_can_be_read_in_two_ways_is_refused(port: int, lines: tuple[bytes, ...]) -> None:
    assert await _status(port, _head(*lines, method=b"POST", path=b"/sign-out")) == 400


@pytest.mark.parametrize("path", ["/static/nothing", "/healthy", "/static/..%2fsettings.py"])
async def test_page_of_no_file_is_guarded_like_any_page(window: Played, path: str) -> None:
    found = await window.web.get(path)
    assert found.status_code == 404
    assert found.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in found.headers["content-security-policy"]


async def test_sign_in_under_way_is_bound_to_this_host_over_tls(tmp_path: Path) -> None:
    """No neighbour under the same domain, and nobody on the way, plants a sign-in of his own: login CSRF."""
    over = {"profile": "production", "server": {"public_url": "https://w.example"}}
    async with played(tmp_path, _gateway, sign_in={"person": {"client_id": "w", "issuer": IDP}}, **over) as window:
        (cookie,) = (await window.web.get("/sign-in/start")).headers.get_list("set-cookie")
    named, *attributes = cookie.split("; ")
    assert named.startswith("__Host-sign-in-")
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=900", "Secure"}


def test_seal_opens_what_it_closed_for_its_purpose_and_time() -> None:
    seals, others = Seals(b"k" * 32), Seals(b"o" * 32)
    closed = seals.owner.close(b"amina")
    assert seals.owner.open(closed, 60) == b"amina"
    assert [each.open(closed, 60) for each in (seals.sign_in, others.owner)] == [None, None]
    assert seals.owner.open(closed, -1) is None
    assert [seals.owner.open(each, 60) for each in ("", "é", closed[:-4], "A" * 200)] == [None] * 4


async def test_many_cookies_get_a_short_answer(window: Played) -> None:
    cookies = "; ".join(f"window-sign-in-{each:016x}=gAAAA" for each in range(1_000))
    begun = await window.web.get("/sign-in/start", headers={"Cookie": cookies})
    assert begun.status_code == 303
    assert len(begun.headers.get_list("set-cookie")) <= 25


@pytest.mark.parametrize("odd", ["é", "a\r\nX: y", "k" * 5000])
async def test_field_that_fits_no_header_is_no_fault_of_ours(window: Played, odd: str) -> None:
    await window.session()
    page = await window.web.get("/me/mandates/new")
    sent = {"purpose": "x", "days": "7", "key": odd, "agent": "demo-agent"}
    assert (await window.send(page, "/me/mandates/new", **sent)).status_code < 500
    assert (await window.web.get("/cases/case_1/live", params={"after": odd})).status_code == 404


async def test_part_in_an_unknown_character_set_is_a_bad_request(window: Played) -> None:
    await window.session()
    part = (
        b'--B\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: text/plain; charset=evil\r\n\r\nx\r\n--B--'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    assert (await window.web.post("/sign-out", content=part, headers={**window.ours(), **kind})).status_code == 400


@pytest.mark.parametrize("deep", ["head", "claims"])
async def test_logout_token_without_a_bottom_is_refused(window: Played, deep: str) -> None:
    bomb = base64.urlsafe_b64encode(b'{"a":' + b"[" * 20_000).decode().rstrip("=")
    good = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"logout+jwt"}').decode().rstrip("=")
    token = f"{bomb}.e30.AAAA" if deep == "head" else f"{good}.{bomb}.AAAA"
    answer = await window.web.post("/backchannel-logout", data={"logout_token": token})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_provider_that_hangs_takes_one_connection(tmp_path: Path) -> None:
    """Whoever wants to sign in meanwhile waits for the same answer, and takes none from those who are signed in."""
    asked, answer = 0, asyncio.Event()

    async def hanging(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        if request.url.path == "/.well-known/openid-configuration":
            asked += 1
            await answer.wait()
        return _gateway(request) or refused(404, "not_found")

    settings = load(state_dir=tmp_path, profile="demo", sign_in={"person": {"client_id": "w", "issuer": IDP}})
    async with httpx.AsyncClient(base_url="http://gateway", transport=httpx.MockTransport(hanging)) as http:
        providers = IdentityProviders(settings, http)
        waiting: list[Any] = [asyncio.create_task(providers.of(settings.sign_in["person"])) for _ in range(20)]
        while not asked:
            await asyncio.sleep(0)
        waiting[0].cancel()
        answer.set()
        found = await asyncio.gather(*waiting[1:])
    assert (asked, {each.issuer for each in found}) == (1, {IDP})
