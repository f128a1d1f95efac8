"""The tracking route as an engineer would write it by hand: Litestar, one shared httpx client, and no duty at all.
`--transport httpx-each` makes a client for each call, as many examples do.

No token, no signature, no deadline, retry or breaker, no audit. It reads the portal's page with the same `mapping` and
answers the same JSON, so that what differs from the gateway is the duties and the transport, and nothing else.

python -m benchmarks.bare --port 8500 --portal http://127.0.0.1:8401/barid --key-file F [--transport aiohttp]
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport
from litestar import Litestar, get

from gateway.api.tracking.shapes import StepView, TrackingView
from plugins.barid import mapping

STATUS_TEXT: Final = {"completed": "Completed", "in_progress": "In progress", "failed": "Failed"}
STEP_TEXT: Final[dict[str | None, str]] = {
    "posted": "Posted",
    "in_transit": "On its way",
    "out_for_delivery": "Out for delivery",
    "delivered": "Delivered",
}


def application(portal: str, key: str, transport: str) -> Litestar:
    def connect() -> httpx.AsyncClient:
        own = AiohttpTransport() if transport == "aiohttp" else None
        return httpx.AsyncClient(base_url=portal, headers={"x-api-key": key}, transport=own)

    client = connect()

    @get("/v1/tracking/barid/{number:str}")
    async def track(number: str) -> TrackingView:
        if transport == "httpx-each":
            async with connect() as own:
                answer = await own.get("/Tracking/Search", params={"trackingCode": number})
        else:
            answer = await client.get("/Tracking/Search", params={"trackingCode": number})
        answer.raise_for_status()
        progress = mapping.progress(number, answer.content)
        return TrackingView(
            portal="barid",
            portal_title="Barid Al-Maghrib",
            reference=progress.reference,
            status=progress.status,
            status_text=STATUS_TEXT[progress.status],
            portal_status=progress.portal_status,
            milestone=progress.milestone,
            history=[
                StepView(
                    occurred_at=step.at,
                    text=STEP_TEXT.get(step.milestone, step.label),
                    label=step.label,
                    milestone=step.milestone,
                    place=step.place,
                )
                for step in progress.steps
            ],
        )

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with client:
            yield

    return Litestar([track], lifespan=[lifespan], openapi_config=None, logging_config=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--portal", required=True, help="where the post is")
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--transport", choices=("httpx", "httpx-each", "aiohttp"), default="httpx")
    given = parser.parse_args()
    app = application(given.portal, given.key_file.read_text().strip(), given.transport)
    uvicorn.run(app, port=given.port, http="httptools", loop="uvloop", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
