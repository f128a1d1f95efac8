"""A JSON stand-in's no, in its portal's members, and the key that its client must say."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, get, post

from gateway.sandbox.authoring import Objection, needs_key, objecting, read_json


class Demand(msgspec.Struct):
    plate: str


@get("/demands")
async def full() -> None:
    raise Objection(422, "QUARTIER_COMPLET", "Complet.", "quartier", "mois")


@get("/own")
async def alone() -> None:
    raise Objection(409, "PAS_ENCORE", attente=7)


@post("/demands")
async def taken(request: Request[Any, Any, Any]) -> str:
    return (await read_json(request, Demand, "DEMANDE_INVALIDE")).plate


@get(["/cards", "/cards/c_1"])
async def page() -> str:
    return "a page"


@get("/cards-of-all")
async def lists() -> str:
    return "a list"


def portal(**how: Any) -> httpx.AsyncClient:
    app = Litestar(
        [full, alone, taken, page, lists],
        before_request=needs_key("x-cle", "s3cret", error="CLE_INCONNUE", **how.pop("key", {})),
        exception_handlers={Objection: objecting(**how)},
        openapi_config=None,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal", headers={"x-cle": "s3cret"})


OWN = {"word": "motif", "message": "texte", "fields_member": "champ"}


@pytest.mark.parametrize(
    ("how", "path", "answer"),
    [
        ({}, "/demands", {"error": "QUARTIER_COMPLET", "message": "Complet.", "fields": ["quartier", "mois"]}),
        (OWN, "/demands", {"motif": "QUARTIER_COMPLET", "texte": "Complet.", "champ": ["quartier", "mois"]}),
        (
            OWN | {"one_field": True},
            "/demands",
            {"motif": "QUARTIER_COMPLET", "texte": "Complet.", "champ": "quartier"},
        ),
        ({"fields_member": ""}, "/demands", {"error": "QUARTIER_COMPLET", "message": "Complet."}),
        (
            {"word": "e.code", "message": "e.texte", "fields_member": "e.sur.champs"},
            "/demands",
            {"e": {"code": "QUARTIER_COMPLET", "texte": "Complet.", "sur": {"champs": ["quartier", "mois"]}}},
        ),
        (OWN | {"one_field": True}, "/own", {"motif": "PAS_ENCORE", "texte": "", "champ": None, "attente": 7}),
    ],
)
async def test_an_objection_has_the_portals_members(how: dict[str, Any], path: str, answer: dict[str, Any]) -> None:
    async with portal(**how) as client:
        assert (await client.get(path)).json() == answer


async def test_a_body_of_another_shape_is_an_objection() -> None:
    async with portal(**OWN) as client:
        for body in (b"", b"[]", b'{"plate": 7}', b"\xff", b'{"more": ' + b"[" * 100_000):
            answer = await client.post("/demands", content=body)
            assert (answer.status_code, answer.json()["motif"]) == (400, "DEMANDE_INVALIDE")
        assert (await client.post("/demands", json={"plate": "1-A-1"})).text == "1-A-1"


@pytest.mark.parametrize("given", ["", "S3cret", "s3cret2", "clé"])
async def test_another_key_is_401(given: str) -> None:
    async with portal(**OWN) as client:
        answer = await client.get("/cards", headers={"x-cle": given.encode()})
        assert (answer.status_code, answer.json()["motif"]) == (401, "CLE_INCONNUE")
        assert (await client.get("/cards")).text == "a page"


async def test_the_prefix_belongs_to_the_key() -> None:
    async with portal(key={"prefix": "Bearer "}) as client:
        assert (await client.get("/cards")).status_code == 401
        assert (await client.get("/cards", headers={"x-cle": "Bearer s3cret"})).status_code == 200


async def test_a_browser_has_no_key() -> None:
    async with portal(key={"public": "/cards"}) as client:
        del client.headers["x-cle"]
        assert [(await client.get(path)).status_code for path in ("/cards", "/cards/c_1")] == [200, 200]
        assert [(await client.get(path)).status_code for path in ("/demands", "/cards-of-all")] == [401, 401]
