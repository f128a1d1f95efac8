"""`mre-gateway connector probe`: does the portal still answer as the recorded exchanges say?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from gateway.settings import Probe
    from gateway.testing.probe import Probed


@click.command("probe")
@click.argument("plugin")
@click.option("--live", is_flag=True, help="Ask the portal that the settings name, instead of the plugin's stand-in.")
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="OPERATION=REFERENCE[,NAME=VALUE]",
    help="What to ask about, repeatable: track=RR123456785MA; two commas are one in it. With --live nothing else is "
    "asked.",
)
@which
def command(
    plugin: str, live: bool, references: tuple[str, ...], config: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Compare the shape of PLUGIN's answers with its recorded exchanges: members, types, null, media type, status.

    PLUGIN is a folder or an id, as for `check`; with --live the id of an enabled one. Without --live the plugin's
    stand-in is taken through what its portal does. With --live the portal is asked as the gateway asks it, with a
    record in the audit log, and only by operations that change nothing, about references that you give. What it found
    is kept: the page of the portal in the window and GET /v1/portals/ID show it. What is printed are shapes, never a
    value.

    Exit code 1 if an answer differs, if the portal could not be asked, or if nothing was asked.
    """
    from gateway.testing.probe import NotAReference, read_reference

    try:
        probes = [read_reference(each) for each in references]
        found, left = _live(plugin, probes, config, state_dir) if live else _stand_in(plugin, probes, config, state_dir)
    except NotAReference as problem:
        raise click.UsageError(f"--reference: {problem}") from problem
    ok = bool(found) and all(each.outcome == "as_recorded" for each in found)
    if as_json:
        told = {"ok": ok, "id": plugin, "asked": "portal" if live else "stand-in"}
        told |= {"operations": found, "not_asked": left}
        print_json(told)
    else:
        _print(found, left)
    if not ok:
        raise SystemExit(1)


def _print(found: list[Probed], left: list[str]) -> None:
    for each in found:
        what = {"as_recorded": "as recorded", "drift": "drift", "failed": f"could not be asked: {each.code}"}
        click.echo(f"{each.operation:<16} {each.calls:>3} calls  {what[each.outcome]}")
    for drift in (drift for each in found for drift in each.drift):
        click.echo(str(drift))
    if left:
        click.echo(f"not asked: {', '.join(left)}")
    if not found:
        click.echo("nothing was asked: give --reference OPERATION=REFERENCE")


def _stand_in(
    plugin: str, probes: list[Probe], config: Path | None, state_dir: Path | None
) -> tuple[list[Probed], list[str]]:
    import asyncio

    from gateway.cli.authoring.named import source_named
    from gateway.connectors.loader import PluginError
    from gateway.telemetry.logging import configure
    from gateway.testing.harness import NoSandbox
    from gateway.testing.loaded import load
    from gateway.testing.probe import ask_stand_in, not_asked

    configure("error")
    source = source_named(plugin, config, state_dir)
    try:
        found = asyncio.run(ask_stand_in(source, probes))
        return found, not_asked(load(source).connector_class, found)
    except (PluginError, NoSandbox, LookupError) as problem:
        raise click.ClickException(str(problem)) from problem


def _live(
    plugin: str, probes: list[Probe], config: Path | None, state_dir: Path | None
) -> tuple[list[Probed], list[str]]:
    if not probes:
        raise click.UsageError("--live asks only about what you name: give --reference OPERATION=REFERENCE")
    import asyncio

    from gateway.app.probes import probe_now
    from gateway.audit.log import AuditUnavailable
    from gateway.cases.portals import NotAvailable
    from gateway.cli.audit.opened import machine_user, require_store

    settings = settings_of(state_dir, config)
    require_store(settings)
    try:
        return asyncio.run(probe_now(settings, plugin, probes, client=machine_user())), []
    except NotAvailable as problem:
        raise click.ClickException(f"{plugin}: {problem.reason}") from problem
    except AuditUnavailable as problem:
        raise click.ClickException(f"the probe cannot be recorded, so nothing is shown: {problem}") from problem
