"""The catalogue: search, one page a category, one page a service."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window.catalogue import categories, find
from window.forms.filled import new_key
from window.visit import Visit


@get("/services")
async def services(visit: Visit, q: FromQuery[str] = "", category: FromQuery[str] = "") -> Any:
    q = q.strip()[:100]
    known = await categories(visit.api, visit.settings)
    chosen = next((each for each in known if each["id"] == category), None)
    if category and chosen is None:
        raise NotFoundException
    found = await find(visit.api, visit.settings, q=q, category=category) if q or chosen else None
    return visit.page("services/list.html", q=q, category=chosen, categories=known, found=found)


@get("/services/{service_id:str}")
async def service(visit: Visit, service_id: FromPath[str]) -> Any:
    found = await visit.api.get(f"/v1/services/{service_id}")
    if found["portal"] in visit.settings.look.hidden_portals and not visit.settings.demo:
        raise NotFoundException
    return visit.page("services/service.html", service=found, key=new_key())


ROUTES = [services, service]
