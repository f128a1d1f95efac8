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


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "get"])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/Tracking/Search", {"params": {"trackingCode": "RR123456785MA"}}),
        ("/Tracking/Search", {"params": [("a", "1"), ("b", True), ("a", None)]}),
        ("/Tracking/Search", {"params": {"a": "1", "b": "=", "c": "x"}}),
        ("/Tracking/Search", {"params": {"a=b": "1", "": ""}}),
        ("/Tracking/Search", {"params": {"a": ["1", "2"], "b": 3, "c": "~_.-"}}),
        ("/Tracking/Search", {"params": "a=%C3%A9&b=x y"}),
        ("/Tracking/Search", {"params": {"a": "{}|\\^`~*'\"<>#?/;:@\t\n"}}),
        ("/orders/", {}),
        ("/orders/a.b~c/.d", {}),
        ("/orders/%2e%2E/x", {}),
        ("/orders/a:b;c=d", {}),
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
async def test_a_request_is_the_one_that_httpx_would_build(ours, theirs, method, url, told):
    own, wanted = ours.build_request(method, url, **told), theirs.build_request(method, url, **told)
    assert (own.method, str(own.url), own.url.raw_path) == (wanted.method, str(wanted.url), wanted.url.raw_path)
    assert own.url == wanted.url
    assert own.headers.raw == wanted.headers.raw
    assert own.content == wanted.content


@pytest.mark.parametrize("base", ["http://portal.example", "https://portal.example:443/", "http://[::1]:8401/a/b/"])
async def test_an_address_is_below_the_base(base):
    headers = {"user-agent": "x", "accept-encoding": "identity"}
    ours = LayeredClient(Echo(), base_url=httpx.URL(base), user_agent="x")
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as theirs:
        wanted = theirs.build_request("GET", "/x", params={"a": "1"})
    own = ours.build_request("GET", "/x", params={"a": "1"})
    assert (own.url, own.url.netloc, own.headers.raw) == (wanted.url, wanted.url.netloc, wanted.headers.raw)


async def test_what_is_too_long_for_httpx_is_refused_as_by_httpx(ours):
    for url, params in (("/" + "a" * 70_000, None), ("/x", {"a": "b" * 70_000})):
        with pytest.raises(httpx.InvalidURL):
            ours.build_request("GET", url, params=params)


@pytest.mark.parametrize("headers", [{"x-own": "1"}, {"Host": "other.example"}])
async def test_headers_that_the_client_is_given_later_are_sent(ours, theirs, headers):
    ours.build_request("GET", "/x")
    ours.headers.update(headers)
    theirs.headers.update(headers)
    assert ours.build_request("GET", "/x").headers.raw == theirs.build_request("GET", "/x").headers.raw


async def test_what_a_layer_adds_to_a_request_is_not_in_the_next(ours):
    ours.build_request("GET", "/x").headers["signature"] = "a"
    assert "signature" not in ours.build_request("GET", "/x").headers


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
