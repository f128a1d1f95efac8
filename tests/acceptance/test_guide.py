"""The catalogue as people use it: found by words, read in seven languages, with the state of each portal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from gateway.api.catalogue.guide_views import GuideViews

from .conftest import World, world_in
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

ARABIC = re.compile("[\u0600-\u06ff]")


async def found(world: World, language: str = "en", **asked: str) -> dict[str, Any]:
    answer = await world.web.get(f"{world.url}/v1/services", params=asked, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids(listed: dict[str, Any]) -> list[str]:
    return [each["id"] for each in listed["data"]]


async def page(world: World, path: str, language: str = "en") -> Any:
    answer = await world.web.get(world.url + path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.fromstring(answer.text)


def text(element: Any) -> str:
    return " ".join(element.text_content().split())


async def test_a_query_is_understood_whatever_language_the_answer_is_in(world: World) -> None:
    for query in ("passeport perdu", "ضياع جواز السفر", "pasaporte perdido"):
        for language in ("ar", "fr", "de"):
            assert ids(await found(world, language, q=query))[0] == "passeport.after-loss", (query, language)


async def test_lists_are_narrowed_by_portal_category_and_audience(world: World) -> None:
    posted = ids(await found(world, portal="barid"))
    assert "watiqa.birth-extract" in posted
    assert "chikaya.complaint" not in posted
    permits = ids(await found(world, category="permits"))
    assert permits
    assert all(each.startswith("rokhas.") for each in permits)
    assert ids(await found(world, q="passport", audience="child"))[0] == "passeport.minor"
    assert "passeport.after-loss" not in ids(await found(world, audience="child"))
    answer = await world.get("/v1/services?category=weather")
    problem(answer, 400, "invalid_request")


async def test_nothing_found_says_so_and_suggests(world: World) -> None:
    missed = await found(world, "fr", q="legaalisaatie")
    assert (missed["data"], missed["has_more"]) == ([], False)
    assert missed["suggestions"][0] == {
        "id": "rendezvous.legalisation",
        "title": "Légalisation d'un document ou d'une signature",
        "url": "/v1/services/rendezvous.legalisation",
    }
    elsewhere = await found(world, q="passport", category="permits")
    assert elsewhere["data"] == []
    assert elsewhere["suggestions"][0]["id"].startswith("passeport.")
    assert (await found(world, q="passport"))["suggestions"] == []


async def test_the_list_goes_page_by_page(world: World) -> None:
    whole = ids(await found(world))
    assert len(whole) >= 25
    seen, cursor = [], ""
    while cursor is not None:
        part = await found(world, limit="10", cursor=cursor)
        assert part["has_more"] is (part["next_cursor"] is not None)
        seen += ids(part)
        cursor = part["next_cursor"]
    assert seen == whole
    problem(await world.get("/v1/services?cursor=x"), 400, "cursor_invalid")


async def test_categories_come_with_their_titles_and_counts(world: World) -> None:
    listed = await found(world, "it", q="passaporto")
    counts = {each["id"]: each["service_count"] for each in listed["categories"]}
    assert sum(counts.values()) == len(ids(await found(world)))
    assert {each["id"]: each["title"] for each in listed["categories"]}["permits"] == "Permessi"
    assert listed["data"][0]["category"] == {
        "id": "identity",
        "title": "Passaporto e carta d'identità",
        "service_count": None,
    }


async def test_a_list_that_is_known_is_not_sent_again(world: World) -> None:
    for path in ("/v1/services", "/v1/services?q=passport"):
        first = await world.get(path)
        assert first.json()["data"]
        again = await world.get(path, If_None_Match=first.headers["etag"])
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert (await world.get(path, If_None_Match='"of another list"')).content == first.content


async def test_the_whole_list_is_made_once_for_a_language(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And anew when a portal's state changes. Lists that callers narrow are not kept: there is no end of them."""
    made: list[str] = []
    categories = GuideViews.categories

    def counted(views: GuideViews) -> Any:
        made.append("list")
        return categories(views)

    monkeypatch.setattr(GuideViews, "categories", counted)
    await world.get("/v1/services", Accept_Language="de")
    made.clear()
    answers = [await world.get("/v1/services", Accept_Language="de") for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["vary"] == "Accept-Language, Accept-Encoding, Origin"
    assert made == []
    for path in ("/v1/services?limit=99", "/v1/services?portal=echo", "/v1/services?q=passport"):
        for _ in range(2):
            assert (await world.get(path, Accept_Language="de")).status_code == 200
    assert len(made) == 6
    world.gateway.catalogue_cache._stamp = None  # as after a change of any portal's state
    assert (await world.get("/v1/services", Accept_Language="de")).content == answers[0].content
    assert len(made) == 7


async def test_spanish_titles_fall_back_field_by_field_and_the_header_says_so(world: World) -> None:
    path = "/v1/services/watiqa.birth-extract"
    answer = await world.get(path, Accept_Language="es, en;q=0.5")
    service = answer.json()
    assert answer.headers["content-language"] == "es, en"
    assert (service["language"], service["title"]) == ("es", "Extracto del acta de nacimiento")
    assert service["who"].startswith("Any Moroccan living abroad")
    assert service["form"]["properties"]["person"]["title"] == "Person the document is about"
    assert service["cost"]["text"] == "20,00\xa0MAD por ejemplar"
    assert service["category"]["title"] == "Registro civil"
    nobody = await world.get(path, Accept_Language="de")
    assert nobody.headers["content-language"] == "de, fr"
    assert nobody.json()["who"].startswith("Toute personne")


async def test_a_service_tells_what_it_costs_how_long_it_takes_and_who_takes_part(world: World) -> None:
    service = (await world.get("/v1/services/watiqa.birth-extract")).json()
    assert (service["cost"]["kind"], service["cost"]["amount"]["amount"]) == ("per", 2000)
    assert service["cost"]["text"].replace("\xa0", " ") == "MAD 20.00 a copy"
    assert service["deadline_text"].replace("\xa0", " ") == "60 days at most (law 55-19)"
    assert [(each["step"], each["portal"]) for each in service["steps"]] == [
        ("fee", "etimbre"),
        ("filing", "watiqa"),
        ("delivery", "barid"),
    ]
    assert "or at the counter" in service["delivery_text"]
    passport = (await world.get("/v1/services/passeport.renewal-adult")).json()
    assert (passport["cost"]["kind"], passport["cost"]["text"]) == ("fixed", "MAD\xa0860.00")
    assert [each["step"] for each in passport["steps"]] == ["fee", "appointment", "filing", "delivery"]
    complaint = (await world.get("/v1/services/chikaya.complaint", Accept_Language="fr")).json()
    assert complaint["cost"] == {
        "kind": "none",
        "text": "Rien à payer au dépôt de la demande.",
        "amount": None,
        "per": None,
        "portal": None,
    }
    assert complaint["deadline_text"].replace("\xa0", " ") == "60 jours au plus (décret 2-17-265)"
    repair = (await world.get("/v1/services/rokhas.repair-permit", Accept_Language="fr")).json()
    assert repair["deadline_text"].replace("\xa0", " ") == "10 jours au plus (délai de ce permis)"


async def test_the_guide_is_a_page_in_each_language_and_its_direction(world: World) -> None:
    for language in ("ar", "fr", "en", "es", "nl", "it", "de"):
        listing = await page(world, "/guide", language)
        assert (listing.get("lang"), listing.get("dir")) == (language, "rtl" if language == "ar" else "ltr")
        titles = [text(link) for link in listing.xpath("//main//ul[@class='services']//a")]
        assert len(titles) >= 25
        assert all(bool(ARABIC.search(each)) is (language == "ar") for each in titles)
        assert listing.xpath("//label//input[@name='q']")
        assert [link.get("hreflang") for link in listing.xpath("//nav/a")] == ["ar", "fr", "en", "es", "nl", "it", "de"]
        assert listing.xpath("//script") == []


async def test_the_search_box_is_a_plain_form_that_keeps_the_language(world: World) -> None:
    form = (await page(world, "/guide?lang=fr", "en")).forms[0]
    assert (form.method, form.action) == ("GET", "/guide")
    form.fields["q"] = "passeport perdu"
    answer = await page(world, "/guide?" + "&".join(f"{name}={value}" for name, value in form.form_values()), "en")
    assert answer.get("lang") == "fr"
    links = answer.xpath("//ul[@class='services']//a")
    assert links[0].get("href") == "/guide/passeport.after-loss?lang=fr"
    assert answer.forms[0].fields["q"] == "passeport perdu"
    assert "1" in text(answer.xpath("//*[@role='status']")[0])
    missed = await page(world, "/guide?q=legaalisaatie&lang=fr")
    assert "Aucun service" in text(missed.xpath("//*[@role='status']")[0])
    assert missed.xpath("//section//a")[0].get("href") == "/guide/rendezvous.legalisation?lang=fr"
    filtered = await page(world, "/guide?q=&category=permits&lang=fr")
    assert {each.get("href").split(".")[0] for each in filtered.xpath("//ul[@class='services']//a")} == {
        "/guide/rokhas"
    }


async def test_a_page_of_a_service_has_all_that_a_person_must_know(world: World) -> None:
    shown = await page(world, "/guide/passeport.renewal-adult?lang=fr")
    told = {text(dt): text(dt.getnext()) for dt in shown.xpath("//dt")}
    assert told["Coût"] == "860,00 MAD"
    assert told["Délai légal"] == "60 jours au plus (loi 55-19)"
    assert told["Langues du document ou de la réponse"] == "arabe · français"
    for name in ("Qui peut demander", "Ce qu'il faut avoir", "Organisme compétent", "Voies de recours", "Remise"):
        assert len(told[name]) > 10, name
    assert len(shown.xpath("//ol/li")) >= 3
    spanish = await page(world, "/guide/passeport.renewal-adult?lang=es", "ar")
    assert spanish.get("lang") == "es"
    who = spanish.xpath("//dd")[0]
    assert (who.get("lang"), who.get("dir")) == ("ar", "rtl")
    assert ARABIC.search(text(who))


async def test_what_is_typed_stays_text_and_a_wrong_address_is_a_page(world: World) -> None:
    answer = await world.web.get(f"{world.url}/guide", params={"q": "\"><script>alert('x')</script>", "lang": "en"})
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "public, max-age=10"
    missing = await world.web.get(f"{world.url}/guide/no.such", headers={"Accept-Language": "nl"})
    assert (missing.status_code, missing.headers["content-language"]) == (404, "nl, fr")
    assert "Er is geen dienst op dit adres." in missing.text


async def test_what_somebody_searched_for_is_in_no_record_and_no_log(world: World, capfd: Any) -> None:
    answer = await world.web.get(f"{world.url}/v1/services", params={"q": "Zwfortunata"})
    records = await world.records(call_id=answer.headers["call-id"])
    assert "Zwfortunata" not in str(records)
    captured = capfd.readouterr()
    assert "Zwfortunata" not in captured.out + captured.err


async def test_a_portal_that_is_down_is_told_before_the_form_is_filled_in(world: World) -> None:
    path = "/v1/services/watiqa.birth-extract"
    parcel = (await world.get(path)).json()["steps"][2]["availability"]
    assert (parcel["state"], parcel["advice"], parcel["retry_at"]) == ("up", None, None)
    assert (await page(world, "/guide")).find_class("notice") == []
    await world.fault("barid", "error")
    for _ in range(40):
        await world.get("/v1/tracking/barid/RR123456785MA")
        parcel = (service := (await world.get(path)).json())["steps"][2]["availability"]
        if parcel["state"] == "down":
            break
    assert (service["available"], parcel["state"]) == (True, "down")
    assert datetime.fromisoformat(parcel["retry_at"]) > datetime.now(UTC)
    assert parcel["advice"].startswith("The portal does not answer at the moment. You can file your request")
    listing = await page(world, "/guide")
    assert "Barid Al-Maghrib" in text(listing.find_class("notice")[0])
    shown = await page(world, "/guide/watiqa.birth-extract?lang=ar")
    assert text(shown.find_class("down")[0]) == "لا تجيب حاليا"


async def test_a_service_that_cannot_be_asked_for_is_listed_and_says_so(tmp_path: Path) -> None:
    over = {"portals": {"barid": {"enabled": False}}, "journeys": {"embedded": False}}
    async with world_in(tmp_path / "state", "", **over) as without_post:
        service = (await without_post.get("/v1/services/watiqa.birth-extract", Accept_Language="fr")).json()
        parcel = service["steps"][2]["availability"]
        assert (service["available"], parcel["state"], parcel["retry_at"]) == (False, "quarantined", None)
        assert parcel["advice"].startswith("Ce service ne peut pas être demandé ici")
        shown = await page(without_post, "/guide/watiqa.birth-extract?lang=fr")
        assert "Ne remplissez pas le formulaire" in text(shown.find_class("notice")[0])
        assert text(shown.find_class("state")[2]) == "Non raccordé"


async def test_the_further_languages_can_be_switched_off(tmp_path: Path) -> None:
    over = {"catalogue_languages": [], "journeys": {"embedded": False}}
    async with world_in(tmp_path / "state", "", **over) as three:
        answer = await three.get("/v1/services/watiqa.birth-extract", Accept_Language="es")
        assert (answer.headers["content-language"], answer.json()["language"]) == ("fr", "fr")
        assert len((await page(three, "/guide?lang=es")).xpath("//nav/a")) == 3
