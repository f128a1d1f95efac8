"""`mre-gateway doctor`: what is wrong with this installation, and what to do. It changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.which_gateway import print_json

if TYPE_CHECKING:
    from gateway.cli.doctor.findings import Finding

_COLOURS: Final = {"ok": "green", "note": "cyan", "wrong": "bold red"}


@click.command("doctor")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings to examine.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder to examine.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(config: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Say what is wrong with this installation, and the remedy.

    Nothing is changed, no portal is contacted, and what is printed holds no secret and nothing about a person. Exit
    code 1 if something is wrong.
    """
    import asyncio

    from gateway.cli.doctor.examine import examine
    from gateway.cli.doctor.findings import wrong
    from gateway.settings import SettingsError, load
    from gateway.telemetry.logging import configure

    if config is not None and state_dir is not None:
        raise click.UsageError("--config and --state: give one of them")
    configure("error")
    try:
        if config is None:
            state_dir = state_dir or load().state_dir
        settings = load(config, state_dir=state_dir)
    except SettingsError as error:
        found = [wrong("settings", line, "correct this key") for line in str(error).splitlines()]
    else:
        own = state_dir / "gateway.toml" if state_dir is not None else None
        found = asyncio.run(examine(settings, config or (own if own is not None and own.exists() else None)))
    if as_json:
        print_json({"ok": all(each.level != "wrong" for each in found), "findings": found})
    else:
        _print(found)
    if any(each.level == "wrong" for each in found):
        raise SystemExit(1)


def _print(found: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for _ in ("level", "check"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in found:
        remedy = f"\n[bold]{escape(each.remedy)}[/]" if each.remedy else ""
        colour = _COLOURS[each.level]
        table.add_row(f"[{colour}]{each.level}[/]", escape(each.check), escape(each.message) + remedy)
    console = Console(highlight=False)
    if not console.is_terminal:  # a pipe has no width
        console.width = 200
    console.print(table)
    wrong = sum(each.level == "wrong" for each in found)
    if wrong:
        console.print(f"\n[bold red]{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.[/]")
    else:
        console.print("\nNothing is wrong.")
