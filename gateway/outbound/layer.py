"""A duty on the way to a portal: a transport around the next one."""

from __future__ import annotations

from typing import Final

import httpx

from gateway import __version__

USER_AGENT: Final = f"mre-gateway/{__version__}"


class Layer(httpx.AsyncBaseTransport):
    """Base of all layers. `wire` answers with the body already read, so no layer ever holds an open connection."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def aclose(self) -> None:
        await self._inner.aclose()
