"""Finding a service by what a person types, in any language, whatever the language of the answer.

The index is small (tens of services) and lives in memory; it is built when somebody searches for the first time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log
from typing import Final

from gateway.connectors.services import Service
from gateway.connectors.text_folding import LANGUAGES, STOP, folded_words, stem
from gateway.connectors.vocabulary import LONGEST, Known

WEIGHTS: Final = {"title": 8.0, "keywords": 6.0, "summary": 3.0}
"""How much a word counts by where it stands; in the other texts 1."""
_WEIGHT_PART: Final = 0.6
_WEIGHT_TYPO: Final = 0.5
_SHORTEST_TYPO: Final = 4
_MOST_WORDS: Final = 12
_SUGGESTIONS: Final = 3
_ALIKE: Final = 0.25

Key = tuple[str, str]
"""Language and stem."""


class Index:
    """Built from all texts of all services; `more` adds texts of a service by language, such as its portal's title."""

    def __init__(self, services: Iterable[Service], more: Mapping[str, Mapping[str, str]]) -> None:
        self._order: dict[str, int] = {}
        self._weights: defaultdict[Key, dict[str, float]] = defaultdict(dict)
        self._keys: defaultdict[str, set[Key]] = defaultdict(set)
        self._titles: dict[str, list[set[str]]] = {}
        for service in services:
            self._order[service.id] = len(self._order)
            self._titles[service.id] = [_trigrams(title) for title in service.texts["title"].values()]
            for name, language, text in _texts(service, more.get(service.plugin, {})):
                self._add(service.id, language, folded_words(text), WEIGHTS.get(name, 1.0))
        self._known = Known(self._keys)

    def search(self, query: str) -> list[str]:
        """Ids of the services, best first.

        Each word is looked for as a whole and as the beginning of a longer one; if that finds nothing, inside a word;
        and then with one letter wrong. A word that is not found at all is passed over. Of the services only those are
        given that have the most of the words. Of many words the first twelve count; none is longer than `LONGEST`.
        """
        asked = [word for word in dict.fromkeys(folded_words(query)) if len(word) <= LONGEST][:_MOST_WORDS]
        found = [hits for word in _meaningful(asked) if (hits := self._lookup(word))]
        count: defaultdict[str, int] = defaultdict(int)
        score: defaultdict[str, float] = defaultdict(float)
        for hits in found:
            for id, value in hits.items():
                count[id] += 1
                score[id] += value
        most = max(count.values(), default=0)
        best = [id for id in count if count[id] == most]
        return sorted(best, key=lambda id: (-score[id], self._order[id]))

    def suggest(self, query: str) -> list[str]:
        """Ids of the services whose titles look most like the query; none if nothing does."""
        asked = _trigrams(query)
        likeness = {id: max(_alike(asked, title) for title in titles) for id, titles in self._titles.items()}
        near = [id for id, value in likeness.items() if value >= _ALIKE]
        return sorted(near, key=lambda id: (-likeness[id], self._order[id]))[:_SUGGESTIONS]

    def _add(self, id: str, language: str, found: list[str], weight: float) -> None:
        for word in found:
            key = (language, stem(word, language))
            at = self._weights[key]
            # In a short text a word says more.
            at[id] = max(at.get(id, 0.0), weight * (1 + 1 / (2 + len(found))))
            self._keys[word].add(key)
            self._keys[key[1]].add(key)

    def _lookup(self, word: str) -> dict[str, float]:
        keys = {(language, stem(word, language)) for language in LANGUAGES} | self._keys.get(word, set())
        hits = self._scored(keys, 1.0)
        longer = self._scored(self._keys_of(self._known.beginning(word)), _WEIGHT_PART)
        hits = {id: max(hits.get(id, 0.0), longer.get(id, 0.0)) for id in {**hits, **longer}}
        return hits or self._scored(self._keys_of(self._known.containing(word)), _WEIGHT_PART) or self._typos(word)

    def _typos(self, word: str) -> dict[str, float]:
        if len(word) < _SHORTEST_TYPO:
            return {}
        bare = stem(word, "ar")
        near = self._known.like(word)
        if len(bare) >= _SHORTEST_TYPO:
            near |= self._known.like(bare)
        return self._scored(self._keys_of(near), _WEIGHT_TYPO)

    def _keys_of(self, known: Iterable[str]) -> set[Key]:
        return {key for word in known for key in self._keys[word]}

    def _scored(self, keys: set[Key], factor: float) -> dict[str, float]:
        """The best weight of each service, more for a rare word than for one that many services have."""
        found: dict[str, float] = {}
        for key in keys:
            at = self._weights.get(key, {})
            for id, weight in at.items():
                found[id] = max(found.get(id, 0.0), factor * weight * log(1 + len(self._order) / len(at)))
        return found


def _texts(service: Service, more: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, language and text of everything that a service can be found by."""
    for name, texts in service.texts.items():
        if name != "appeal":  # the same courts and complaints everywhere
            yield from ((name, language, text) for language, text in texts.items() if language in LANGUAGES)
    for language in LANGUAGES:
        yield from (("keywords", language, text) for text in service.keywords)
    yield from (("portal", language, text) for language, text in more.items() if language in LANGUAGES)


def _meaningful(asked: list[str]) -> list[str]:
    return [word for word in asked if word not in STOP] or asked


def _trigrams(text: str) -> set[str]:
    folded = f"  {' '.join(folded_words(text))} "
    return {folded[at : at + 3] for at in range(len(folded) - 2)}


def _alike(one: set[str], other: set[str]) -> float:
    """Dice's coefficient."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
