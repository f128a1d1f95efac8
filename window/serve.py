"""Serving the window as a process of its own."""

from __future__ import annotations

import logging
from typing import Any

import uvicorn

from window.failures import OneLine
from window.protocol import BoundedHeads
from window.settings import WindowSettings


def run(settings: WindowSettings) -> None:
    """Until SIGINT or SIGTERM."""
    from window.app import application

    out = logging.StreamHandler()
    out.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[out])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # addresses name cases, and say what was searched for
    app: Any = application(settings)
    uvicorn.run(
        app,
        host=settings.server.host,
        port=settings.server.port,
        http=BoundedHeads,
        ws="none",
        access_log=False,  # addresses of pages name cases
        log_config=None,  # an error outside a page is told as all others are
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
