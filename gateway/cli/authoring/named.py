"""Which plugin a command means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.connectors.sources import Source


def source_named(plugin: str, config: Path | None = None, state_dir: Path | None = None) -> Source:
    """The plugin that a folder or a name means: its id, or the name of its package or distribution. Raises
    `ClickException`."""
    from gateway.connectors.sources import NoPlugin, at, available
    from gateway.settings import load

    try:
        if Path(plugin).is_dir():
            return at(Path(plugin))
        reachable = available(load(config, state_dir=state_dir).plugins)
    except NoPlugin as problem:
        raise click.ClickException(str(problem)) from problem
    for member in ("id", "package", "distribution"):
        for source in reachable:
            if getattr(source, member) == plugin:
                return source
    raise click.UsageError(f"{plugin!r} is neither a folder nor the id of a plugin within reach")
