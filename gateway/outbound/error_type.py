"""An error that a connector raised, as one of the contract's with the types that it declares. What is stored, answered
to a person or said between processes relies on them, and Python enforces none of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from gateway.connectors.contract import NotYet, PortalError, Refused, ServerFailed, Unavailable, Unknown
from gateway.foreign_text import MOST_SECONDS
from gateway.outbound.result_type import WrongResult

KINDS: Final = (NotYet, ServerFailed, Unavailable, Refused, Unknown)
"""The narrower before the wider."""
_CODE_CHARACTERS: Final = 200
_MESSAGE_CHARACTERS: Final = 8_192
_FIELDS: Final = 1_024


def checked_error(error: PortalError) -> PortalError:
    """The error itself if it is as the contract has it, otherwise one of the nearest class without what cannot be used
    of it. Raises `WrongResult` for one that has no code, or is none of the three."""
    try:
        kind = next((each for each in KINDS if isinstance(error, each)), None)
        code: Any = getattr(error, "code", None)
        if kind is None or not _is_word(code):
            raise WrongResult("error without a code")
        message, fields = _message(error), _fields(error)
        wait = seconds(getattr(error, "retry_after", None))
    except WrongResult:
        raise
    except Exception:  # of a class of the connector's own, whose attributes are code
        raise WrongResult("error that cannot be read") from None
    if (
        type(error) is kind
        and (message, fields) == (error.portal_message, error.fields)
        and wait == getattr(error, "retry_after", None)
    ):
        return error
    made = kind(code, message)
    made.fields = fields
    if isinstance(made, Unavailable):
        made.retry_after = wait
    return made


def seconds(value: Any) -> float | None:
    """As a time to wait; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
        return None
    return min(max(value, 0.0), float(MOST_SECONDS))


def _is_word(code: Any) -> TypeGuard[str]:
    return isinstance(code, str) and 0 < len(code) <= _CODE_CHARACTERS and code.isprintable()


def _message(error: PortalError) -> str:
    said = getattr(error, "portal_message", "")
    if not isinstance(said, str):
        return ""
    return said[:_MESSAGE_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _fields(error: PortalError) -> dict[str, str]:
    named = getattr(error, "fields", {})
    if not isinstance(named, Mapping):
        return {}
    texts = [(name, code) for name, code in named.items() if _is_word(name) and _is_word(code)]
    return dict(texts[:_FIELDS])
