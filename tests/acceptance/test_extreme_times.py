"""Every day and moment that the API takes, at both ends of what a calendar can say: answered or refused, never a fault.

Which they are is read from the description, so that a new one is held to it without being named here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from gateway.storage.tables import visits

from .conftest import World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

QUARTER: Final = "quarter"
ENDS: Final = {
    "date": ("0001-01-01", "9999-12-31"),
    "date-time": (
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00-14:00",
        "9999-12-31T23:59:59.999999+14:00",
        "9999-12-31T23:59:59.999999-14:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.999999",
    ),
    QUARTER: ("1000-Q1", "2999-Q4"),
}
ZONES: Final = {"lyon": "Europe/Paris", "paris": "America/Los_Angeles"}
"""Of the agent's posts: one on either side of UTC."""
CALLERS: Final = {"/audit/": "demo-auditor", "/v1/agenda": "nadia"}


def kind_of(schema: dict[str, Any]) -> str:
    return QUARTER if "-Q" in schema.get("pattern", "") else str(schema.get("format", ""))


def asked(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The parameters of days and moments of each operation that reads, with their kind."""
    found: dict[str, dict[str, str]] = {}
    for path, item in document["paths"].items():
        for each in item.get("get", {}).get("parameters", ()):
            known = document["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            if known["in"] == "query" and (kind := kind_of(known["schema"])) in ENDS:
                found.setdefault(path, {})[known["name"]] = kind
    return found


def together(ends: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Each value beside itself and, for a time from one end to the other, beside its opposite."""
    first, *others = ends
    opposite = [each[::-1] for each in others]
    return {*zip(*ends, strict=True), *zip(first, *opposite, strict=True)}


async def token(world: World, path: str) -> str:
    who = next((each for start, each in CALLERS.items() if path.startswith(start)), "")
    if who == "nadia":
        return await world.citizen(who, client_id="demo-agent")
    return await world.machine(who) if who else await world.citizen()


async def has_appointment(world: World, post: str) -> None:
    """From then on the post has a time of its own."""
    row: dict[str, Any] = {"case_id": post, "portal": "rendezvous", "post": post, "timezone": ZONES[post]}
    row |= {"reference": post, "starts_at": datetime.now(UTC), "ends_at": datetime.now(UTC), "fast_lane": False}
    await world.gateway.storage.run_write(lambda tx: tx.execute(insert(visits).values(row)))


@pytest.mark.parametrize("post", ZONES)
async def test_days_at_the_ends_of_the_calendar_are_no_fault(world: World, post: str) -> None:
    """One parameter at a time, and all of an operation's at once."""
    await has_appointment(world, post)
    document = (await world.get("/schema/openapi.json")).json()
    sent, wrong = 0, []
    for path, kinds in asked(document).items():
        needed = {"/v1/slots": {"service": "echo.visit", "post": "lyon"}, "/v1/agenda": {"post": post}}.get(path, {})
        for names in [[name] for name in kinds] if post == "lyon" else [list(kinds)]:
            for values in together([ENDS[kinds[name]] for name in names]):
                query = urlencode(needed | dict(zip(names, values, strict=True)))
                answer = await world.get(f"{path}?{query}", await token(world, path))
                sent += 1
                if answer.status_code == 400:
                    problem(answer, 400, answer.json()["code"])
                elif answer.status_code != 200:
                    wrong.append((answer.status_code, path, query))
    assert not wrong, "\n".join(map(str, wrong))
    assert sent > 40
