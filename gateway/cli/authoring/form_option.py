"""`--form`: what is laid over a service's example."""

from __future__ import annotations

import json
from typing import Any

import click


class JsonObject(click.ParamType[Any]):
    """`{"person": {"cnie": "BK654321"}}`."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no JSON object", param, ctx)
        return found
