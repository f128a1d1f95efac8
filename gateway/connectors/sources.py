"""Where plugins are found: the bundled folder, then those of the settings in their order, then paths, then entry
points. Nothing is imported here.

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
from gateway.connectors.manifest_error import ManifestError
from gateway.connectors.toml_file import read_toml
from gateway.settings import Plugins, bundled

GROUP: Final = "mre_gateway.connectors"
NAMESPACE: Final = "plugins"
PROJECT: Final = "pyproject.toml"
_DEEPEST: Final = 4
"""So many folders above a package, its project may be."""


class NoPlugin(Exception):
    """There is no plugin at this path; the text says what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One plugin that could be loaded. For an entry point, `id` is its name."""

    id: str
    package: str
    """Import name."""
    folder: Path
    """Where `plugin.toml` should be."""
    origin: str
    distribution: str = ""
    """Name of the installed distribution that brings it."""

    @property
    def packaged(self) -> bool:
        """It is a distribution's, installed or not, and no bare folder."""
        return self.package.partition(".")[0] != NAMESPACE


def folders(plugins: Plugins) -> list[Path]:
    return list(dict.fromkeys([bundled("plugins").resolve(), *(Path(folder).resolve() for folder in plugins.folders)]))


def available(plugins: Plugins) -> list[Source]:
    """Every plugin within reach, enabled or not. The first of several with one id is the one that counts."""
    found: dict[Path, Source] = {}
    for source in (*_in_folders(plugins), *_in_paths(plugins), *_installed()):
        found.setdefault(source.folder, source)
    return list(found.values())


def enabled(plugins: Plugins) -> dict[str, list[Source]]:
    """The candidates for each name in the settings, in their order: none, one, or several of which the first counts."""
    found = available(plugins)
    named = (*plugins.names, *(source.id for source in _in_paths(plugins)))
    return {name: [source for source in found if source.id == name] for name in named}


def at(path: Path) -> Source:
    """The plugin at a path: its own folder, its package inside a distribution, or a distribution's folder.

    A bare folder is found by its name. A distribution says by its entry points what its plugin is called and which
    package it is; it need not be installed. Raises `NoPlugin`.
    """
    path = path.resolve()
    if not (path / manifest.FILENAME).is_file() and (path / PROJECT).is_file():
        return _of_distribution(path)
    for root in list(path.parents)[:_DEEPEST]:
        found = [each for each in _declared(root) if each.folder == path]
        if found:
            return found[0]
    return Source(id=path.name, package=f"{NAMESPACE}.{path.name}", folder=path, origin=str(path))


def importable_as_is(source: Source) -> bool:
    """An ordinary import finds this very folder."""
    if source.packaged:
        return _folder_of(source.package) == source.folder
    searched = getattr(sys.modules.get(NAMESPACE), "__path__", ())
    spec = importlib.machinery.PathFinder.find_spec(source.package, list(searched))
    return spec is not None and str(source.folder) in (spec.submodule_search_locations or ())


def open_namespace(plugins: Plugins) -> None:
    """Make the folders importable as `plugins.<id>`."""
    package = sys.modules.get(NAMESPACE)
    if package is None:
        spec = importlib.machinery.ModuleSpec(NAMESPACE, None, is_package=True)
        package = sys.modules[NAMESPACE] = importlib.util.module_from_spec(spec)
    wanted = [str(folder) for folder in folders(plugins)]
    package.__path__ = [*wanted, *(each for each in package.__path__ if each not in wanted)]


def _of_distribution(root: Path) -> Source:
    found = list(_declared(root))
    if not found:
        raise NoPlugin(
            f"{root / PROJECT} has no entry point in the group {GROUP}, or names a package that is not there"
        )
    if len(found) > 1:
        raise NoPlugin(f"{root / PROJECT} names several plugins: give one of {', '.join(str(e.folder) for e in found)}")
    return found[0]


def _declared(root: Path) -> Iterator[Source]:
    """The plugins that a project's entry points name, as far as their packages are there."""
    try:
        points = read_toml(root / PROJECT)["project"]["entry-points"][GROUP]
    except (ManifestError, KeyError, TypeError):
        return
    for name, package in points.items() if isinstance(points, dict) else ():
        for base in (root / "src", root):
            folder = base.joinpath(*str(package).split("."))
            if (folder / "__init__.py").is_file():
                yield Source(id=name, package=str(package), folder=folder, origin=str(folder))
                break


def _in_paths(plugins: Plugins) -> Iterator[Source]:
    for path in plugins.paths:
        try:
            yield at(Path(path))
        except (NoPlugin, OSError):  # loading it by its folder says that there is no manifest, or none to be read
            yield Source(id=Path(path).name, package=f"{NAMESPACE}.{Path(path).name}", folder=Path(path), origin=path)


def _in_folders(plugins: Plugins) -> Iterator[Source]:
    for folder in folders(plugins):
        try:
            below = sorted(folder.iterdir())
        except OSError:
            continue
        for path in below:
            if _has_manifest(path):
                yield Source(id=path.name, package=f"{NAMESPACE}.{path.name}", folder=path, origin=str(path))


def _has_manifest(folder: Path) -> bool:
    """Whether there is one, or might be: loading says why it cannot be read."""
    try:
        return (folder / manifest.FILENAME).exists()
    except OSError:
        return True


def _installed() -> Iterator[Source]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        distribution = point.dist.name if point.dist else "unknown"
        folder = _folder_of(point.value) or Path(point.value)
        yield Source(
            id=point.name,
            package=point.value,
            folder=folder,
            origin=f"entry point of {distribution}",
            distribution=distribution,
        )


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
