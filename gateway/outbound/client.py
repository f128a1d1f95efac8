"""The client that a connector gets: httpx's own, with a short path for the usual requests."""

from __future__ import annotations

import re
from typing import Any, Final

import httpx

from gateway.json_members import read_as_json_repeats

_ORDINARY: Final = frozenset({"params", "content", "data", "files", "json", "headers", "extensions"})
"""What httpx passes to a request as it is."""
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Methods to which httpx gives no `Content-Length` where there is no body."""
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
"""A path in which nothing has to be escaped, and no segment begins with a dot."""
_PAIR: Final = re.compile(r"[A-Za-z0-9._~-]*=[A-Za-z0-9._~-]*")
"""Name and value of a parameter in which nothing has to be escaped."""
_LONG: Final = 4_096
_NOTHING: Final = httpx.ByteStream(b"")


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them in the answer."""


class LayeredClient(httpx.AsyncClient):
    """Keeps no cookies, because it serves many persons.

    httpx prepares every request for cookies, redirects, proxies, hooks and flows of authentication, none of which are
    used here, and parses its URL four times: a third of what the whole way to a portal costs. So a plain path goes a
    shorter way, to the same request and the same answer, and anything else goes httpx's. Only `response.elapsed`, which
    httpx sets when it reads an answer, is missing: the layers below hand it over already read.
    """

    def __init__(self, layers: httpx.AsyncBaseTransport, *, base_url: httpx.URL, user_agent: str) -> None:
        super().__init__(
            base_url=base_url,
            transport=layers,
            headers={"user-agent": user_agent, "accept-encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )
        self._layers = layers
        self._base = str(self.base_url).rstrip("/")
        self._host = (b"Host", self.base_url.netloc)
        self._under = httpx.URL(self._base)
        self._usual: tuple[list[tuple[bytes, bytes]], httpx.Headers] = ([], httpx.Headers())

    @property
    def cookies(self) -> httpx.Cookies:
        return _NoCookies()

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("this client keeps no cookies")

    def build_request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
        told = {name: value for name, value in given.items() if value is not None}
        told.pop("timeout", None)  # the layers keep time
        if not isinstance(url, str) or not _is_plain(url) or not told.keys() <= _ORDINARY or self.params:
            return super().build_request(method, url, **given)
        address = self._address(url, told.pop("params", None))
        if not told and method in _WITHOUT_BODY:
            request = httpx.Request(method, address, headers=self._usual_headers(), stream=_NOTHING)
            request.read()
            return request
        headers = self.headers
        if own := told.pop("headers", None):
            headers = httpx.Headers(headers)
            headers.update(own)
        return httpx.Request(method, address, headers=headers, **told)

    def _address(self, path: str, params: Any) -> httpx.URL:
        """httpx looks at each character of an address twice, and once more at those of a query."""
        if len(path) <= _LONG and _PATH.fullmatch(path):
            query = _query(params) if params else None
            if query is None or len(query) <= _LONG:
                address = httpx.URL.__new__(httpx.URL)
                known = self._under._uri_reference
                address._uri_reference = known._replace(path=known.path + path, query=query)
                return address
        whole = self._base + path
        return httpx.URL(whole) if params is None else httpx.URL(whole, params=params)

    def _usual_headers(self) -> httpx.Headers:
        """Those of a request that brings none itself, remembered until somebody changes the client's."""
        own = self.headers.raw
        known, made = self._usual
        if own != known:
            named = any(name.lower() == b"host" for name, _ in own)
            made = httpx.Headers(own if named else [self._host, *own])
            self._usual = own, made
        return made

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = httpx.USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        usual = auth is follow_redirects is httpx.USE_CLIENT_DEFAULT and self.auth is None
        if stream or not usual or self.is_closed:
            answer = await super().send(request, stream=stream, auth=auth, follow_redirects=follow_redirects)
            return answer if stream else _unambiguous(answer)
        response = await self._layers.handle_async_request(request)
        response.request = request
        return _unambiguous(response)


def _query(params: Any) -> str:
    """As httpx writes it. Most are a name and a number."""
    if type(params) is dict:
        pairs = [f"{name}={value}" for name, value in params.items() if type(name) is type(value) is str]
        if len(pairs) == len(params) and all(map(_PAIR.fullmatch, pairs)):
            return "&".join(pairs)
    return str(httpx.QueryParams(params))


def _unambiguous(response: httpx.Response) -> httpx.Response:
    """Raises `httpx.RemoteProtocolError` for JSON with two members of one name: readers may disagree about it."""
    if read_as_json_repeats(response.content):
        raise httpx.RemoteProtocolError("JSON with two members of one name", request=response.request)
    return response


def _is_plain(url: str) -> bool:
    """A path below the base; `//host` and fragments mean something else to httpx."""
    return url.startswith("/") and not url.startswith("//") and "#" not in url
