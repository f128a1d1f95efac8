"""The gateway's own texts are for people: no addresses of the API, no words of programs, one word for one thing."""

from __future__ import annotations

import re

from gateway.connectors.form_vocabulary import lint
from gateway.i18n.messages import read

LANGUAGES = ("ar", "fr", "en")
PEOPLE = re.compile(r"^(form|reason|action|event|choice|status|milestone|term|finding|group)\.")
BOTH = {"page.problem.origin.connector"}
"""Their Arabic names both where their English names one."""


def texts() -> dict[str, dict[str, str]]:
    read_in = {language: read(language) for language in LANGUAGES}
    return {key: {language: read_in[language][key] for language in LANGUAGES} for key in read_in["en"]}


def test_texts_for_people_have_no_developers_words() -> None:
    found = {key: list(lint.wording(each)) for key, each in texts().items() if PEOPLE.match(key)}
    assert len(found) > 150
    assert {key: problems for key, problems in found.items() if problems} == {}


def test_arabic_has_one_word_for_a_portal_and_one_for_the_gateway() -> None:
    for key, each in texts().items():
        if key in BOTH:
            continue
        english, arabic = each["en"].lower(), each["ar"]
        if "portal" in english and "gateway" not in english:
            assert "المنصة" not in arabic, key
        if "gateway" in english and "portal" not in english:
            assert "البوابة" not in arabic, key
