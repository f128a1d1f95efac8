"""Known words that are like a typed one. Looked up, not compared one by one: whoever types decides how often this runs,
and it runs on the event loop."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.connectors.text_folding import one_letter_off

_SHORTEST_PART: Final = 3
_SHORTEST_INSIDE: Final = 4
"""A German or Dutch word is found by its second part: `pass` in `reisepass`."""
LONGEST: Final = 40
"""Letters of a typed word that is looked for; no word of the catalogue is longer."""


class Known:
    """The words of a catalogue, some thousands."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(words)
        self._text = "\n" + "\n".join(self._words) + "\n"
        self._shortened: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._words:
            for each in _shortened(word):
                self._shortened[each].append(word)

    def beginning(self, word: str) -> set[str]:
        """The words that begin with `word`."""
        if not _SHORTEST_PART <= len(word) <= LONGEST:
            return set()
        first = bisect_left(self._words, word)
        found = set()
        for each in self._words[first:]:
            if not each.startswith(word):
                break
            found.add(each)
        return found

    def containing(self, word: str) -> set[str]:
        """The words that have `word` somewhere inside."""
        if not _SHORTEST_INSIDE <= len(word) <= LONGEST:
            return set()
        found, at = set(), self._text.find(word)
        while at >= 0:
            end = self._text.index("\n", at)
            found.add(self._text[self._text.rindex("\n", 0, at) + 1 : end])
            at = self._text.find(word, end)
        return found

    def like(self, word: str) -> set[str]:
        """The words that differ by one letter too many, too few or wrong, or by two that changed places: they have a
        form in common that is shorter by at most one letter."""
        if len(word) > LONGEST:
            return set()
        near = {known for each in _shortened(word) for known in self._shortened.get(each, ())}
        return {known for known in near if one_letter_off(word, known)}


def _shortened(word: str) -> Iterator[str]:
    """The word itself, and without each of its letters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
