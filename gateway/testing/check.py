"""All checks of the kit on one plugin: `check_plugin(path)`, and the same as pytest tests: `conformance`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from gateway.connectors.loader import PluginError, load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import NAMESPACE, Source, open_namespace
from gateway.settings import Plugins
from gateway.testing import shape
from gateway.testing.exchanges import FOLDER, coverage, recordings, replay
from gateway.testing.findings import Finding, error
from gateway.testing.sandbox_check import check_in_sandbox
from gateway.testing.strange_answers import attacked, strange_answers

_Loaded = tuple[LoadedPlugin | None, list[Finding]]
STRANGE = "strange answers"
_SHAPE = {"files": shape.files, "readme": shape.readme, "imports": shape.imports}


def check_plugin(plugin: Path | str | Source) -> list[Finding]:
    """Everything the kit knows about the plugin in this folder (or behind this source). An empty list: it conforms.

    The plugin's code runs, and so does its sandbox; nothing but loopback is contacted.
    """
    source = plugin if isinstance(plugin, Source) else _source(Path(plugin))
    found = [finding for check in _SHAPE.values() for finding in check(source.folder)]
    loaded, findings = _load(source)
    return found + findings + (asyncio.run(_examine(loaded)) if loaded is not None else [])


def conformance(test_file: str) -> Callable[..., None]:
    """The kit as one parametrised pytest test, for `plugins/<id>/tests/test_conformance.py`:

    from gateway.testing import conformance

    test_plugin = conformance(__file__)
    """
    import pytest  # only where tests run

    source = _source(Path(test_file).parent.parent)
    load = cache(partial(_load, source))  # once for all of its tests
    replayed = (f"{FOLDER}/{path.name}" for path in recordings(source.folder))
    strange = (f"{STRANGE}/{path.name}" for path in attacked(source.folder))
    names = [*_SHAPE, "load", "coverage", *replayed, *strange, "sandbox"]

    @pytest.mark.parametrize("check", names)
    def test_plugin(check: str) -> None:
        findings = _one(source, check, load)
        assert not findings, "\n".join(f"{each.where}: {each.message} ({each.remedy})" for each in findings)

    decorated: Callable[..., None] = test_plugin
    return decorated


def _one(source: Source, check: str, load: Callable[[], _Loaded]) -> list[Finding]:
    if check in _SHAPE:
        return list(_SHAPE[check](source.folder))
    loaded, findings = load()
    if check == "load" or loaded is None:
        return findings
    if check == "coverage":
        return list(coverage(loaded))
    if check == "sandbox":
        return asyncio.run(check_in_sandbox(loaded))
    if check.startswith(STRANGE):
        return asyncio.run(strange_answers(loaded, source.folder / FOLDER / check.rpartition("/")[2]))
    return asyncio.run(replay(loaded, source.folder / check))


async def _examine(plugin: LoadedPlugin) -> list[Finding]:
    found = list(coverage(plugin))
    for path in recordings(plugin.folder):
        found += await replay(plugin, path)
    for path in attacked(plugin.folder):
        found += await strange_answers(plugin, path)
    return found + await check_in_sandbox(plugin)


def _load(source: Source) -> _Loaded:
    plugins = Plugins(folders=(str(source.folder.parent),))
    if source.package.partition(".")[0] == NAMESPACE:
        open_namespace(plugins)
    try:
        loaded = load_one(source, plugins)
    except PluginError as problem:
        where = str(source.folder.name)
        return None, [error(problem.stage, where, problem.reason, problem.remedy, problem.trace)]
    return loaded, list(shape.services(loaded.services)) if loaded is not None else []


def _source(folder: Path) -> Source:
    folder = folder.resolve()
    return Source(id=folder.name, package=f"{NAMESPACE}.{folder.name}", folder=folder, origin=str(folder))
