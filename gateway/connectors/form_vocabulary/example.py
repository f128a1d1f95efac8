"""Whether the example of a service fits its form, the formats of the gateway included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import jsonschema

from gateway.connectors.form_vocabulary import formats
from gateway.connectors.manifest import ManifestError


def check_example(example: Mapping[str, Any], form: Mapping[str, Any], path: Path, key: str) -> None:
    """Raises `ManifestError` naming the place and what is wrong there."""
    validator = jsonschema.Draft202012Validator(form, format_checker=_FORMATS)
    error = jsonschema.exceptions.best_match(validator.iter_errors(example))
    if error is None:
        return
    told = error.message
    if error.validator == "format":
        told = f"{error.instance!r} has not the format {error.validator_value}"
        if error.validator_value == "attachment":
            told += f": write {formats.SOME_FILE!r}, and whoever files the example uploads a file for it"
    raise ManifestError(path, f"{key}{error.json_path[1:]}", told)


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    """A format applies to texts only, as JSON Schema says."""
    return not isinstance(value, str) or pattern.search(value) is not None


_FORMATS: Final = jsonschema.FormatChecker(formats=())
for _name, _pattern in formats.PATTERNS.items():
    _FORMATS.checks(_name)(partial(_fits, re.compile(_pattern)))
