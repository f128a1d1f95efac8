"""The composition root: settings in, ASGI application out. The only place that knows every room."""

from __future__ import annotations

from gateway.app.assembly import assemble
from gateway.app.gateway import Gateway
from gateway.app.portals import open_portals

__all__ = ["Gateway", "assemble", "open_portals"]
