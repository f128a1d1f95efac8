"""A secret that does not print itself."""

from __future__ import annotations

import hmac
from typing import Final

_HIDDEN: Final = "********"


class Secret:
    """Text that must never reach a log, a repr or a serialised answer. Read it with `reveal()`, at the place of use."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def matches(self, other: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._value.encode(), other.encode())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def __str__(self) -> str:
        return _HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not serialisable")
