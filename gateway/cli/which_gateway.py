"""What commands have in common: the options that say which gateway is meant, its settings, and facts as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.settings import Settings

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")


def which(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say which gateway, and how to print."""
    for option in (
        as_json_option,
        click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings to use."),
        click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder."),
    ):
        function = option(function)
    return function


def settings_of(state_dir: Path | None, config: Path | None) -> Settings:
    """By default those of the state folder that the settings name."""
    from gateway.settings import load

    if config is not None and state_dir is not None:
        raise click.UsageError("--config and --state: give one of them")
    return load(config, state_dir=state_dir if config or state_dir else load().state_dir)


def print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
