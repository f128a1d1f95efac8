"""Pseudonyms of persons in the audit log: another one each year, so that records cannot be linked over years.

Each year's key is made from that of the year before and cannot be turned back. Destroying the keys up to a year so
leaves the later ones whole, and nothing has to be made at the turn of the year, on no machine.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from gateway.auth import keyfiles
from gateway.auth.keyfiles import KeyRingError

FILENAME: Final = "ledger.key"

_STORED: Final = re.compile("p_[0-9a-f]{32}")
_LINE: Final = re.compile(r"(\S+) ([0-9]{4})\s*")
_NEXT: Final = b"the key of the year after"


class Ledger:
    """Pseudonyms of the log. `subject` is the person's pseudonym in the store, `p_` and 32 hex characters; in the log
    it reads `p2026_` and 32 others. A subject of another form, such as one of the log already, stays as it is."""

    def __init__(self, year: int, key: bytes) -> None:
        self.first_year = year
        """The oldest year whose pseudonyms can still be made."""
        self.key_of = lru_cache(maxsize=200)(self._derive)
        self._key = key

    def pseudonym(self, subject: str, at: datetime) -> str:
        """Pseudonym used in the log at that time. Before the first year, the first year's is used."""
        return self._of(subject, at.astimezone(UTC).year) if is_stored(subject) else subject

    def every(self, subject: str, until: datetime) -> tuple[str, ...]:
        """All that the log may call the person, oldest year first. The year after `until` is among them: the clock of
        some machine may have been ahead at the turn of the year."""
        if not is_stored(subject):
            return (subject,)
        last = max(until.astimezone(UTC).year + 1, self.first_year)
        return tuple(self._of(subject, year) for year in range(self.first_year, last + 1))

    def _of(self, subject: str, year: int) -> str:
        year = max(year, self.first_year)
        return f"p{year}_{hmac.digest(self.key_of(year), subject.encode(), 'sha256').hex()[:32]}"

    def _derive(self, year: int) -> bytes:
        key = self._key
        for _ in range(year - self.first_year):
            key = hmac.digest(key, _NEXT, "sha256")
        return key


def is_stored(subject: str) -> bool:
    """Is this how the store calls a person?"""
    return _STORED.fullmatch(subject) is not None


def create(folder: Path, *, demo: bool) -> None:
    """Begin with this year, unless the file is there already."""
    keyfiles.write_new(folder / FILENAME, f"{keyfiles.new_symmetric(demo=demo)} {datetime.now(UTC).year}\n".encode())


def read(path: Path) -> tuple[Ledger, bool]:
    """The ledger, and whether its key is a demo key."""
    try:
        match = _LINE.fullmatch(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise KeyRingError(f"{path}: not a readable key") from error
    if match is None:
        raise KeyRingError(f"{path}: not a key and a year")
    key, demo = keyfiles.parse_symmetric(match[1], path)
    return Ledger(int(match[2]), key), demo


def forget(path: Path, *, before: int) -> int:
    """Destroy the keys of the years before `before`, which is at most this year. Returns the first year that is left.

    The log still verifies. Nobody can tell any more whose the records of those years are: no person sees them in her
    list, and of a person who is erased later they keep their salts, unless they name one of her cases. A process that
    runs keeps what it has read until it ends.
    """
    if before > datetime.now(UTC).year:
        raise ValueError("the key of this year is in use")
    ledger, demo = read(path)
    if before > ledger.first_year:
        key = ledger.key_of(before).hex()
        keyfiles.replace(path, f"{keyfiles.DEMO if demo else ''}{key} {before}\n".encode())
    return max(before, ledger.first_year)
