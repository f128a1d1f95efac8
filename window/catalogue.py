"""The catalogue as people see it: without the services of portals that are there for tests."""

from __future__ import annotations

from typing import Any, Final

from window.api import Api, ApiProblem
from window.settings import WindowSettings

_PAGE: Final = 100


def shown(services: list[dict[str, Any]], settings: WindowSettings) -> list[dict[str, Any]]:
    return [each for each in services if each["portal"] not in settings.look.hidden_portals]


def short_title(portal_title: str) -> str:
    """What a portal is called for people: without what its title says after a colon."""
    return portal_title.partition(":")[0].strip()


async def find(api: Api, settings: WindowSettings, *, q: str = "", category: str = "") -> dict[str, Any]:
    """The list of the API, with `data` as people see it. A text that the API refuses to look for finds nothing."""
    try:
        found: dict[str, Any] = await api.get("/v1/services", q=q, category=category, limit=_PAGE)
    except ApiProblem as problem:
        if problem.status != 400:
            raise
        found = {"data": [], "categories": [], "suggestions": []}
    found["data"] = shown(found["data"], settings)
    hidden = tuple(f"{portal}." for portal in settings.look.hidden_portals)
    found["suggestions"] = [each for each in found["suggestions"] if not each["id"].startswith(hidden)]
    return found


async def categories(api: Api, settings: WindowSettings) -> list[dict[str, Any]]:
    """Those with a service that is shown, with their numbers of such services."""
    found = await find(api, settings)
    counted = [
        {**each, "service_count": sum(one["category"]["id"] == each["id"] for one in found["data"])}
        for each in found["categories"]
    ]
    return [each for each in counted if each["service_count"]]
