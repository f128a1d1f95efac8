"""For the agency that runs a portal, and for the operator: how portals do, queues and what fails, figures by quarter.

An agency sees its own portal only: the API decides it by the scope of its token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from window import catalogue
from window.api import Api
from window.charts import Bar, bars
from window.visit import PageVisit, Visit

HOURS: Final = (24, 168, 720)
STAFF: Final = ("operator", "agency")
GROUPS: Final = ("portal", "service", "post")
_TROUBLE: Final = {"quarantined": 0, "down": 1, "degraded": 2}
_SHOWN: Final = 12
"""Groups that are drawn; the table has all."""
_QUARTERS: Final = 8
"""That one may choose among."""
_MOROCCO: Final = ZoneInfo("Africa/Casablanca")


@get("/portals")
async def portals(visit: Visit) -> Any:
    api = await visit.require(*STAFF)
    found = await api.get("/v1/portals", hours=24)
    # What needs somebody first; else in the order of the gateway.
    listed = sorted(found["data"], key=lambda each: _TROUBLE.get(each["availability"]["state"], len(_TROUBLE)))
    return visit.page("portals/list.html", portals=listed)


@get("/portals/{portal:str}")
async def portal(visit: Visit, portal: FromPath[str], hours: FromQuery[int] = 24) -> Any:
    api = await visit.require(*STAFF)
    hours = hours if hours in HOURS else HOURS[0]
    found = await api.get(f"/v1/portals/{portal}", hours=hours)
    listed = _hours(found, visit.settings.look.time_zone)
    return visit.page(
        "portals/portal.html",
        portal=found,
        hours=hours,
        choices=HOURS,
        chart=bars(
            listed, title=visit._("Calls by the hour; failed ones are the lower part"), number=visit.formats.number
        ),
        by_hour=[each for each in listed if each.value],
        changes=_changes(visit),
    )


@get("/operations")
async def operations(visit: Visit) -> Any:
    api = await visit.require("operator")
    return visit.page("portals/operations.html", report=await api.get("/v1/operations", hours=24))


@get("/figures")
async def figures(
    visit: Visit, by: FromQuery[str] = "portal", portal: FromQuery[str] = "", to: FromQuery[str] = ""
) -> Any:
    """The public figures of four quarters; the operator's go to the running one, unless she chooses another."""
    api = await visit.require(*STAFF)
    by = by if by in GROUPS else "portal"
    quarters = _quarters(datetime.now(_MOROCCO))
    to = to if to in quarters else ""
    asked = {**_asked(by, portal), "to": to or _to(visit, quarters)}
    found, names = await asyncio.gather(api.get("/v1/indicators", **asked), _names(visit, api, by))
    rows = [{**row, "name": _name(visit, row, by, names)} for row in found["data"]]
    charts, left = _charts(visit, rows)
    return visit.page(
        "portals/figures.html",
        by=by,
        groups=GROUPS,
        portal=portal,
        rows=rows,
        minimum=found["minimum"],
        charts=charts,
        groups_left=left,
        quarters=quarters if visit.signed_in_as("operator") else quarters[1:],
        to=to,
        portals=names["portal"],
        csv=visit.url("/figures.csv", by=by, portal=portal, to=to),
    )


@get("/figures.csv")
async def figures_csv(
    visit: Visit, by: FromQuery[str] = "portal", portal: FromQuery[str] = "", to: FromQuery[str] = ""
) -> Any:
    api = await visit.require(*STAFF)
    by = by if by in GROUPS else "portal"
    quarters = _quarters(datetime.now(_MOROCCO))
    asked = {**_asked(by, portal), "to": to if to in quarters else _to(visit, quarters), "format": "csv"}
    found = await api.send("GET", "/v1/indicators", params=asked, accept="text/csv")
    headers = {"Content-Disposition": 'attachment; filename="figures.csv"'}
    return Response(found.data, media_type="text/csv", headers=headers)


def _asked(by: str, portal: str) -> dict[str, str]:
    return {"group_by": _levels(by), "portal": portal[:40]}


