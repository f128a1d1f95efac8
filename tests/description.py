"""The API's description, made without serving anything."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from gateway.api.openapi import document
from gateway.app import assemble
from gateway.settings import load


@cache
def description() -> dict[str, Any]:
    """As `mre-gateway openapi` prints it. Shared: do not change it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(state_dir=Path(folder))
        gateway = assemble(settings, journeys=False)
        found: dict[str, Any] = json.loads(document(gateway.routes(), settings, gateway.catalogue, gateway.messages))
        return found
