"""The plugin that a test is about."""

from __future__ import annotations

from pathlib import Path

from gateway.connectors import sources
from gateway.connectors.loader import load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source
from gateway.settings import Plugins


def loaded(test_file: str) -> LoadedPlugin:
    """The plugin whose folder `tests/` the file is in, or that of its distribution. From here on it can be imported
    under its name, `plugins.<id>` or that of its package. Raises `PluginError`, and `LookupError` if it registers no
    connector."""
    return load(sources.at(Path(test_file).parent.parent))


def load(source: Source) -> LoadedPlugin:
    """The same for a source."""
    if not source.packaged:
        sources.open_namespace(Plugins(folders=(str(source.folder.parent),)))
    plugin = load_one(source)
    if plugin is None:
        raise LookupError(f"{source.id} registers no connector")
    return plugin
