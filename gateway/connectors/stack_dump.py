"""Where a process is, from the dump of its stacks that `faulthandler` writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def location_in(dump: str, folder: Path) -> str:
    """The innermost place, `/path/connector.py:12`: the plugin's own, if there is one."""
    places = [f"{path}:{line}" for path, line, _ in _frames(dump)]
    return next((each for each in places if each.startswith(f"{folder}/")), next(iter(places), ""))


def functions_in(dump: str, folder: Path) -> list[str]:
    """The plugin's own functions that are running, innermost first."""
    return [function for path, _, function in _frames(dump) if path.startswith(f"{folder}/")]


def _frames(dump: str) -> Iterator[tuple[str, str, str]]:
    """Path, line, function."""
    for line in dump.splitlines():
        name, found, rest = line.strip().removeprefix("File ").partition(", line ")
        if found and name.startswith('"'):
            number, _, function = rest.partition(" in ")
            yield name.strip('"'), number.split(" ", 1)[0], function
