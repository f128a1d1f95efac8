"""What a browser posted, within bounds: how much, by what the page takes and by whether somebody is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import State
from litestar.datastructures.multi_dicts import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from window.visit import Visit

FILES: Final = "files"
"""Name in `opt` of a handler whose form brings files."""
_MACHINE_BYTES: Final = 65_536
"""Of a request that no browser sends."""
_MOST_FIELDS: Final = 2000
_AT_ONCE: Final = 16_384
"""A larger form is parsed beside the event loop, in bytes."""
NO_BROWSER: Final = "no_browser"
"""Name in `opt` of a handler of POST that another server calls, and that looks at no cookie."""
_FORM: Final = "window_form"


class WindowRequest(Request[Any, Any, State]):
    """Raises `RequestEntityTooLarge` as soon as it is known."""

    @property
    def most_bytes(self) -> int:
        """`server.body_bytes` of files, for who is signed in; of all else that browsers send `server.form_bytes`."""
        if self.route_handler.opt.get(NO_BROWSER):
            return _MACHINE_BYTES
        visit: Visit = self.scope["state"]["visit"]
        server = visit.settings.server
        signed_in = visit.session is not None and visit.session.signed_in
        files = self.route_handler.opt.get(FILES) and self.content_type[0] == RequestEncodingType.MULTI_PART
        return server.body_bytes if signed_in and files else server.form_bytes

    async def stream(self) -> AsyncGenerator[bytes, None]:
        most, came = self.most_bytes, 0
        if (self.content_length or 0) > most:
            raise RequestEntityTooLarge
        async for part in super().stream():
            came += len(part)
            if came > most:
                raise RequestEntityTooLarge
            yield part

    async def form(self) -> FormMultiDict:
        """Read once, and kept for the request alone: Litestar remembers the last thousand forms of everybody, with
        all that was typed into them."""
        known = self.scope["state"].get(_FORM)
        if isinstance(known, Exception):
            raise known
        if known is None:
            try:
                known = await self._read()
            except HTTPException as error:
                self.scope["state"][_FORM] = error
                raise
            self.scope["state"][_FORM] = known
        found: FormMultiDict = known
        return found

    async def _read(self) -> FormMultiDict:
        if self.content_type[0] != RequestEncodingType.URL_ENCODED:
            try:
                return await super().form()
            except LookupError:  # a part in a character set that there is not
                raise ClientException from None
        body = await self.body()
        return FormMultiDict(_pairs(body) if len(body) <= _AT_ONCE else await asyncio.to_thread(_pairs, body))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise RequestEntityTooLarge from None
