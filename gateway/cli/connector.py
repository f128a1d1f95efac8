"""`mre-gateway connector`: list, show, create and check connector plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.authoring import new, probe, record, schema, serve
from gateway.cli.which_gateway import print_json, which

if TYPE_CHECKING:
    from gateway.connectors.catalogue import Catalogue
    from gateway.connectors.registry import Quarantine
    from gateway.settings import Settings
    from gateway.testing import Level


@click.group("connector")
def command() -> None:
    """List, show, create and check connector plugins."""


command.add_command(new.command)
command.add_command(probe.command)
command.add_command(record.command)
command.add_command(schema.command)
command.add_command(serve.command)


@command.command("list")
@which
def list_(config: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Every plugin within reach. Exit code 1 if one that is enabled does not load."""
    from gateway.connectors.sources import available

    settings, catalogue = _catalogue(config, state_dir)
    rows = [_row(view.id, catalogue) for view in catalogue.portals()]
    twins = [out for out in catalogue.registry.quarantined if out.id in catalogue.registry.connectors]
    rows += [_left_out(out) for out in twins]  # of one that is loaded
    known = {row["id"] for row in rows}
    for source in available(settings.plugins):
        if source.id not in known:
            known.add(source.id)
            rows.append({"id": source.id, "state": "not enabled", "origin": source.origin})
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            what = ", ".join(row.get("capabilities", [])) or row.get("reason", "")
            click.echo(f"{row['id']:<16} {row['state']:<12} {row.get('level', ''):<11} {what}")
    if catalogue.registry.quarantined:
        raise SystemExit(1)


