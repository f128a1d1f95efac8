"""`mre-gateway serve`: the MRE Services API."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from gateway.settings import Settings

TOLD: Final = "MRE_GATEWAY_SERVE"
_HEALTHCHECK_SECONDS: Final = 30
"""A worker that answers its parent nothing for so long hangs, and is replaced."""


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

    from gateway.api.http.connections import raise_descriptor_limit
    from gateway.settings import load
    from gateway.storage.waiting import wait_for_store
    from gateway.telemetry.logging import configure

    raise_descriptor_limit()  # worker processes inherit it

    over = {"server": {"port": port}} if port else {}
    settings = load(config, state_dir=state_dir, **over)
    if workers > 1 and not settings.on_postgresql:
        raise click.UsageError("more than one process needs PostgreSQL: SQLite has one writer")
    configure(settings.logging.level)
    if workers == 1:
        application: Any = _application(settings)
        wait_for_store(settings.store_url)
        uvicorn.run(application, **_server(settings))
        return
    os.environ[TOLD] = json.dumps(
        {"config": str(config) if config else None, "state": str(state_dir) if state_dir else None, "port": port}
    )
    from gateway.cli.serve.workers import Workers

    served = uvicorn.Config("gateway.cli.serve:worker", factory=True, workers=workers, **_server(settings))
    raise SystemExit(Workers(served, [served.bind_socket()], told, settings.server.shutdown_grace_seconds).run())


def _server(settings: Settings) -> dict[str, Any]:
    """How uvicorn serves, in one process or in several."""
    return {
        "host": settings.server.host,
        "port": settings.server.port,
        "http": "gateway.api.http.protocol:GuardedProtocol",
        "ws": "none",
        "loop": "uvloop",
        "access_log": False,
        "proxy_headers": False,  # nothing here depends on who the last hop says it speaks for
        "log_config": None,
        "server_header": False,
        "date_header": False,
        "timeout_keep_alive": settings.server.idle_seconds,
        "timeout_graceful_shutdown": int(settings.server.shutdown_grace_seconds),
        "timeout_worker_healthcheck": _HEALTHCHECK_SECONDS,
    }


def told() -> Settings:
    """The settings in a worker process, which starts from an import: what the command was told is in the
    environment."""
    from gateway.settings import load

    given = json.loads(os.environ[TOLD])
    return load(
        Path(given["config"]) if given["config"] else None,
        state_dir=Path(given["state"]) if given["state"] else None,
        **({"server": {"port": given["port"]}} if given["port"] else {}),
    )


def worker() -> object:
    """Make the application in a worker process."""
    from gateway.settings import SettingsError

    try:
        return _application(told())
    except SettingsError as error:
        click.echo(f"Error: {error}", err=True)  # as the command itself says it; the log would leave the text out
        raise SystemExit(1) from None


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
