"""`mre-gateway openapi`: the OpenAPI document, without starting anything."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("openapi")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write there instead of printing."
)
@click.option("--json", "as_json", is_flag=True, help="JSON, which it always is.")
def command(config: Path | None, state_dir: Path | None, output: Path | None, as_json: bool) -> None:
    """Print the OpenAPI 3.1 document of the API."""
    import tempfile

    from gateway.api.openapi import document
    from gateway.app import assemble
    from gateway.settings import load

    with tempfile.TemporaryDirectory() as scratch:
        settings = load(config, state_dir=state_dir)
        if state_dir is None and not settings.state_dir.exists():
            # Nothing is served, so nothing should be left behind in this folder.
            settings = load(config, state_dir=Path(scratch))
        gateway = assemble(settings, journeys=False)
        text = document(gateway.routes(), settings, gateway.catalogue, gateway.messages)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
