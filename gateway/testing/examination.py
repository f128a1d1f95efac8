"""One plugin under examination: what all checks look at, made once."""

from __future__ import annotations

import random
from pathlib import Path

from gateway.connectors.loader import PluginError, load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source, open_namespace
from gateway.settings import Plugins


class Examination:
    """The plugin, loaded as the gateway would, and what was learnt of it so far."""

    def __init__(self, source: Source, seed: int) -> None:
        self.source = source
        self.seed = seed
        self.folder: Path = source.folder
        self.failure: PluginError | None = None
        """Why it does not load."""
        self._plugin: LoadedPlugin | None = None
        self._tried = False

    def chance(self, purpose: str) -> random.Random:
        """Chance that is the same for the same seed, whatever else was drawn."""
        return random.Random(f"{self.seed}/{self.source.id}/{purpose}")  # noqa: S311 # a seed repeats a run

    @property
    def plugin(self) -> LoadedPlugin:
        """Only for checks of a plugin that loads."""
        loaded = self.load()
        assert loaded is not None, "only checks that are `unloaded` run on a plugin that does not load"
        return loaded

    def load(self) -> LoadedPlugin | None:
        """The plugin, or None if it does not load (`failure` says why) or registers no connector."""
        if not self._tried:
            self._tried = True
            plugins = Plugins(folders=(str(self.folder.parent),))
            if not self.source.packaged:
                open_namespace(plugins)
            try:
                self._plugin = load_one(self.source, plugins)
            except PluginError as problem:
                self.failure = problem
        return self._plugin
