"""What is late: of the people an agent acts for, and of the appointments at her posts."""

from __future__ import annotations

from typing import Any, Final

from litestar import get

from window.pages.agenda.held import Held, held, herself
from window.visit import Visit

_MOST: Final = 100
"""Cases that the API tells, the longest first."""


@get("/agenda/late")
async def late(visit: Visit) -> Any:
    api = await herself(visit)
    hers = await held(api)
    names = await visit.post_names(api)
    found = await api.get("/v1/agenda/late", limit=_MOST)
    assert visit.session is not None
    return visit.page(
        "agenda/late.html",
        late=[{**each, "person": _person(hers, each)} for each in found["data"]],
        full=_MOST if found["has_more"] or len(found["data"]) >= _MOST else 0,
        acting=visit.session.data.mandate,
        names=names,
    )


def _person(hers: Held, case: dict[str, Any]) -> str:
    mandate = hers.of(case["mandate"] or "")
    return str(mandate["person_name"] or "") if mandate else ""


ROUTES = [late]
