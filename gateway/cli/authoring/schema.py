"""`mre-gateway connector schema`: JSON Schemas of a plugin's files, for editors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("schema")
@click.argument("file", type=click.Choice(["plugin", "services"]))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write it into.")
def command(file: str, output: Path | None) -> None:
    """Print the JSON Schema of plugin.toml or services.toml.

    An editor that reads a first line `#:schema schemas/plugin.json` completes and checks the file by it; `connector
    new` writes both into the folder `schemas/`.
    """
    from gateway.connectors.schemas import text

    if output is None:
        click.echo(text(file), nl=False)
        return
    try:
        output.write_text(text(file), encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"cannot write {output}: {problem.strerror}") from problem