@command.command("show")
@click.argument("id")
@which
def show(id: str, config: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """One enabled plugin: what it can do, what it needs and can be told in the settings, and why it is left out if it
    is."""
    from dataclasses import asdict

    from gateway.connectors.connector_settings import listed

    _, catalogue = _catalogue(config, state_dir)
    if id not in {view.id for view in catalogue.portals()}:
        raise click.ClickException(_not_enabled(id))
    row = _row(id, catalogue)
    plugin = catalogue.registry.connectors.get(id)
    if plugin is not None:
        row["settings"] = [asdict(each) for each in listed(plugin.connector_class, plugin.manifest)]
    if as_json:
        print_json(row)
    else:
        settings = row.pop("settings", [])
        for each in settings:
            told = "secret" if each["secret"] else f"default {each['default']!r}"
            click.echo(f"{each['name']}: {each['type']}; {told}" + (f"; {each['about']}" if each["about"] else ""))
        for name, value in row.items():
            click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


@command.command("check")
@click.argument("plugin")
@click.option(
    "--level",
    "wanted",
    type=click.Choice(["connected", "dependable", "exemplary"]),
    default="dependable",
    show_default=True,
    help="What it has to reach.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Chance of the run; the same seed repeats it.")
@click.option("--write", is_flag=True, help="Write the results down, from which the gateway reads the plugin's level.")
@which
def check(
    plugin: str, seed: int, wanted: Level, write: bool, config: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Run the conformance kit on PLUGIN. Exit code 1 if it does not reach the level.

    PLUGIN is a folder (of a plugin, or of a distribution that has one), the id of a plugin within reach, or the name of
    an installed package or distribution. Its own tests are pytest's to run.
    """
    from gateway.cli.authoring.named import source_named
    from gateway.connectors.levels import UnfitFiles
    from gateway.settings import load
    from gateway.testing import run_checks
    from gateway.testing.check import write_report
    from gateway.testing.findings import told

    source = source_named(plugin, config, state_dir)
    report = run_checks(source, seed=seed)
    if write:
        kept = load(config, state_dir=state_dir).state_dir
        try:
            click.echo(f"written: {write_report(report, source, kept)}", err=True)
        except UnfitFiles as problem:
            raise click.ClickException(str(problem)) from problem
    findings = report.findings
    errors = [each for each in findings if each.severity == "error"]
    if as_json:
        facts = {"ok": report.reaches(wanted), "plugin": report.plugin, "seed": report.seed, "level": report.level}
        print_json(facts | {"checks": report.results, "findings": findings})
    else:
        for line in told(findings):
            click.echo(line)
        for result in report.silent(wanted):
            why = f"is exempt until {result.until}" if result.status == "exempt" else "examined nothing"
            remedy = result.remedy or "an exemption is no error, and counts for no level: mend it, and take it out"
            click.echo(f"why not {result.level}: {result.id} {why}: {result.reason}\n    {remedy}")
        for result in report.results:
            what = f"{result.examined} examined" if result.examined else result.reason
            what = f"until {result.until}: {result.reason}" if result.until is not None else what
            click.echo(f"{result.id:<20} {result.status:<15} {what}")
        counted = f"{_several(len(errors), 'error')}, {_several(len(findings) - len(errors), 'warning')}"
        said = f"{counted}; level: {report.level or 'none'}"
        tests = source.folder / "tests"
        if tests.is_relative_to(Path.cwd()):
            tests = tests.relative_to(Path.cwd())
        click.echo(said + (f" (its own tests were not run: pytest {tests})" if tests.is_dir() else ""))
    if not report.reaches(wanted):
        raise SystemExit(1)


@command.command("reload")
@click.argument("id")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="How long to wait for an answer.")
@which
def reload(id: str, seconds: float, config: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Let the serving gateway load the connector's code anew, without losing a call. Every process on this machine that
    has this state folder does so. Exit code 1 if one did not: it goes on with the code that it had."""
    from gateway.app.reload_request import NobodyServes, request_reload
    from gateway.connectors import sources
    from gateway.settings import load

    settings = load(config, state_dir=state_dir)
    if id not in sources.enabled(settings.plugins):
        raise click.UsageError(_not_enabled(id))
    try:
        answers = request_reload(settings.state_dir, id, seconds)
    except NobodyServes:
        raise click.ClickException(f"no gateway serves from {settings.state_dir}") from None
    if as_json:
        print_json(answers)
    for each in [] if as_json else answers:
        said = "reloaded" if each["ok"] else f"{each['stage']}: {each['reason']}\n    {each['remedy']}"
        click.echo(f"process {each['pid']}: {said}")
    if not all(each["ok"] for each in answers):
        raise SystemExit(1)


def _not_enabled(id: str) -> str:
    return (
        f"no enabled plugin {id!r}: name it in plugins.added. If a gateway has it, this needs the same settings: the "
        "gateway's --config or --state, and its MRE_GATEWAY__ variables in this terminal too"
    )


def _catalogue(config: Path | None, state_dir: Path | None) -> tuple[Settings, Catalogue]:
    from gateway.connectors.catalogue import Catalogue
    from gateway.connectors.loader import PluginError
    from gateway.connectors.loader import load as load_plugins
    from gateway.settings import load
    from gateway.telemetry.logging import configure

    settings = load(config, state_dir=state_dir)
    configure(settings.logging.level)  # to stderr
    try:
        return settings, Catalogue(load_plugins(settings))
    except PluginError as problem:
        raise click.ClickException(str(problem)) from problem


def _several(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _left_out(out: Quarantine) -> dict[str, Any]:
    return {
        "id": out.id,
        "state": "quarantined",
        "services": list(out.services),
        "stage": out.stage,
        "origin": out.origin,
        "reason": out.reason,
        "remedy": out.remedy,
        "trace": out.trace,
    }


def _row(id: str, catalogue: Catalogue) -> dict[str, Any]:
    out = catalogue.registry.why_out(id)
    if out is not None:
        return _left_out(out)
    plugin = catalogue.registry.connectors[id]
    about = plugin.manifest
    return {
        "id": id,
        "state": "loaded",
        "title": about.title["en"],
        "lifecycle": about.lifecycle,
        "level": plugin.standing.level or "none",
        "level_reason": plugin.standing.reason,
        "capabilities": [each.__name__ for each in plugin.connector_class.capabilities],
        "services": list(plugin.services),
        "owners": about.owners,
        "hosts": about.hosts,
        "secrets": about.secrets,
        "auth": str(about.auth["scheme"]),
        "origin": str(plugin.folder),
    }
