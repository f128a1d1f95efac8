"""The short way through the client leads where httpx's own leads."""

from __future__ import annotations

import httpx
import pytest

from gateway.outbound.client import LayeredClient

BASE = "http://portal.example:8401/barid"


class Echo(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(b"location", b"http://elsewhere.example/"), (b"set-cookie", b"seen=1")]
        return httpx.Response(302 if request.url.path.endswith("/moved") else 200, headers=headers, content=b"{}")


@pytest.fixture
async def ours():
    async with LayeredClient(Echo(), base_url=httpx.URL(BASE), user_agent="mre-gateway/test") as client:
        yield client


@pytest.fixture
async def theirs():
    headers = {"user-agent": "mre-gateway/test", "accept-encoding": "identity"}
    async with httpx.AsyncClient(transport=Echo(), base_url=BASE, headers=headers, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/Tracking/Search", {"params": {"trackingCode": "RR123456785MA"}}),
        ("/Tracking/Search?a=1", {}),
        ("/Tracking/Search?a=1", {"params": {"b": "2"}}),
        ("/search", {"params": {"name": "نسخة & é", "empty": ""}}),
        ("/search", {"params": {}}),
        ("/nom/Élise%20B", {}),
        ("/orders", {"json": {"copies": 2}}),
        ("/orders", {"content": b"x", "headers": {"Content-Type": "text/plain", "Accept": "text/html"}}),
        ("/orders", {"data": {"a": "1"}, "headers": {"X-Own": "1"}, "timeout": 3}),
        ("/orders", {"cookies": {"a": "1"}}),
        ("orders", {}),
        ("", {}),
        ("/orders/../../admin", {}),
        ("/orders/./x", {}),
        ("//elsewhere.example/x", {}),
        ("http://elsewhere.example/x", {}),
        ("/orders#part", {}),
        (httpx.URL("/orders"), {}),
    ],
)
async def test_a_request_is_the_one_that_httpx_would_build(ours, theirs, url, told):
    own, wanted = ours.build_request("POST", url, **told), theirs.build_request("POST", url, **told)
    assert (own.method, str(own.url), own.url.raw_path) == (wanted.method, str(wanted.url), wanted.url.raw_path)
    assert own.headers.raw == wanted.headers.raw
    assert own.content == wanted.content


async def test_headers_of_one_request_do_not_stay_for_the_next(ours):
    ours.build_request("GET", "/x", headers={"X-Own": "1"})
    assert "x-own" not in ours.build_request("GET", "/x").headers


async def test_redirects_are_answers_and_cookies_are_not_kept(ours):
    answer = await ours.get("/moved")
    assert (answer.status_code, answer.request.url.path) == (302, "/barid/moved")
    await ours.get("/x")
    assert "cookie" not in ours.build_request("GET", "/x").headers


async def test_credentials_of_one_request_are_sent(ours):
    assert "authorization" in (await ours.get("/x", auth=("user", "pass"))).request.headers


async def test_a_closed_client_sends_nothing(ours):
    await ours.aclose()
    with pytest.raises(RuntimeError):
        await ours.get("/x")


class Saying(httpx.AsyncBaseTransport):
    def __init__(self, content: bytes, kind: str) -> None:
        self.content, self.kind = content, kind

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": self.kind}, content=self.content)


@pytest.mark.parametrize("url", ["/orders/1", f"{BASE}/orders/1"])
@pytest.mark.parametrize("content", [b'{"state":"refused","state":"done"}', b'{"a":[{"b":1,"\\u0062":2}]}'])
async def test_an_answer_with_a_member_twice_is_not_taken(url, content):
    for kind in ("application/json", "application/problem+json; charset=utf-8", "text/html", "", "text/plain"):
        client = LayeredClient(Saying(content, kind), base_url=httpx.URL(BASE), user_agent="x")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)
        with pytest.raises(httpx.RemoteProtocolError):  # what a decoder passes over before it begins
            await LayeredClient(Saying(b" \r\n" + content, kind), base_url=httpx.URL(BASE), user_agent="x").get(url)


async def test_an_answer_that_repeats_nothing_is_taken():
    for kind, content in (("application/json", b'[{"a":1},{"a":2}]'), ("text/html", b'<p>{"a":1,"a":2}</p>')):
        client = LayeredClient(Saying(content, kind), base_url=httpx.URL(BASE), user_agent="x")
        assert (await client.get("/orders/1")).content == content
