"""`mre-gateway window`: the reference frontend, which is a client of the API like any other."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("window")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings of the window.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder, with window.toml in it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; by default the settings' (8403).")
def command(config: Path | None, state_dir: Path | None, port: int | None) -> None:
    """Serve the window, where people file and follow without a terminal, until SIGINT or SIGTERM."""
    from window.serve import run
    from window.settings import SettingsError, load

    try:
        run(load(config, state_dir=state_dir, **({"server": {"port": port}} if port else {})))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
