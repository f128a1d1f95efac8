"""One plugin under examination: what all checks look at, made once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.connectors.contract import Refused
from gateway.connectors.loader import PluginError, load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source, open_namespace
from gateway.settings import Plugins
from gateway.testing.tables import WordTables, word_tables

if TYPE_CHECKING:
    from gateway.testing.attacks import Played, Scene
    from gateway.testing.exchanges import Replayed
    from gateway.testing.rehearsal import Rehearsal


class Examination:
    """The plugin, loaded as the gateway would, and what was learnt of it so far."""

    def __init__(self, source: Source, seed: int) -> None:
        self.source = source
        self.seed = seed
        self.folder: Path = source.folder
        self.failure: PluginError | None = None
        """Why it does not load."""
        self.secrets: dict[str, str] = {}
        """Of a connector that is played with in process."""
        self.no_sandbox = ""
        """Why the stand-in does not start."""
        self._plugin: LoadedPlugin | None = None
        self._tried = False
        self._rehearsal: Rehearsal | None = None
        self._scenes: list[Scene] | None = None
        self._replays: list[Replayed] | None = None
        self._played: list[tuple[Scene, Played]] | None = None
        self._tables: WordTables | None = None
        self._open = AsyncExitStack()

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
            if self._plugin is not None:
                names = self._plugin.manifest.secrets
                self.secrets = {name: f"kit-{self.chance(name).randbytes(16).hex()}" for name in names}
        return self._plugin

    async def rehearsal(self) -> Rehearsal | None:
        """The plugin at its stand-in, which runs until `close`; None if it does not start (`no_sandbox` says why)."""
        from gateway.testing.harness import NoSandbox
        from gateway.testing.rehearsal import rehearsal

        if self._rehearsal is None and not self.no_sandbox:
            try:
                self._rehearsal = await self._open.enter_async_context(rehearsal(self))
            except NoSandbox as problem:
                self.no_sandbox = str(problem)
        return self._rehearsal

    async def scenes(self, *, every: bool = False) -> list[Scene]:
        """Calls that came to a good end at the stand-in, and in the author's recordings: one of each operation, or
        `every` one that has another answer. A recording's result is what it comes to when it is played."""
        from gateway.testing.attacks import covers, play, scene_of

        if self._scenes is None:
            done = await self.rehearsal()
            made = [scene_of(each) for each in done.good() if each.turns] if done is not None else []
            told = [each for each in await self._recorded_scenes() if not each.refused]
            self._scenes = made + [
                replace(each, result=(await play(self.plugin, each, self.secrets)).result) for each in told
            ]
        if not every:
            return covers(self.plugin, self._scenes)
        return list({(each.operation, each.answers[-1].body): each for each in reversed(self._scenes)}.values())

    async def objections(self) -> list[Scene]:
        """Calls that ended with the portal's own word that there is nothing, or that it will not, at the stand-in and
        in the author's recordings: one of each operation that has another answer."""
        from gateway.testing.attacks import scene_of

        done = await self.rehearsal()
        refused = [each for each in done.calls if isinstance(each.error, Refused)] if done is not None else []
        said = [scene_of(each) for each in refused if each.turns]
        said += [each for each in await self.scenes(every=True) if each.answers[-1].status >= 400]
        said += [each for each in await self._recorded_scenes() if each.refused]
        return list({(each.operation, each.answers[-1].body): each for each in reversed(said)}.values())

    async def replays(self) -> list[Replayed]:
        """The author's recordings, each played against the connector."""
        from gateway.testing.exchanges import recordings, replayed

        if self._replays is None:
            self._replays = [await replayed(self.plugin, path) for path in recordings(self.folder)]
        return self._replays

    async def _recorded_scenes(self) -> Iterator[Scene]:
        """Of those that come out as recorded: another's answers are no longer what this connector would get."""
        from gateway.testing.attacks import recorded_scenes

        paths = [each.path for each in await self.replays() if not each.findings]
        return recorded_scenes(self.plugin, self.secrets, paths)

    async def played(self) -> list[tuple[Scene, Played]]:
        """Each operation, well answered and badly."""
        from gateway.testing.attacks import BAD, play

        if self._played is None:
            self._played = [
                (scene, await play(self.plugin, scene, self.secrets, first=first, after=answer))
                for scene in await self.scenes()
                for first, answer in ((None, None), *(((), each) for each in BAD))
            ]
        return self._played

    @property
    def tables(self) -> WordTables:
        if self._tables is None:
            self._tables = word_tables(self.plugin)
        return self._tables

    async def close(self) -> None:
        await self._open.aclose()
