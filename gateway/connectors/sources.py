"""Where plugins are found: the bundled folder, then those of the settings in their order, then entry points. Nothing is
imported here.

The first of several with one id counts, so that no other plugin can take a bundled one's place, and its secrets."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from gateway.connectors import manifest
from gateway.settings import Plugins, bundled

GROUP: Final = "mre_gateway.connectors"
NAMESPACE: Final = "plugins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One plugin that could be loaded. For an entry point, `id` is its name."""

    id: str
    package: str
    """Import name."""
    folder: Path
    """Where `plugin.toml` should be."""
    origin: str


def folders(plugins: Plugins) -> list[Path]:
    return list(dict.fromkeys([bundled("plugins").resolve(), *(Path(folder).resolve() for folder in plugins.folders)]))


def available(plugins: Plugins) -> list[Source]:
    """Every plugin within reach, enabled or not. The first of several with one id is the one that counts."""
    return [*_in_folders(plugins), *_installed()]


def enabled(plugins: Plugins) -> dict[str, list[Source]]:
    """The candidates for each name in the settings, in their order: none, one, or several of which the first counts."""
    found = available(plugins)
    return {name: [source for source in found if source.id == name] for name in plugins.enabled}


def open_namespace(plugins: Plugins) -> None:
    """Make the folders importable as `plugins.<id>`."""
    package = sys.modules.get(NAMESPACE)
    if package is None:
        spec = importlib.machinery.ModuleSpec(NAMESPACE, None, is_package=True)
        package = sys.modules[NAMESPACE] = importlib.util.module_from_spec(spec)
    wanted = [str(folder) for folder in folders(plugins)]
    package.__path__ = [*wanted, *(each for each in package.__path__ if each not in wanted)]


def _in_folders(plugins: Plugins) -> Iterator[Source]:
    for folder in folders(plugins):
        for path in sorted(folder.glob(f"*/{manifest.FILENAME}")):
            name = path.parent.name
            yield Source(id=name, package=f"{NAMESPACE}.{name}", folder=path.parent, origin=str(path.parent))


def _installed() -> Iterator[Source]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        distribution = point.dist.name if point.dist else "unknown"
        folder = _folder_of(point.value) or Path(point.value)
        yield Source(id=point.name, package=point.value, folder=folder, origin=f"entry point of {distribution}")


def _folder_of(package: str) -> Path | None:
    """The folder of an installed package. `find_spec` on a dotted name imports its parents, so they are walked here."""
    name, *rest = package.split(".")
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    for step in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f"{name}.{step}"
        spec = importlib.machinery.PathFinder.find_spec(name, list(spec.submodule_search_locations))
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
