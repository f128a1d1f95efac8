"""A TOML file of a plugin, read so that whatever is in it is the plugin's affair: it keeps no gateway from starting,
and its texts do nothing to a terminal or a log."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from unicodedata import category

from gateway.connectors.manifest_error import ManifestError

_MOST_BYTES: Final = 4_194_304
_DEEPEST: Final = 64
"""Tables and lists in each other: forms are walked by functions that call themselves."""
_WHOLE: Final = 2**63
_BREAKS: Final = "\n\t"
_TURNED: Final = "\u202a\u202b\u202c\u202d\u202e"
"""They make a text look like another one (Unicode technical report 36)."""
_ISOLATES: Final = "\u2066\u2067\u2068"
_END_OF_ISOLATE: Final = "\u2069"
"""Around a name in the letters of another direction; what is around them keeps its order if each is ended."""


def read_toml(path: Path) -> dict[str, Any]:
    """Raises `ManifestError`."""
    try:
        if path.exists() and not path.is_file():  # a pipe has no end
            raise ManifestError(path, "", "is no file")
        if path.stat().st_size > _MOST_BYTES:
            raise ManifestError(path, "", f"is larger than {_MOST_BYTES} bytes")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(path, "", f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, no UTF-8, a number of thousands of digits
        raise ManifestError(path, "", f"is not valid TOML: {error}") from error
    except RecursionError:
        raise ManifestError(path, "", "is nested too deep") from None
    for key, problem in _unusable(values):
        raise ManifestError(path, key, problem)
    return values


def control_characters(text: str, allowed: str = "") -> bool:
    """Whether there is one that is not among those allowed, one that turns the direction of writing, or an isolate
    without its end in the same line."""
    if any((category(each) == "Cc" and each not in allowed) or each in _TURNED for each in text):
        return True
    return not all(map(_isolates_end, text.split("\n")))


def _isolates_end(line: str) -> bool:
    depth = 0
    for each in line:
        depth += (each in _ISOLATES) - (each == _END_OF_ISOLATE)
        if depth < 0:
            return False
    return depth == 0


def shown(text: str) -> str:
    """What a plugin says, with `?` for what a terminal would act upon or UTF-8 cannot say."""
    if text.isprintable():
        return text
    return "".join("?" if control_characters(each, _BREAKS) or category(each) == "Cs" else each for each in text)


def _unusable(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and problem of each value that is valid TOML and cannot be used."""
    left: list[tuple[tuple[str, ...], Any]] = [((), values)]
    while left:
        at, value = left.pop()
        key = ".".join(at)
        if len(at) > _DEEPEST:
            yield ".".join(at[:3]), "is nested too deep"
            return
        if isinstance(value, dict):
            for name, each in value.items():
                if control_characters(name):
                    yield key, f"has a key with a control character: {name[:40]!a}"
                left.append(((*at, name), each))
        elif isinstance(value, list):
            left.extend(((*at, str(number)), each) for number, each in enumerate(value))
        elif isinstance(value, str) and control_characters(value, _BREAKS):
            yield key, "has a control character"
        elif isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
            yield key, "is a number of more than 64 bits"
