"""`mre-gateway connector record`: exchanges from a run against the stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.authoring.form_option import JsonObject
from gateway.cli.which_gateway import as_json_option, print_json


@click.command("record")
@click.argument("plugin")
@click.option("--force", is_flag=True, help="Write files that are there already anew, too.")
@click.option("--remove-outdated", is_flag=True, help="Remove recordings that the connector does not replay any more.")
@click.option(
    "--reference", "references", multiple=True, help="A demand that the stand-in knows from the beginning, to track."
)
@click.option(
    "--form",
    "forms",
    type=JsonObject(),
    multiple=True,
    help='JSON object laid over the example, however deep, for one more demand: \'{"person": {"cnie": "BK654321"}}\'.',
)
@as_json_option
def command(
    plugin: str,
    force: bool,
    remove_outdated: bool,
    references: tuple[str, ...],
    forms: tuple[dict[str, Any], ...],
    as_json: bool,
) -> None:
    """Take PLUGIN's stand-in through what its portal does, and write what is said into `exchanges/`.

    PLUGIN is a folder or an id, as for `check`. No gateway runs, and nothing but loopback is contacted. What is there
    already is left alone; what the connector does not replay any more is named. Review the files as you would code:
    they say what the portal answers, and what it means.
    """
    import asyncio

    from gateway.cli.authoring.named import source_named
    from gateway.connectors.loader import PluginError
    from gateway.telemetry.logging import configure
    from gateway.testing.harness import NoSandbox
    from gateway.testing.loaded import load
    from gateway.testing.record import NotRecorded, outdated, record, write
    from gateway.testing.tour import Tour

    tour = Tour(references, forms)
    configure("critical")  # of what goes wrong on the way, the message says where
    source = source_named(plugin)
    try:
        loaded = load(source)
        texts, left_out = asyncio.run(record(loaded, tour))
        old = asyncio.run(outdated(loaded, texts if force else ()))
        for path in old if remove_outdated else ():
            path.unlink()
        written = list(write(texts, source.folder, again=force))
    except (PluginError, NoSandbox, NotRecorded, LookupError) as problem:
        raise click.ClickException(str(problem)) from problem
    if as_json:
        rows = [{"file": str(path), "written": new} for path, new in written]
        same = [{"form": form, "files": files} for form, files in tour.nothing_new]
        told = {"id": source.id, "exchanges": rows, "left_out": left_out, "outdated": [str(path) for path in old]}
        print_json(told | {"kept_once": same})
        return
    for path, new in written:
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        click.echo(f"{'wrote' if new else 'kept '} {shown}")
    for form, files in tour.nothing_new:
        click.echo(f"kept once: --form '{json.dumps(form, ensure_ascii=False)}' says the same as {', '.join(files)}")
    for each in left_out:
        click.echo(f"not kept: {each}; the stand-in does not answer this in its portal's words")
    anew = {path.name for path, new in written if new}
    for path in (each for each in old if each.name not in anew):
        click.echo(f"{'removed' if remove_outdated else 'outdated'} {path.name}: the connector does not replay it")
    if old and not remove_outdated:
        click.echo("Outdated ones are removed by --remove-outdated, written anew by --force if the stand-in says them.")
    click.echo(f"Read them before you keep them. Next: `mre-gateway connector check {plugin}`")
