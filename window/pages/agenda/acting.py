"""People an agent may act for: taking up a mandate, acting, handing over, giving back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window import catalogue
from window.api import Api, ApiAway, ApiProblem
from window.forbidden import HERSELF, PAGE
from window.pages.agenda.held import Held, held, herself
from window.session.model import SessionData
from window.sign_in import local_path
from window.visit import LANGUAGE, Visit

_CODE: Final = 40
_CASES: Final = "/cases"
_PAGE: Final = "/people?to={to}"


@get("/people")
async def people(visit: Visit, to: FromQuery[str] = "") -> Any:
    """`to`: what she asked for, which is a person's."""
    api = await herself(visit)
    kept = dict(await visit.take_kept(visit.path, herself=True) or [])
    return await _people(visit, api, code=kept.get("code", ""), to=local_path(to) if to else "")


@post("/people/take", status_code=200, opt={PAGE: _PAGE, HERSELF: True})
async def take(visit: Visit, request: Request[Any, Any, State]) -> Any:
    form = await request.form()
    speaks = visit.pressed(str(form.get("do", "")))[0] == LANGUAGE
    api = await herself(visit)
    code, wanted = str(form.get("code", ""))[:_CODE], str(form.get("to", ""))
    to = local_path(wanted) if wanted else ""
    if speaks:
        return await _people(visit, api, code=code, to=to)
    try:
        await api.post("/v1/mandates/take", {"code": "".join(code.split()) or "-"})
    except ApiProblem as problem:
        if problem.status not in (400, 403, 422, 429):
            raise
        return await _people(visit, api, code=code, wrong=f"{problem.detail} {problem.remedy}".strip(), to=to)
    return visit.see(visit.url("/people", to=to) if to else "/people")


@post("/people/{mandate:str}/act", status_code=200, opt={PAGE: _PAGE})
async def act(visit: Visit, mandate: FromPath[str], request: Request[Any, Any, State]) -> Any:
    """From now on she acts for this person, until she stops."""
    found = (await held(await herself(visit))).of(mandate)
    if found is None:
        raise NotFoundException
    await visit.change(mandate=mandate, mandate_name=found["person_name"] or visit._("the person"))
    kept = visit.session.data.kept if visit.session else None
    if kept is not None and kept.mandate == mandate:
        return visit.see(kept.path)
    wanted = str((await request.form()).get("to", ""))
    return visit.see(local_path(wanted) if wanted else _CASES)


@post("/people/stop", status_code=200, opt={PAGE: "/people"})
async def stop(visit: Visit) -> Any:
    await visit.require("agent")
    await visit.change(mandate="", mandate_name="")
    return visit.see("/people")


@post("/people/{mandate:str}/hand-over", status_code=200, opt={PAGE: "/people"})
async def hand_over(visit: Visit, mandate: FromPath[str]) -> Any:
    """The code stays on the page of people as long as it is good: to load that page again makes no other one."""
    handed = await (await herself(visit)).post(f"/v1/mandates/{mandate}/hand-over")
    code = {"mandate": mandate, "code": handed["code"], "code_expires_at": handed["code_expires_at"]}

    def remember(data: SessionData) -> None:
        data.more["handed"] = code

    await visit.update(remember)
    return visit.see("/people")


@post("/people/{mandate:str}/give-back", status_code=200, opt={PAGE: "/people"})
async def give_back(visit: Visit, mandate: FromPath[str]) -> Any:
    api = await herself(visit)
    await api.post(f"/v1/mandates/{mandate}/revoke")
    await visit.stop_acting(mandate)
    return visit.see("/people")


async def _people(visit: Visit, api: Api, *, code: str = "", wrong: str = "", to: str = "") -> Any:
    hers = await held(api)
    call_id = api.last_call_id
    assert visit.session is not None
    data = visit.session.data
    over = ""
    if data.mandate and hers.all and hers.of(data.mandate) is None:
        over = data.mandate_name
        await visit.stop_acting(data.mandate)
        data = visit.session.data
    return visit.page(
        "agenda/people.html",
        status=422 if wrong else 200,
        mandates=hers.mandates,
        acting=data.mandate,
        over=over,
        waiting=data.kept.mandate if data.kept is not None else "",
        titles=await _titles(visit, api) if any(each["services"] for each in hers.mandates) else {},
        handed=_handed(data, hers),
        code=code,
        wrong=[("code", visit._("Code that a person or a colleague tells you"), wrong)] if wrong else [],
        language_form="form",
        to=to,
        call_id=call_id,
    )


def _handed(data: SessionData, hers: Held) -> dict[str, Any] | None:
    """The code that she tells a colleague, as long as it waits for him."""
    handed = data.more.get("handed")
    if handed is None or datetime.fromisoformat(handed["code_expires_at"]) <= datetime.now(UTC):
        return None
    mandate = hers.of(handed["mandate"])
    return {**handed, "person_name": mandate["person_name"]} if mandate else None


async def _titles(visit: Visit, api: Api) -> dict[str, str]:
    """What services and portals are called, by id, as far as that can be said."""
    try:
        services = (await catalogue.find(api, visit.settings))["data"]
    except (ApiAway, ApiProblem):
        return {}
    return {
        name: each[title]
        for each in services
        for name, title in ((each["id"], "title"), (each["portal"], "portal_title"))
    }


ROUTES = [people, take, act, stop, hand_over, give_back]
