"""A person's own page: what her sign-in vouches for, who looked at her data, and for whom she may ask."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from typing import Any, Final, Literal

from litestar import Response, get
from litestar.params import FromQuery

from window import catalogue
from window.api import Api
from window.visit import Visit

About = Literal["me", "everyone"]
By = Literal["", "others"]

_PAGE: Final = 50
_SAVED: Final = 200
_MOST_PAGES: Final = 25
_MOST_SOUGHT: Final = 5
_COLUMNS: Final = (
    "occurred_at", "call_id", "kind", "client", "operation", "purpose", "portals", "outcome", "service", "search",
    "agent", "mandate", "mandate_purpose", "reason",
)  # fmt: skip
_FAMILY: Final = ("child", "spouse", "parent", "company", "anyone")
_OF_ANOTHER: Final = ("named_by_another_person", "tried_by_another_person", "shown_to_another_person")
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


@get("/me")
async def me(visit: Visit) -> Any:
    api = await visit.require()
    return visit.page("me/me.html", found=await api.get("/v1/me"))


@get("/me/accesses")
async def accesses(
    visit: Visit, about: FromQuery[About] = "me", by: FromQuery[By] = "", cursor: FromQuery[str] = ""
) -> Any:
    """Every look at her data, her own too; or only those of others."""
    api = await visit.require()
    services = await catalogue.find(api, visit.settings)
    steps = [step for each in services["data"] for step in (each, *each["steps"])]
    titles = {each["portal"]: each["portal_title"] for each in steps if each["portal"]}
    rows, following = await _page(api, about, cursor, others=by == "others")
    return visit.page(
        "me/accesses.html",
        accesses=rows,
        next=following,
        about=about,
        by=by,
        by_herself=_by_herself,
        titles=titles,
        purposes=_purposes(visit),
    )


@get("/me/accesses.csv")
async def saved_accesses(visit: Visit, about: FromQuery[About] = "me") -> Response[str]:
    """The newest 5,000 as a table, its columns in her language; codes of the log stay as they are, to be compared.
    What a spreadsheet would take for a formula is made a text."""
    api = await visit.require()
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_titles(visit)[name] for name in _COLUMNS)
    for each in await _all(api, about):
        table.writerow([_cell(each[name]) for name in _COLUMNS])
    headers = {"content-disposition": f'attachment; filename="accesses-{about}.csv"'}
    return Response(f"\ufeff{text.getvalue()}", media_type="text/csv", headers=headers)


@get("/me/family")
async def family(visit: Visit) -> Any:
    """For whom beside herself she may ask, and what proves it: as each service says."""
    api = await visit.require()
    found, who = await asyncio.gather(catalogue.find(api, visit.settings), api.get("/v1/me"))
    by_whom: dict[str, list[dict[str, Any]]] = {}
    for service in found["data"]:
        for whom in dict.fromkeys(each["whom"] for each in service["concerns"] if each["whom"] in _FAMILY):
            proofs = {each["proof"] for each in service["concerns"] if each["whom"] == whom}
            by_whom.setdefault(whom, []).append({"service": service, "proofs": sorted(proofs)})
    ordered = [(whom, by_whom[whom]) for whom in _FAMILY if whom in by_whom]
    return visit.page("me/family.html", ordered=ordered, mandates=who["mandates"] or [])


def _purposes(visit: Visit) -> dict[str, str]:
    """What the log calls the purpose of a look, in words."""
    return {
        "access": visit._("showing you your data"),
        "adoul-act": visit._("a certificate of an adoul"),
        "appointment": visit._("an appointment"),
        "attestation": visit._("an attestation"),
        "audit": visit._("the check of the log"),
        "card-revocation": visit._("the end of a card"),
        "certificate": visit._("a certificate"),
        "civil-status": visit._("civil status"),
        "civil-status-document": visit._("a civil-status document"),
        "complaint": visit._("a complaint"),
        "consular-registration": visit._("consular registration"),
        "court-order": visit._("an order of a court"),
        "draft": visit._("a draft"),
        "fast-lane-card": visit._("the card for the fast lane"),
        "general-request": visit._("a request"),
        "identity-card": visit._("the identity card"),
        "incident": visit._("the investigation of an incident"),
        "legalisation": visit._("a legalisation"),
        "mandate": visit._("a mandate"),
        "notice": visit._("telling you what happened"),
        "notifications": visit._("how you are sent messages"),
        "observation": visit._("an observation"),
        "once-only": visit._("a document that is used again"),
        "operation": visit._("the running of the service"),
        "passport": visit._("a passport"),
        "payment": visit._("a payment"),
        "permit": visit._("a permit"),
        "reference-connector": visit._("a trial request"),
        "retention": visit._("the deletion of old data"),
        "right-of-access": visit._("your right to see your data"),
        "service": visit._("a request"),
        "statistics": visit._("statistics"),
        "subject-request": visit._("a question of the person concerned"),
        "suggestion": visit._("a suggestion"),
        "supervision": visit._("the supervision of the service"),
        "tracking": visit._("following a parcel or a request"),
        "webhooks": visit._("telling a system what happened"),
    }


def _titles(visit: Visit) -> dict[str, str]:
    """Of the columns of the table."""
    return {
        "occurred_at": visit._("When"),
        "call_id": visit._("Record"),
        "kind": visit._("Kind"),
        "client": visit._("Through"),
        "operation": visit._("What was done"),
        "purpose": visit._("Purpose"),
        "portals": visit._("Portals"),
        "outcome": visit._("Outcome"),
        "service": visit._("Service"),
        "search": visit._("Searched for"),
        "agent": visit._("Agent"),
        "mandate": visit._("Mandate"),
        "mandate_purpose": visit._("What the mandate is for"),
        "reason": visit._("Reason"),
    }


def _by_herself(access: Mapping[str, Any]) -> bool:
    """Whether it was she who looked: not an agent, an auditor, another person, nor the gateway in its own work."""
    called = access["kind"] in ("call", "refusal")
    return called and not access["agent"] and access["reason"] not in _OF_ANOTHER


async def _page(api: Api, about: str, cursor: str, *, others: bool) -> tuple[list[dict[str, Any]], str | None]:
    """A page of them and where the next one begins. What others did is sought further back, as far as it is there."""
    if not others:
        found = await api.get("/v1/me/accesses", about=about, cursor=cursor, limit=_PAGE)
        return found["data"], found["next_cursor"]
    rows: list[dict[str, Any]] = []
    for _ in range(_MOST_SOUGHT):
        found = await api.get("/v1/me/accesses", about=about, cursor=cursor, limit=_SAVED)
        rows += [each for each in found["data"] if not _by_herself(each)]
        cursor = found["next_cursor"] or ""
        if not cursor or len(rows) >= _PAGE:
            break
    return rows, cursor or None


async def _all(api: Api, about: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        found = await api.get("/v1/me/accesses", about=about, cursor=cursor, limit=_SAVED)
        rows += found["data"]
        cursor = found["next_cursor"] or ""
        if not cursor:
            break
    return rows


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value if value is not None else "")
    return f"'{text}" if text.startswith(_RISKY) else text


ROUTES = [me, accesses, saved_accesses, family]
