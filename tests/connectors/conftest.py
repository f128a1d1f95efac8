from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.connectors.loader import load
from gateway.connectors.registry import Registry
from gateway.settings import Settings
from gateway.testing.scaffold import create_plugin


@dataclass
class Workshop:
    """Plugins in a folder of their own, each made from the skeleton and then spoilt."""

    folder: Path

    def make(self, name: str, spoil: dict[str, Callable[[str], str] | str | None] | None = None) -> Path:
        """`spoil`: by file name the new text, a function of the old text, or None to delete the file."""
        made = create_plugin(name, self.folder)
        for file, change in (spoil or {}).items():
            path = made / file
            if change is None:
                path.unlink()
            else:
                path.write_text(change if isinstance(change, str) else change(path.read_text()))
        return made

    def settings(self, *enabled: str, strict: bool = False, portals: dict | None = None) -> Settings:
        return Settings.model_validate(
            {
                "state_dir": self.folder / "state",
                "plugins": {"folders": (str(self.folder),), "enabled": enabled, "strict": strict},
                "portals": portals or {},
            }
        )

    def load(self, *enabled: str, strict: bool = False) -> Registry:
        return load(self.settings(*enabled, strict=strict))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "plugins")
