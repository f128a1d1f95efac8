"""What is wrong with a TOML file of a plugin."""

from __future__ import annotations

from pathlib import Path


class ManifestError(Exception):
    """A plugin's TOML file cannot be used. `str()` names the file, the key and the problem."""

    def __init__(self, path: Path, key: str, problem: str) -> None:
        super().__init__(f"{path.name}: {key}: {problem}" if key else f"{path.name}: {problem}")
        self.path = path
        self.key = key
        self.problem = problem
