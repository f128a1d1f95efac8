"""JSON that says one thing twice. RFC 8259 (section 4) leaves open which of two members of one name counts: a reader
that takes the last one and a proxy, a signature check or a log that takes the first see two different messages."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_BEGINS: Final = re.compile(rb"[ \t\r\n]*[{\[]")


def repeats(body: bytes) -> bool:
    """Whether an object in it has two members of one name. What is no JSON at all repeats nothing."""
    try:
        _decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except _Twice:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def read_as_json_repeats(body: bytes) -> bool:
    """The same of a body whose sender may call it anything: whoever reads it as JSON does not look at the type. Only an
    object or an array is looked into."""
    return _BEGINS.match(body) is not None and repeats(body)


class _Twice(Exception):
    pass


def _counted(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Twice


_decode: Final = json.JSONDecoder(object_pairs_hook=_counted).decode
