"""What forms choose from, and what their words mean."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()


async def listed(world: World, path: str, language: str = "fr") -> list[dict[str, str]]:
    answer = await world.web.get(world.url + path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-language"] == language
    return list(answer.json()["data"])


async def test_countries_are_named_and_sorted_in_the_language(world: World) -> None:
    french, english = await listed(world, "/v1/countries"), await listed(world, "/v1/countries", "en")
    assert len(french) == len(english) > 240
    names = [each["name"] for each in french]
    assert {"code": "DE", "name": "Allemagne", "object": "country"} in french
    assert names.index("Émirats arabes unis") < names.index("Espagne")  # not behind Z
    assert next(each["name"] for each in english if each["code"] == "DE") == "Germany"


async def test_communes_are_those_of_the_province(world: World) -> None:
    provinces = await listed(world, "/v1/provinces?region=03", "ar")
    fes = next(each for each in provinces if each["value"] == "Fès")
    assert (fes["name"], fes["region"]) == ("فاس", "03")
    assert {each["region"] for each in provinces} == {"03"}
    there = await listed(world, "/v1/communes?province=F%C3%A8s")
    assert there
    assert {each["province"] for each in there} == {"Fès"}
    assert len(await listed(world, "/v1/communes")) == 1503


async def test_every_list_that_a_form_names_answers_as_it_says(world: World) -> None:
    """The members that are the value and the name are there, and so are those to filter by."""
    sources = {}
    for service in world.gateway.catalogue.services():
        for _, source in places(service.localised_form("en")):
            sources[source["url"].partition("?")[0], source["value"], source["title"], *source.get("filter", {})] = (
                source
            )
    assert len({source["list"] for source in sources.values()}) == 5
    for source in sources.values():
        if source["list"] == "cases":
            continue  # the person's own: none yet
        entry = (await world.get(source["url"])).json()["data"][0]
        assert {source["value"], source["title"], *source.get("filter", {})} <= set(entry), source


def places(schema: object) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(schema, dict):
        return []
    found = [("", schema["x-source"])] if "x-source" in schema else []
    for inner in schema.get("properties", {}).values():
        found += places(inner)
    return found


async def test_the_vocabulary_is_published(world: World) -> None:
    answer = await world.web.get(f"{world.url}/v1/form-vocabulary")
    published = jsonschema_rs.validator_for(answer.json())
    told = (await world.get("/v1/services/watiqa.birth-extract")).json()["form"]
    assert published.is_valid(told)
    assert not published.is_valid({**told, "x-tittle": 1})