def _quarters(today: datetime) -> list[str]:
    """The running one, and those before it."""
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{each // 4}-Q{each % 4 + 1}" for each in range(number, number - _QUARTERS, -1)]


def _to(visit: Visit, quarters: Sequence[str]) -> str:
    """What is not published yet is for the operator alone; empty: the newest that is."""
    return quarters[0] if visit.signed_in_as("operator") else ""


async def _names(visit: PageVisit, api: Api, by: str) -> dict[str, dict[str, str]]:
    """What people call the groups, by level and id. What cannot be asked for now keeps its id."""
    services = (await catalogue.find(api, visit.settings))["data"]
    found: dict[str, dict[str, str]] = {
        "portal": {each["portal"]: each["portal_title"] for each in services},
        "service": {each["id"]: each["title"] for each in services},
        "post": {},
    }
    if by == "post":
        found["post"] = await visit.post_names(api)
    return found


def _levels(by: str) -> str:
    return ",".join((*GROUPS[: GROUPS.index(by) + 1], "quarter"))


def _changes(visit: Visit) -> dict[str, str]:
    """What a probe calls a difference, in words."""
    return {
        "new": visit._("a member that was not there"),
        "missing": visit._("a member is not there any more"),
        "type": visit._("a member is of another type"),
        "null": visit._("a member is empty (null)"),
        "media_type": visit._("the kind of document"),
        "status": visit._("the status of the answer"),
        "unreadable": visit._("the connector cannot read the answer"),
        "unknown_word": visit._("a word that the connector does not know"),
        "not_recorded": visit._("no exchange of this operation is recorded"),
    }


def _hours(report: Mapping[str, Any], zone: str) -> list[Bar]:
    """Each hour of the time, or each day of a longer one."""
    counted = {datetime.fromisoformat(each["starts_at"]): each for each in report["hours"]}
    since, until = datetime.fromisoformat(report["since_at"]), datetime.fromisoformat(report["until_at"])
    number = int((until - since).total_seconds() // 3600) + 1
    step = 1 if number <= 48 else 6 if number <= 200 else 24
    found = []
    for start in range(0, number, step):
        at = since + timedelta(hours=start)
        of = [counted[hour] for hour in (at + timedelta(hours=each) for each in range(step)) if hour in counted]
        calls, failed = sum(each["calls"] for each in of), sum(each["failed"] for each in of)
        label = at.astimezone(ZoneInfo(zone)).strftime("%d/%m %H:%M")
        found.append(Bar(label=label, value=calls, part=failed, said=f"{label}: {calls} ({failed})"))
    return found


def _charts(visit: Visit, rows: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Of each group what was filed in each quarter, and the share that was answered in time. The largest groups, and
    how many are left out."""
    number = visit.formats.number
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["name"], []).append(row)
    largest = sorted(grouped.items(), key=lambda each: -sum(row["filed"] or 0 for row in each[1]))[:_SHOWN]
    drawn = [
        {
            "name": name,
            "filed": bars(
                [Bar(label=_label(row), value=row["filed"]) for row in of],
                title=visit._("Requests filed by quarter"),
                number=number,
            ),
            "in_time": bars(
                [
                    Bar(
                        label=_label(row),
                        value=None if row["within_deadline"] is None else row["within_deadline"] * 100,
                    )
                    for row in of
                ],
                title=visit._("Answered in time, in percent"),
                number=number,
                top=100,
            ),
        }
        for name, of in largest
    ]
    return drawn, len(grouped) - len(drawn)


def _label(row: Mapping[str, Any]) -> str:
    """With a star what still changes."""
    return f"{row['quarter']}*" if row["provisional"] else str(row["quarter"])


def _name(visit: Visit, row: Mapping[str, Any], by: str, names: Mapping[str, Mapping[str, str]]) -> str:
    shown = ("service", "post") if by == "post" else (by,)
    nothing = {"post": visit._("without a post")}
    return " · ".join(names[level].get(row[level] or "", row[level] or nothing.get(level, "–")) for level in shown)


ROUTES = [portals, portal, operations, figures, figures_csv]
