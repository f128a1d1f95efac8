"""What a portal calls its documents and events, in the words of who reads it; its own word stands beside."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from gateway.connectors.manifest import ManifestError, read_manifest
from gateway.connectors.text_folding import fold

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

PLUGINS: Final = Path(__file__).parents[2] / "plugins"
PAPERS: Final = {
    "watiqa": "orders",
    "passeport": "applications",
    "alhalalmadania": "civil_registry",
    "chikaya": "complaints",
    "rokhas": "permits",
}
"""Where each stand-in lists the papers that it brings."""

world = shared_world(forms={"check_wait_seconds": 0})
"""Portals say what they refuse when a demand is filed, not before."""


@IN_ONE_LOOP
@pytest.mark.parametrize(("language", "title"), [("ar", "صدى"), ("fr", "Écho"), ("en", "Echo")])
async def test_document_has_a_title_in_each_language(world: World, language: str, title: str) -> None:
    case = await world.order("echo.note")
    await world.ended(case["id"])
    found = (await world.get(f"/v1/cases/{case['id']}", **{"Accept-Language": language})).json()
    assert [(each["title"], each["label"]) for each in found["documents"]] == [(title, "Écho")]


@IN_ONE_LOOP
@pytest.mark.parametrize(
    ("language", "title"), [("ar", "البطاقة الوطنية أو جواز السفر"), ("fr", "Carte nationale ou passeport")]
)
async def test_document_that_is_asked_for_is_called_as_in_the_form(world: World, language: str, title: str) -> None:
    case = await world.order("rendezvous.life-attestation")
    await world.until(case["id"], lambda found: found["status"] == "action_required")
    found = (await world.get(f"/v1/cases/{case['id']}", **{"Accept-Language": language})).json()
    (asked,) = [each for each in found["actions"] if each["type"] == "provide_document"]
    assert asked["choices"] == [{"value": "identity", "title": title}]


@IN_ONE_LOOP
async def test_events_of_a_parcel_are_told_in_each_language(world: World) -> None:
    found = (await world.get("/v1/tracking/barid/RR123456785MA", **{"Accept-Language": "ar"})).json()
    told = {each["label"]: each["text"] for each in found["history"]}
    assert told["Livraison effectuée"] == "تم التسليم"
    assert all(each["text"] == each["label"] for each in found["history"] if each["milestone"] is None)


@IN_ONE_LOOP
async def test_refusal_at_filing_is_told_with_words_and_fields(world: World) -> None:
    case = await world.order("chikaya.complaint", before_court=True)
    assert case["refusal"] is None
    await world.ended(case["id"])
    found = (await world.get(f"/v1/cases/{case['id']}", **{"Accept-Language": "fr"})).json()
    refusal = found["refusal"]
    assert (refusal["portal"], refusal["code"], refusal["text"]) == ("chikaya", found["reason"], found["reason_text"])
    (error,) = refusal["errors"]
    assert (error["pointer"], error["code"]) == ("/form/before_court", "before_court")
    assert error["detail"]
    assert len(refusal["portal_message"]) > len("Refus")
    (listed,) = [each for each in (await world.get("/v1/cases")).json()["data"] if each["id"] == case["id"]]
    assert listed["refusal"]["portal_message"] is None


@pytest.mark.parametrize("plugin", [*PAPERS, "rendezvous"])
def test_each_document_of_a_stand_in_has_words(plugin: str) -> None:
    known = {fold(each) for each in read_manifest(PLUGINS / plugin / "plugin.toml").documents}
    if plugin in PAPERS:
        papers = import_module(f"plugins.{plugin}.sandbox.{PAPERS[plugin]}").PAPERS
        titles = {title for _, title in papers.values()}
    else:
        requests = import_module("plugins.rendezvous.sandbox.requests")
        titles = {"Récépissé de dépôt", "Convocation", "Rendez-vous pour l'agenda", "Notification de la décision"}
        assert all(each in Path(requests.__file__ or "").read_text(encoding="utf-8") for each in titles)
    assert titles
    assert {fold(each) for each in titles} == known


def test_document_without_an_arabic_word_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plugin.toml"
    text = (PLUGINS / "watiqa" / "plugin.toml").read_text(encoding="utf-8")
    path.write_text(f'{text}\n[documents."Facture"]\nfr = "Facture"\nen = "Invoice"\n', encoding="utf-8")
    with pytest.raises(ManifestError, match=r"documents.Facture.ar"):
        read_manifest(path)
