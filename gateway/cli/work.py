"""`mre-gateway work`: run journeys without serving the API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.settings import Settings


@click.command("work")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder.")
@click.option("--executor", default="", help="Name of this worker, the same after a restart; by default the settings'.")
def command(config: Path | None, state_dir: Path | None, executor: str) -> None:
    """Run journeys until SIGINT or SIGTERM (PostgreSQL only; on SQLite `serve` does it)."""
    import asyncio

    from gateway.settings import load
    from gateway.storage.waiting import wait_for_store
    from gateway.telemetry.logging import configure

    over = {"journeys": {"executor_id": executor}} if executor else {}
    settings = load(config, state_dir=state_dir, **over)
    if not settings.on_postgresql:
        raise click.UsageError("on SQLite the journeys run inside `mre-gateway serve`")
    configure(settings.logging.level)
    wait_for_store(settings.store_url)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    import asyncio
    import signal

    from gateway.app import assemble

    told = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    async with assemble(settings, journeys=True).running():
        await told.wait()
