"""The catalogue that ships, searched as people would."""

from __future__ import annotations

import pytest

from gateway.connectors.catalogue import Catalogue
from gateway.connectors.loader import load
from gateway.connectors.text_folding import stem
from gateway.settings import load as settings

SERVICES = 25
PORTALS = 8

FIRST = [
    # Arabic: vowel signs, alef and hamza, teh marbuta, tatweel, the article, particles, plurals
    ("نسخة موجزة من رسم الولادة", "watiqa.birth-extract"),
    ("نسخه موجزه", "watiqa.birth-extract"),
    ("نُسْخَةٌ كَامِلَةٌ", "watiqa.birth-full-copy"),
    ("النسخة الكاملة للولادة", "watiqa.birth-full-copy"),
    ("شهادة الميلاد", "watiqa.birth-extract"),
    ("تصريح بالولادة", "alhalalmadania.birth-declaration"),
    ("التصريح بزواج", "alhalalmadania.marriage-declaration"),
    ("طـــلاق", "alhalalmadania.divorce-declaration"),
    ("تصريح وفاه", "alhalalmadania.death-declaration"),
    ("تجديد الجواز بالمغرب", "passeport.renewal-adult-morocco"),
    ("ضياع جواز السفر", "passeport.after-loss"),
    ("سرقه الجواز", "passeport.after-theft"),
    ("جواز سفر طفل", "passeport.minor"),
    ("البطاقه الوطنيه للتعريف", "rendezvous.cnie"),
    ("شهادة الحياه", "rendezvous.life-attestation"),
    ("وكالة", "rendezvous.adoul-act"),
    ("المصادقه على توقيع", "rendezvous.legalisation"),
    ("شكايات القنصلية", "chikaya.complaint-consulate"),
    ("إقتراح", "chikaya.suggestion"),
    ("رخصة البناء", "rokhas.construction-permit"),
    ("رخص الاصلاح", "rokhas.repair-permit"),
    ("جواز لطفل", "passeport.minor"),
    # French: accents, apostrophes, plurals, words of every day, a letter wrong
    ("extrait d'acte de naissance", "watiqa.birth-extract"),
    ("EXTRAITS D’ACTES DE NAISSANCE", "watiqa.birth-extract"),
    ("copie integrale naissance", "watiqa.birth-full-copy"),
    ("acte de deces", "alhalalmadania.death-copy"),
    ("déclarer un décès", "alhalalmadania.death-declaration"),
    ("passeport perdu", "passeport.after-loss"),
    ("passeport volé", "passeport.after-theft"),
    ("renouveler mon passeport au Maroc", "passeport.renewal-adult-morocco"),
    ("passeport bébé", "passeport.minor"),
    ("carte d'identité", "rendezvous.cnie"),
    ("cin", "rendezvous.cnie"),
    ("certificat de vie retraite", "rendezvous.life-attestation"),
    ("legalisation signature", "rendezvous.legalisation"),
    ("immatriculation consulaire", "rendezvous.consular-registration"),
    ("attestation d'immatriculation", "watiqa.consular-registration-certificate"),
    ("plainte contre le consulat", "chikaya.complaint-consulate"),
    ("permi de constuire", "rokhas.construction-permit"),
    ("démolitoin", "rokhas.demolition-permit"),
    # English
    ("lost passport", "passeport.after-loss"),
    ("damaged passports", "passeport.after-damage"),
    ("birth certificate", "watiqa.birth-extract"),
    ("power of attorney", "rendezvous.adoul-act"),
    ("identity card", "rendezvous.cnie"),
    ("open a shop", "rokhas.business-permit"),
    # Spanish, Dutch, Italian, German
    ("pasaporte perdido", "passeport.after-loss"),
    ("certificado de nacimiento", "watiqa.birth-extract"),
    ("fe de vida", "rendezvous.life-attestation"),
    ("inscripcion consular", "rendezvous.consular-registration"),
    ("gestolen paspoort", "passeport.after-theft"),
    ("uittreksel geboorteakte", "watiqa.birth-extract"),
    ("sloopvergunning", "rokhas.demolition-permit"),
    ("passaporto smarrito", "passeport.after-loss"),
    ("carta d’identità", "rendezvous.cnie"),
    ("reclamo consolato", "chikaya.complaint-consulate"),
    ("Reisepass für ein Kind", "passeport.minor"),
    ("Lebensbescheinigung", "rendezvous.life-attestation"),
    ("Baugenehmigungen", "rokhas.construction-permit"),
    ("Geburtsurkunde Auszug", "watiqa.birth-extract"),
    ("Anmeldung", "alhalalmadania.birth-declaration"),
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(load(settings()))


def ids(catalogue: Catalogue, query: str) -> list[str]:
    return [service.id for service in catalogue.search(query)]


@pytest.mark.parametrize(("query", "first"), FIRST)
def test_the_service_that_is_meant_comes_first(catalogue: Catalogue, query: str, first: str) -> None:
    assert ids(catalogue, query)[:1] == [first]


def test_there_are_enough_services_and_every_portal_has_a_part(catalogue: Catalogue) -> None:
    real = [service for service in catalogue.services() if service.plugin != "echo"]
    assert len(real) >= SERVICES
    assert len({portal for service in real for portal in service.portals}) == PORTALS


def test_titles_and_summaries_are_there_in_seven_languages(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        for name in ("title", "summary"):
            texts = service.texts[name]
            assert set(texts) == {"ar", "fr", "en", "es", "nl", "it", "de"}, service.id
            assert len(set(texts.values())) == 7, (service.id, name)
        for plugin in catalogue.registry.connectors.values():
            assert len(plugin.manifest.title) == 7


def test_every_service_of_a_portal_has_a_category(catalogue: Catalogue) -> None:
    assert {service.plugin for service in catalogue.services() if service.category == "other"} == {"echo"}


def test_an_empty_query_lists_everything(catalogue: Catalogue) -> None:
    assert ids(catalogue, "  ") == [service.id for service in catalogue.services()]


def test_a_title_counts_more_than_a_summary_and_that_more_than_the_rest(catalogue: Catalogue) -> None:
    found = ids(catalogue, "passeport")
    assert all(each.startswith("passeport.") for each in found[:8])
    # The one names it in its summary, the others in what to bring.
    assert found[8] == "rendezvous.consular-registration"
    assert len(found) > 9


def test_only_what_has_the_most_of_the_words_is_given(catalogue: Catalogue) -> None:
    assert ids(catalogue, "passeport perdu") == ["passeport.after-loss"]


def test_a_rare_word_counts_more_than_one_that_stands_everywhere(catalogue: Catalogue) -> None:
    assert ids(catalogue, "adulte procuration")[0] == "rendezvous.adoul-act"


def test_the_beginning_of_a_word_is_enough(catalogue: Catalogue) -> None:
    assert set(ids(catalogue, "pass")) >= set(ids(catalogue, "passeport"))
    assert ids(catalogue, "naiss")[0] == "watiqa.birth-extract"


def test_words_that_stand_nowhere_are_passed_over(catalogue: Catalogue) -> None:
    assert ids(catalogue, "passeport perdu hier à Utrecht")[0] == "passeport.after-loss"


def test_words_of_two_languages_find_what_has_both(catalogue: Catalogue) -> None:
    assert ids(catalogue, "تجديد passport المغرب")[0] == "passeport.renewal-adult-morocco"


def test_nothing_found_gives_titles_that_are_like_it(catalogue: Catalogue) -> None:
    assert ids(catalogue, "legaalisaatie") == []
    assert [each.id for each in catalogue.suggest("legaalisaatie")][:1] == ["rendezvous.legalisation"]
    assert [each.id for each in catalogue.suggest("rijbewijs")] == [
        "rendezvous.life-attestation",
        "watiqa.consular-registration-certificate",
    ]
    assert catalogue.suggest("qqqq zzzz") == []


@pytest.mark.parametrize("query", ["'", "!!!", "a", "\0", "\u202e", "%", "🛂", "x" * 200, "ـ", "ء", "de la", "\ud800"])
def test_no_query_is_an_error(catalogue: Catalogue, query: str) -> None:
    catalogue.search(query)
    catalogue.suggest(query)


def test_the_index_follows_what_is_loaded(workshop) -> None:  # type: ignore[no-untyped-def]  # a fixture
    workshop.make("alpha")
    catalogue = Catalogue(workshop.load("alpha"))
    assert ids(catalogue, "request") == ["alpha.request"]
    del catalogue.registry.connectors["alpha"]
    assert ids(catalogue, "request") == []


def test_a_search_finds_the_stems_of_few_words(catalogue: Catalogue) -> None:
    """The stems are what a search costs: of twelve words at most, in seven languages, and of none that is too long."""
    catalogue.search("passport")
    for query, most in (("a" * 200, 0), (" ".join(f"{number:02}qx" for number in range(40)), 12 * 7)):
        before = stem.cache_info().misses
        catalogue.search(query)
        assert stem.cache_info().misses - before <= most, query
