"""Where a demand goes: a post that there is, in the country that the form says, and an address that the mail reaches.
Whatever else is found out after the fee is paid."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import FAST, World, world_in
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(journeys=FAST | {"embedded": False})

AT_A_CONSULATE = (
    "renewal-adult", "first-adult", "minor", "after-loss", "after-theft", "after-damage", "data-change",
)  # fmt: skip
CONSULAR = (
    "consular-registration", "cnie", "legalisation", "adoul-act", "life-attestation",
    "residence-attestation",
)  # fmt: skip
COPIES = ("birth-copy", "marriage-copy", "death-copy")
DECLARATIONS = ("birth-declaration", "marriage-declaration", "divorce-declaration", "death-declaration")
BY_POST = (
    "watiqa.birth-extract", "passeport.renewal-adult", "passeport.renewal-adult-morocco", "passeport.minor",
    "echo.parcel", "echo.visit",
)  # fmt: skip
Change = Callable[[dict[str, Any]], None]


async def filed(world: World, service: str, change: Change) -> httpx.Response:
    form = copy.deepcopy((await world.get(f"/v1/services/{service}")).json()["example"])
    form = await world.with_files(service, form)
    change(form)
    return await world.post("/v1/cases", {"service": service, "form": form})


def refused(answer: httpx.Response, pointer: str, code: str) -> None:
    told = problem(answer, 422, "form_invalid")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [(pointer, code)]
    assert told["errors"][0]["detail"]


def lodged(country: str, consulate: str) -> Change:
    return lambda form: form["lodging"].update(country=country, consulate=consulate)


@pytest.mark.parametrize("name", AT_A_CONSULATE)
async def test_consulate_of_another_country_is_refused(world: World, name: str) -> None:
    answer = await filed(world, f"passeport.{name}", lodged("US", "Lyon"))
    refused(answer, "/form/lodging/country", "post_elsewhere")


@pytest.mark.parametrize(
    "consulate", ["Consulat général de Lyon", "LYON", "lyon", "القنصلية العامة بليون", "Consulate general in Lyon"]
)
async def test_consulate_is_known_however_it_is_written(world: World, consulate: str) -> None:
    answer = await filed(world, "passeport.renewal-adult", lodged("ES", consulate))
    refused(answer, "/form/lodging/country", "post_elsewhere")
    taken = await filed(world, "passeport.renewal-adult", lodged("FR", consulate))
    assert taken.status_code == 201, taken.text


async def test_consulate_that_no_list_has_is_taken(world: World) -> None:
    """The form takes free text, and the list of posts may be older than the consulate."""
    taken = await filed(world, "passeport.renewal-adult", lodged("US", "Springfield"))
    assert taken.status_code == 201, taken.text


@pytest.mark.parametrize("name", COPIES + DECLARATIONS)
async def test_register_of_another_country_is_refused(world: World, name: str) -> None:
    consular = {"source": "consular", "country": "US", "office": "Consulat général de Lyon"}
    answer = await filed(world, f"alhalalmadania.{name}", lambda form: form.update(register=consular))
    refused(answer, "/form/register/country", "post_elsewhere")


async def test_complaint_of_a_consulate_elsewhere_is_refused(world: World) -> None:
    answer = await filed(world, "chikaya.complaint-consulate", lambda form: form["about"].update(country="US"))
    refused(answer, "/form/about/country", "post_elsewhere")


@pytest.mark.parametrize("service", [f"rendezvous.{name}" for name in CONSULAR])
async def test_post_that_is_not_there_is_refused(world: World, service: str) -> None:
    answer = await filed(world, service, lambda form: form.update(post="atlantis"))
    refused(answer, "/form/post", "post_unknown")


@pytest.mark.parametrize("service", BY_POST)
@pytest.mark.parametrize("country", ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"])
async def test_address_that_no_mail_reaches_is_refused(world: World, service: str, country: str) -> None:
    def there(form: dict[str, Any]) -> None:
        home = {"name": "Amina El Fassi", "lines": ["1 rue du Pôle"], "city": "Nulle part", "country": country}
        form["delivery"] = {"method": "post", "address": home | {"postcode": "96000", "phone": "+33639981234"}}

    answer = await filed(world, service, there)
    told = problem(answer, 422, "form_invalid")
    assert [each["code"] for each in told["errors"]] == ["country_not_served"], told
    assert told["errors"][0]["pointer"].endswith("address/country")


async def cases_of(world: World) -> list[str]:
    return [each["id"] for each in (await world.get("/v1/cases?limit=100")).json()["data"]]


async def test_nothing_is_begun_for_a_refused_form(world: World) -> None:
    before = await cases_of(world)  # which go on meanwhile
    await filed(world, "passeport.renewal-adult", lodged("US", "Lyon"))
    assert await cases_of(world) == before
    assert await world.effects("etimbre") == []


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
async def test_refusal_is_told_in_the_persons_language(world: World, language: str) -> None:
    form = (await world.get("/v1/services/passeport.renewal-adult")).json()["example"]
    form["lodging"] = {"country": "US", "consulate": "Lyon"}
    body = {"service": "passeport.renewal-adult", "form": await world.with_files("passeport.renewal-adult", form)}
    body["language"] = language
    told = problem(await world.post("/v1/cases", body), 422, "form_invalid")["errors"][0]["detail"]
    assert {"ar": "القنصلية", "fr": "consulat", "en": "consulate"}[language] in told


UNASKED = {"forms": {"check_wait_seconds": 0}}
"""The portal is asked for its posts alone."""


async def asked(world: World) -> int:
    """How often the booking portal has been asked for its posts."""
    told = (await world.web.get(f"{world.sandbox_url}/_requests/rendezvous")).json()
    return int(told["requests"])


async def test_portal_that_says_nothing_keeps_nobody_from_filing(tmp_path: Path) -> None:
    """Nor is it asked by each form anew, while it says nothing and afterwards."""
    async with world_in(tmp_path / "state", "", journeys=FAST | {"embedded": False}, **UNASKED) as alone:
        await alone.fault("rendezvous", "error")
        taken = await filed(alone, "rendezvous.cnie", lambda form: form.update(post="atlantis"))
        assert taken.status_code == 201, taken.text
        tried = await asked(alone)
        again = await filed(alone, "rendezvous.cnie", lambda form: form.update(post="atlantis"))
        assert (again.status_code, await asked(alone)) == (201, tried)


async def test_many_forms_ask_for_the_posts_once(tmp_path: Path) -> None:
    async with world_in(tmp_path / "state", "", journeys=FAST | {"embedded": False}) as alone:
        await filed(alone, "rendezvous.cnie", lambda form: None)  # the portal's token is asked for
        before = await asked(alone)
        answers = await asyncio.gather(
            *(filed(alone, "rendezvous.legalisation", lambda form: form.update(post="atlantis")) for _ in range(5))
        )
        assert {each.status_code for each in answers} == {422}
        assert await asked(alone) == before + 1
