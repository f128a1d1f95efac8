"""The words of the catalogue's pages, which exist in more languages than the API's."""

from __future__ import annotations

from typing import get_args

import pytest

from gateway.connectors.services import RULES, Acr, Audience, Category
from gateway.i18n.formats import days, language_name
from gateway.i18n.messages import guide, placeholders, read
from gateway.settings import Settings

LANGUAGES = (*Settings().languages, *Settings().catalogue_languages)


def test_the_words_of_the_guide_exist_in_all_seven_languages() -> None:
    assert len(LANGUAGES) == 7
    english = read("en", "guide")
    for language in LANGUAGES:
        assert set(read(language, "guide")) == set(english), language
        for key, text in read(language, "guide").items():
            assert placeholders(text) == placeholders(english[key]), (language, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_stand_in_a_service_has_a_word(language: str) -> None:
    wanted = [f"category.{each}" for each in get_args(Category)]
    wanted += [f"audience.{each}" for each in get_args(Audience)]
    wanted += [f"acr.{each}" for each in get_args(Acr)]
    wanted += [f"step.{each}" for each in ("filing", *RULES)]
    wanted += [f"state.{each}" for each in ("up", "degraded", "down", "quarantined")]
    wanted += [f"advice.{each}" for each in ("degraded", "down", "quarantined")]
    assert all(guide(each, language) for each in wanted)


def test_sixty_days_are_not_two_months() -> None:
    assert [days(60, language).replace("\xa0", " ") for language in LANGUAGES] == [
        "60 يومًا", "60 jours", "60 days", "60 días", "60 dagen", "60 giorni", "60 Tage",
    ]  # fmt: skip
    assert days(10, "ar") == "10 أيام"


def test_a_language_has_its_name_in_the_readers_language() -> None:
    assert language_name("ar", "fr") == "arabe"
    assert language_name("fr", "ar") == "الفرنسية"
    assert language_name("xx", "fr") == "xx"
