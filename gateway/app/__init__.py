"""The composition root: settings in, ASGI application out. The only place that knows every room."""

from __future__ import annotations

import gc

_COLLECTION = gc.get_threshold()
# Importing makes hundreds of thousands of objects that all stay, and the collector would walk through them again and
# again: a fifth of the time. Once they are there it leaves them aside.
gc.set_threshold(50_000, 20, 100)
try:
    from gateway.app.assembly import assemble
    from gateway.app.gateway import Gateway
    from gateway.app.portals import open_portals
finally:
    gc.freeze()
    gc.set_threshold(*_COLLECTION)

__all__ = ["Gateway", "assemble", "open_portals"]
