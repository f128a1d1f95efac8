"""A plugin's `services.toml` as the gateway reads it, for tests of what it says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from gateway.connectors.form_vocabulary.members import expanded
from gateway.connectors.services import FILENAME


def service_tables(plugin: Path) -> dict[str, Any]:
    """The tables of the services in this plugin's folder, by name, with every `x-use` replaced."""
    return expanded(tomllib.loads((plugin / FILENAME).read_text(encoding="utf-8")))
