"""What the connection does with portals that misbehave, and what it tells the layers above."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import tracemalloc
import zlib
from contextlib import ExitStack

import httpx
import pytest

from gateway.outbound.errors import AnswerEncoded, AnswerTooLarge, HostRefused, never_sent
from tests.outbound.raw import READING, WRITING, answer, during
from tests.waiting import PATIENCE

ONCE = {"retry": {"attempts": 1}}


async def failure(portal_client, operation=READING, method="GET", path="/x", **more):
    with during(operation) as call, pytest.raises(httpx.TransportError) as caught:
        await portal_client.client.request(method, path, **more)
    return caught.value, call


async def test_an_answer_comes_back_whole(portal, client_to):
    portal.respond = lambda _: answer(201, b'{"a":1}', content_type="application/json")
    response = await client_to(portal.url).client.post("/orders?x=%7E", json={"b": 2})
    assert (response.status_code, response.json()) == (201, {"a": 1})
    assert (portal.seen[0].method, portal.seen[0].target, portal.seen[0].body) == ("POST", "/orders?x=%7E", b'{"b":2}')


async def test_a_portal_that_does_not_listen_was_never_sent_anything(client_to):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    error, call = await failure(client_to(f"http://127.0.0.1:{port}", **ONCE), WRITING, "POST")
    assert isinstance(error, httpx.ConnectError)
    assert never_sent(error)
    assert call.exposures == 0


async def test_a_portal_that_hangs_at_connecting_was_never_sent_anything(client_to):
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        error, call = await failure(client_to(url, timeouts={"connect_seconds": 0.05}, **ONCE), WRITING, "POST")
    assert isinstance(error, httpx.ConnectTimeout)
    assert call.exposures == 0


async def test_a_portal_that_hangs_in_the_tls_handshake_was_never_sent_anything(listen, client_to):
    url = (await listen(lambda reader, _: reader.read())).replace("http:", "https:")
    error, call = await failure(client_to(url, timeouts={"connect_seconds": 0.05}, **ONCE), WRITING, "POST")
    assert isinstance(error, httpx.ConnectTimeout)
    assert call.exposures == 0


async def test_a_portal_that_hangs_after_the_request_may_have_acted(listen, client_to):
    url = await listen(lambda reader, _: reader.read())
    error, call = await failure(client_to(url, timeouts={"read_seconds": 0.05}, **ONCE), WRITING, "POST", json={})
    assert isinstance(error, httpx.ReadTimeout)
    assert not never_sent(error)
    assert call.exposures == 1


async def _reset(reader, writer):
    await reader.read(10)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def _close(reader, writer):
    await reader.read(10)


async def _close_at_once(reader, writer):
    pass


async def _garbage(reader, writer):
    await reader.read(10)
    writer.write(b"\x00\xffwhat is this\r\n\r\n")
    await reader.read()


async def _truncated_body(reader, writer):
    await reader.read(10)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    await writer.drain()


async def _truncated_chunks(reader, writer):
    await reader.read(10)
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab")
    await writer.drain()


async def _reset_in_the_body(reader, writer):
    await reader.read(10)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (_reset, httpx.ReadError),
        (_close, httpx.ReadError),
        (_close_at_once, httpx.ReadError),
        (_garbage, httpx.RemoteProtocolError),
        (_truncated_body, httpx.RemoteProtocolError),
        (_truncated_chunks, httpx.RemoteProtocolError),
        (_reset_in_the_body, httpx.TransportError),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_whatever_breaks_after_sending_began_may_have_reached_the_portal(
    listen, client_to, behaviour, kind, method
):
    error, call = await failure(client_to(await listen(behaviour), **ONCE), WRITING, method)
    assert isinstance(error, kind)
    assert not never_sent(error)
    assert call.exposures == (method == "POST")


async def test_a_kept_connection_that_is_dropped_is_not_silently_used_again(portal, client_to):
    portal.respond = lambda seen: None if len(portal.seen) == 2 else answer()
    portal_client = client_to(portal.url, **ONCE)
    with during(READING):
        await portal_client.client.get("/first")
    error, call = await failure(portal_client)
    assert isinstance(error, httpx.ReadError)
    assert call.attempts == 1
    assert [seen.connection for seen in portal.seen] == [1, 1]


async def test_connections_are_kept_for_what_may_be_repeated(portal, client_to):
    portal_client = client_to(portal.url)
    with during(READING):
        for _ in range(3):
            await portal_client.client.post("/soap")
    assert portal.connections == 1


async def test_what_must_not_be_repeated_gets_a_connection_of_its_own(portal, client_to):
    portal_client = client_to(portal.url)
    with during(WRITING):
        await portal_client.client.get("/lookup")
        await portal_client.client.post("/orders")
        await portal_client.client.post("/orders")
    assert [seen.connection for seen in portal.seen] == [1, 2, 3]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://undeclared.invalid/",
        "https://127.0.0.1/",
        "http://localhost:{port}/",
        "http://127.0.0.1:{port}@evil.invalid/",
        "ftp://127.0.0.1:{port}/",
    ],
)
async def test_only_declared_origins_are_called(portal, client_to, monkeypatch, url):
    looked_up = []
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lambda *a, **k: looked_up.append(a))
    error, _ = await failure(client_to(portal.url, **ONCE), path=url.format(port=portal.url.rsplit(":", 1)[1]))
    assert isinstance(error, HostRefused)
    assert (portal.connections, looked_up) == (0, [])


async def test_the_header_names_no_other_host_than_the_address(portal, client_to):
    client = client_to(portal.url, **ONCE).client
    for headers in ({"Host": "other.invalid"}, [("Host", portal.url.partition("//")[2]), ("host", "other.invalid")]):
        with pytest.raises(HostRefused):
            await client.get("/x", headers=headers)
    client.headers["host"] = "other.invalid"
    with pytest.raises(HostRefused):
        await client.get("/x")
    assert portal.connections == 0


async def test_a_redirect_is_not_followed(portal, client_to):
    portal.respond = lambda _: answer(302, location=f"{portal.url}/elsewhere")
    assert (await client_to(portal.url).client.get("/x")).status_code == 302
    assert len(portal.seen) == 1


async def test_no_cookie_is_kept_because_the_client_serves_many_persons(portal, client_to):
    portal.respond = lambda _: answer(set_cookie="session=of-another-person; Path=/")
    portal_client = client_to(portal.url)
    for _ in range(2):
        await portal_client.client.get("/x")
    assert "cookie" not in portal.seen[1].headers


async def test_proxies_of_the_environment_are_not_used(portal, client_to, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await client_to(portal.url).client.get("/x")).status_code == 200


async def test_an_answer_that_announces_too_much_is_not_read(portal, client_to):
    portal.respond = lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
    error, _ = await failure(client_to(portal.url, limits={"response_bytes": 1000}))
    assert isinstance(error, AnswerTooLarge)
    assert len(portal.seen) == 1


async def test_an_endless_answer_is_cut_off(listen, client_to):
    ended = asyncio.Event()

    async def endless(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            ended.set()

    error, _ = await failure(client_to(await listen(endless), limits={"response_bytes": 10_000}))
    assert isinstance(error, AnswerTooLarge)
    await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_an_answer_at_the_limit_passes(portal, client_to):
    portal.respond = lambda _: answer(200, b"x" * 1000)
    response = await client_to(portal.url, limits={"response_bytes": 1000}).client.get("/x")
    assert len(response.content) == 1000


async def test_gzip_is_undone_although_not_asked_for(portal, client_to):
    portal.respond = lambda _: answer(200, gzip.compress(b'{"a":1}'), content_encoding="gzip")
    response = await client_to(portal.url).client.get("/x")
    assert response.json() == {"a": 1}
    assert portal.seen[0].headers["accept-encoding"] == "identity"


MEMBERS = gzip.compress(b'{"a":', mtime=0), gzip.compress(b"", mtime=0), gzip.compress(b"1}", mtime=0)
"""A series of members is the concatenation of what they hold (RFC 1952 section 2.2)."""


async def test_gzip_in_several_members_is_undone_whole(portal, client_to):
    long = [gzip.compress(bytes([65 + n]) * 70_000, mtime=0) for n in range(3)]
    for members, plain in ((MEMBERS, b'{"a":1}'), (long, b"".join(bytes([65 + n]) * 70_000 for n in range(3)))):
        packed = b"".join(members)
        portal.respond = lambda _, body=packed: answer(200, body, content_encoding="gzip")
        response = await client_to(portal.url, limits={"decompression_ratio": 10_000.0}).client.get("/x")
        assert response.content == plain


@pytest.mark.parametrize("limits", [{"response_bytes": 200_000}, {"decompression_ratio": 10.0}])
async def test_a_gzip_bomb_in_members_is_not_unfolded(portal, client_to, limits):
    bomb = gzip.compress(b"\0" * 150_000) * 30
    portal.respond = lambda _: answer(200, bomb, content_encoding="gzip")
    error, _ = await failure(client_to(portal.url, limits=limits))
    assert isinstance(error, AnswerTooLarge)


async def test_gzip_in_too_many_members_is_not_undone(portal, client_to):
    portal.respond = lambda _: answer(200, MEMBERS[1] * 12, content_encoding="gzip")
    error, _ = await failure(client_to(portal.url, limits={"gzip_members": 11}))
    assert isinstance(error, AnswerTooLarge)
    assert (await client_to(portal.url, limits={"gzip_members": 12}).client.get("/x")).content == b""


@pytest.mark.parametrize("limits", [{"response_bytes": 200_000}, {"decompression_ratio": 10.0}])
async def test_a_gzip_bomb_is_not_unfolded(portal, client_to, limits):
    bomb = gzip.compress(b"\0" * 5_000_000)
    portal.respond = lambda _: answer(200, bomb, content_encoding="gzip")
    error, _ = await failure(client_to(portal.url, limits=limits))
    assert isinstance(error, AnswerTooLarge)


async def test_a_gzip_bomb_takes_no_more_memory_than_the_limit(portal, client_to):
    bomb = gzip.compress(b"\0" * 50_000_000)
    portal.respond = lambda _: answer(200, bomb, content_encoding="gzip")
    portal_client = client_to(portal.url, limits={"response_bytes": 100_000})
    tracemalloc.start()
    try:
        await failure(portal_client)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("body", "coding", "kind"),
    [
        (gzip.compress(b"whole", mtime=0)[:-4], "gzip", httpx.RemoteProtocolError),
        (b"not gzip", "gzip", httpx.RemoteProtocolError),
        (MEMBERS[0] + b"{}", "gzip", httpx.RemoteProtocolError),
        (MEMBERS[0] + b"\0\0\0", "gzip", httpx.RemoteProtocolError),
        (MEMBERS[0] + MEMBERS[2][:-1], "gzip", httpx.RemoteProtocolError),
        (MEMBERS[0] + MEMBERS[2][:9], "gzip", httpx.RemoteProtocolError),
        (MEMBERS[0], "gzip, gzip", AnswerEncoded),
        (zlib.compress(b"{}"), "deflate", AnswerEncoded),
        (b"?", "br", AnswerEncoded),
    ],
)
async def test_other_codings_and_broken_gzip_are_refused(portal, client_to, body, coding, kind):
    portal.respond = lambda _: answer(200, body, content_encoding=coding)
    error, _ = await failure(client_to(portal.url, **ONCE))
    assert isinstance(error, kind)


async def test_a_large_body_is_sent_whole(portal, client_to):
    body = bytes(range(256)) * 8192
    assert (await client_to(portal.url).client.post("/x", content=body)).status_code == 200
    assert portal.seen[0].body == body


async def test_a_cancelled_call_gives_its_connection_up(listen, client_to):
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def hang(reader, writer):
        await reader.read(10)
        arrived.set()
        while await reader.read(1000):
            pass
        gone.set()

    task = asyncio.create_task(client_to(await listen(hang)).client.get("/x"))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), PATIENCE)
