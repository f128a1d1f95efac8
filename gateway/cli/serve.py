"""`mre-gateway serve`: the MRE Services API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gateway.settings import Settings


@click.command("serve")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes (PostgreSQL only)."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port; by default the settings'.")
def command(config: Path | None, state_dir: Path | None, workers: int, port: int | None) -> None:
    """Serve the MRE Services API until SIGINT or SIGTERM."""
    import uvicorn

    from gateway.settings import SettingsError, load

    try:
        over = {"server": {"port": port}} if port else {}
        settings = load(config, state_dir=state_dir, **over)
        if workers > 1 and not settings.on_postgresql:
            raise click.UsageError("more than one process needs PostgreSQL: SQLite has one writer")
        target: Any = _application(settings) if workers == 1 else _for_workers(config, state_dir, port)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    uvicorn.run(
        target,
        factory=workers > 1,
        host=settings.server.host,
        port=settings.server.port,
        workers=workers,
        http="httptools",
        loop="uvloop",
        access_log=False,
        proxy_headers=False,  # nothing here depends on who the last hop says it speaks for
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=int(settings.server.shutdown_grace_seconds),
    )


def _for_workers(config: Path | None, state_dir: Path | None, port: int | None) -> str:
    """Worker processes start from an import; what this command was told reaches them by the environment."""
    import json
    import os

    told = {"config": str(config) if config else None, "state": str(state_dir) if state_dir else None, "port": port}
    os.environ["MRE_GATEWAY_SERVE"] = json.dumps(told)
    return "gateway.cli.serve:worker"


def worker() -> object:
    """Make the application in a worker process."""
    import json
    import os

    from gateway.settings import load

    told = json.loads(os.environ["MRE_GATEWAY_SERVE"])
    settings = load(
        Path(told["config"]) if told["config"] else None,
        state_dir=Path(told["state"]) if told["state"] else None,
        **({"server": {"port": told["port"]}} if told["port"] else {}),
    )
    return _application(settings)


def _application(settings: Settings) -> object:
    """The application, and a garbage collector that knows what stays.

    What start-up made is never garbage, yet each full collection would walk through it, some 100 ms in which no call is
    answered. And calls that wait for a portal hold a few hundred objects each, which at the usual threshold of 700 are
    looked at again and again. Together that is a sixth of the time under load (`docs/performance.md`).
    """
    import gc

    from gateway.app import assemble

    application = assemble(settings).application()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return application
