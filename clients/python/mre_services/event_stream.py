"""Server-Sent Events, as the HTML standard says they are to be read."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Final

_UTF_8: Final = codecs.getincrementaldecoder("utf-8")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_MOST: Final = 4 * 1024 * 1024
"""Characters of one event; a stream that goes on without an end is not one."""


class StreamUnreadable(ValueError):
    """What came is no event stream."""


@dataclass(slots=True)
class EventStream:
    """Makes events of pieces of bytes, wherever these were cut."""

    last_id: str = ""
    """Where to go on: `id` of the last event that came whole, also of one without data."""
    retry_seconds: float | None = None
    """What the other side asked for."""
    _decoder: codecs.IncrementalDecoder = field(default_factory=lambda: _UTF_8("replace"))
    _rest: str = ""
    _data: list[str] = field(default_factory=list)
    _id: str | None = None
    _begun: bool = False

    def read(self, piece: bytes) -> list[str]:
        """The data of the events that end in this piece."""
        text = self._decoder.decode(piece)
        if not self._begun and text:
            self._begun, text = True, text.removeprefix("\ufeff")
        self._rest += text
        found: list[str] = []
        place = 0
        while match := _LINE_END.search(self._rest, place):
            if match[0] == "\r" and match.end() == len(self._rest):
                break  # a line feed may follow
            self._line(self._rest[place : match.start()], found)
            place = match.end()
        self._rest = self._rest[place:]
        if len(self._rest) + sum(map(len, self._data)) > _MOST:
            raise StreamUnreadable("an event without an end")
        return found

    def broken(self) -> None:
        """The connection ended: what came of an event that is not whole is forgotten."""
        self._decoder.reset()
        self._rest, self._data, self._id, self._begun = "", [], None, False

    def _line(self, line: str, found: list[str]) -> None:
        if not line:
            if self._id is not None:
                self.last_id, self._id = self._id, None
            if self._data:
                found.append("\n".join(self._data))
                self._data = []
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_seconds = int(value[:9]) / 1000
