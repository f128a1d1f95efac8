"""What `doctor` says: one finding a fact, with the remedy where something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`note` is worth knowing and stops nothing. No text holds a secret, a token or anything about a person."""

    check: str
    level: Level
    message: str
    remedy: str = ""


def ok(check: str, message: str) -> Finding:
    return Finding(check=check, level="ok", message=message)


def note(check: str, message: str, remedy: str = "") -> Finding:
    return Finding(check=check, level="note", message=message, remedy=remedy)


def wrong(check: str, message: str, remedy: str) -> Finding:
    return Finding(check=check, level="wrong", message=message, remedy=remedy)
