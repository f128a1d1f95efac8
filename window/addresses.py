"""Addresses that others made: what a page repeats of its own one, and where a form of a page may lead."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote_plus

import httpx
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

LONGEST: Final = 2000
"""Of an address that is repeated, in characters."""
QUERY: Final = "query"
"""Name in `opt` of a handler that reads members of its query which are no parameters of it: their names."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_HOST: Final = re.compile(r"[a-z0-9.:-]{1,253}")
_WHOLE: Final = re.compile(r"https?://[^\x00-\x20\x7f\\]+", re.IGNORECASE)
"""Browsers pass over control characters and blanks, and take a backslash for a slash."""


class UnsafeAddress(Exception):
    """An address from outside to which nobody is sent. What it was is in no log."""


def repeated(path: str, query: str, handler: BaseRouteHandler) -> str:
    """The address of a page as the page says it again, in the links that come back to it: with those members of the
    query that its handler knows, and no others. What anybody may write into an address is not multiplied by it, and
    does not stand beside what is hers."""
    if len(path) > LONGEST:
        return "/"
    known = _known(handler)
    kept = "&".join(each for each in query.split("&") if unquote_plus(each.partition("=")[0]) in known)
    whole = f"{path}?{kept}" if kept else path
    return whole if len(whole) <= LONGEST else path


def _known(handler: BaseRouteHandler) -> set[str]:
    found = set(handler.opt.get(QUERY, ()))
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if isinstance(parameter.kwarg_definition, QueryParameter):
            found.add(parameter.kwarg_definition.name or name)
    return found


def origin_of(url: Any, *, demo: bool) -> str:
    """The origin of an address that a portal or an identity provider named, fit for a header. HTTPS alone; of a demo,
    HTTP on this machine too. Raises `UnsafeAddress`."""
    if not isinstance(url, str) or not _WHOLE.fullmatch(url):
        raise UnsafeAddress
    try:
        parts = httpx.URL(url)  # which writes a name in any script as a host of the network (IDNA)
    except httpx.InvalidURL:
        raise UnsafeAddress from None
    host = parts.raw_host.decode("ascii")
    local = demo and host in _LOOPBACK
    if parts.userinfo or not _HOST.fullmatch(host) or not (parts.scheme == "https" or local):
        raise UnsafeAddress
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}{f':{parts.port}' if parts.port is not None else ''}"
