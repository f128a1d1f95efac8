"""Finding one's own cases by what a person types.

Forms and contacts are sealed under the person's key, so no database can search them. What is left is what stands on
her papers and screens: the whole id, the portal's reference, the number of a parcel or of an appointment, and the
title of the service in any language of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import ColumnElement, func, or_

from gateway import typed_text
from gateway.connectors.services import Service
from gateway.connectors.text_folding import STOP, folded_words
from gateway.storage.tables import cases

_NUMBERS = (
    cases.c.reference,
    cases.c.state["shipment"]["number"].as_string(),
    cases.c.state["appointment"]["booked"]["reference"].as_string(),
)


def matching(text: str, services: Iterable[Service]) -> ColumnElement[bool] | None:
    """The condition on a case's row that what was typed stands in one of its numbers, or begins words of its service's
    title; None for an empty text. Spaces, hyphens, capitals and the digits of an Arabic keyboard make no difference."""
    asked = folded_words(text)
    asked = [word for word in asked if word not in STOP] or asked
    typed = typed_text.code(text).replace("-", "")
    if not typed:
        return None
    terms: list[ColumnElement[bool]] = [
        func.upper(func.replace(func.replace(number, "-", ""), " ", "")).contains(typed, autoescape=True)
        for number in _NUMBERS
    ]
    terms.append(func.upper(cases.c.id) == typed)
    titled = [each.id for each in services if asked and _titled(each, asked)]
    return or_(*terms, cases.c.service.in_(titled))


def _titled(service: Service, asked: list[str]) -> bool:
    """Does each word begin a word of the title, all of them in one language?"""
    return any(
        all(any(word.startswith(each) for word in _words(title)) for each in asked)
        for title in service.texts["title"].values()
    )


@lru_cache(maxsize=2_000)
def _words(title: str) -> tuple[str, ...]:
    return tuple(folded_words(title))
