from __future__ import annotations

import pytest

from gateway.connectors.text_folding import fold, folded_words, one_letter_off, stem


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Décès", "deces"),
        ("L’ÉTAT-CIVIL", "l'etat civil"),
        ("Œuvre", "oeuvre"),
        ("straße", "STRASSE"),
        ("ｐａｓｓ", "pass"),
        ("وِلَادَةٌ", "ولادة"),
        ("ولادة", "ولاده"),
        ("إصلاح", "اصلاح"),
        ("أداء", "اداء"),
        ("قنصلى", "قنصلي"),
        ("شـــهادة", "شهادة"),
        ("آخر", "اخر"),
        ("ﻻ", "لا"),
        ("گواهی ٥٥", "گواهي 55"),
    ],
)
def test_two_ways_to_write_a_word_are_one(typed: str, same: str) -> None:
    assert folded_words(typed) == folded_words(same) != []


def test_an_apostrophe_parts_words_and_single_letters_say_nothing() -> None:
    assert folded_words("l'extrait d’acte, à 18 ans") == ["extrait", "acte", "18", "ans"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ar", "الولادة", "ولادة"),
        ("ar", "للولادة", "والولادة"),
        ("ar", "شهادات", "الشهادة"),
        ("ar", "بالقنصلية", "قنصلية"),
        ("ar", "جوازات", "الجواز"),
        ("fr", "naissances", "naissance"),
        ("fr", "renouveler", "renouvellement"),
        ("en", "complaints", "complaint"),
        ("es", "nacimientos", "nacimiento"),
        ("it", "passaporti", "passaporto"),
        ("nl", "klachten", "klacht"),
        ("de", "genehmigungen", "genehmigung"),
    ],
)
def test_endings_and_articles_do_not_matter(language: str, one: str, other: str) -> None:
    assert stem(fold(one), language) == stem(fold(other), language)


@pytest.mark.parametrize(
    ("language", "one", "other"), [("ar", "الطلاق", "الطلب"), ("ar", "زواج", "جواز"), ("fr", "permis", "perte")]
)
def test_different_words_stay_different(language: str, one: str, other: str) -> None:
    assert stem(fold(one), language) != stem(fold(other), language)


def test_one_letter_off() -> None:
    for wrong in ("pasport", "passsport", "pzssport", "psasport", "passport"):
        assert one_letter_off(wrong, "passport"), wrong
    for other in ("passpo", "pssapors", "sport", ""):
        assert not one_letter_off(other, "passport"), other
