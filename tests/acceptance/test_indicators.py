"""The public figures over the API: who may see which quarter, as JSON and CSV, and nothing in them about anybody."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert

from gateway.cases.indicator_events import shifted
from gateway.storage.tables import case_counts
from tests.database_sessions import transaction

from .conftest import AMINA, World
from .evidence import order
from .needles import hits
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

COLUMNS = [
    "quarter", "provisional", "portal", "service", "post", "filed", "completed", "rejected", "withdrawn", "failed",
    "not_filed", "open", "days_median", "days_p90", "overrun_median", "overrun_p90", "within_deadline",
    "waited_median", "waited_p90", "rated", "satisfaction", "suppressed",
]  # fmt: skip
"""Of the CSV: they are promised."""


async def counted(world: World, *rows: tuple[str, str, str, int, int], quarter: str = "2025-Q2") -> None:
    """These are all the counts there are: figure, service, post, value, n."""
    names = ("figure", "service", "post", "value", "n")
    world.gateway.indicators._kept.clear()  # what is published does not change, except here
    async with transaction(world.gateway.storage) as tx:
        await tx.execute(delete(case_counts))
        for row in rows:
            portal = {"portal": row[1].partition(".")[0], "quarter": quarter}
            await tx.execute(insert(case_counts).values(**dict(zip(names, row, strict=True)), **portal))


async def asked(world: World, query: str = "", token: str = "", **headers: str) -> httpx.Response:
    """Without a token, unless one is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        named["Authorization"] = f"Bearer {token}"
    return await world.web.get(f"{world.url}/v1/indicators?{query}", headers=named)


SOME = [
    ("filed", "echo.note", "lyon", 0, 40),
    ("completed", "echo.note", "lyon", 0, 31),
    ("rejected", "echo.note", "lyon", 0, 6),
    ("answered", "echo.note", "lyon", 0, 37),
    ("in_time", "echo.note", "lyon", 0, 37),
    ("days", "echo.note", "lyon", 12, 37),
    ("overrun", "echo.note", "lyon", -48, 37),
    ("waited", "echo.note", "lyon", 0, 37),
    ("rating", "echo.note", "lyon", 5, 4),
    ("rating", "echo.note", "lyon", 4, 4),
    ("filed", "echo.note", "milan", 0, 9),
    ("filed", "echo.stamped", "", 0, 7),
]
YEAR = "from=2025-Q2&to=2025-Q2"


async def test_nothing_counted_is_an_empty_list_and_a_csv_with_its_header(world: World) -> None:
    await counted(world)
    answer = await asked(world)
    assert answer.status_code == 200
    assert answer.json() == {"data": [], "minimum": 5, "timezone": "Africa/Casablanca", "object": "indicators"}
    assert (await asked(world, "format=csv")).text == ",".join(COLUMNS) + "\r\n"


async def test_anybody_gets_published_quarters_without_a_token(world: World) -> None:
    await counted(world, *SOME)
    answer = await asked(world, YEAR)
    assert answer.status_code == 200
    (lyon, milan, stamped) = answer.json()["data"]
    assert lyon == {
        "quarter": "2025-Q2", "provisional": False, "portal": "echo", "service": "echo.note", "post": "lyon",
        "filed": 40, "completed": 31, "rejected": 6, "withdrawn": 0, "failed": 0, "not_filed": 0, "open": 5,
        "days_median": 12, "days_p90": 12, "overrun_median": -48, "overrun_p90": -48, "within_deadline": 1.0,
        "waited_median": 0, "waited_p90": 0, "rated": 8, "satisfaction": 4.5, "suppressed": [],
    }  # fmt: skip
    assert (milan["post"], milan["filed"], stamped["post"], stamped["filed"]) == ("milan", 9, "", 7)
    record = await record_of(world, answer)
    assert (record["principal"], record["rule"], record["operation"]) == ("anonymous", "public@1", "indicators.list")


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        ("quarter", [(None, None, None, 56)]),
        ("portal", [("echo", None, None, 56)]),
        ("service,quarter", [("echo", "echo.note", None, 49), ("echo", "echo.stamped", None, 7)]),
        ("service,post&service=echo.note", [("echo", "echo.note", "lyon", 40), ("echo", "echo.note", "milan", 9)]),
        ("quarter&service=echo.stamped", [("echo", "echo.stamped", None, 7)]),
        ("portal&post=milan", [("echo", "echo.note", "milan", 9)]),
        ("portal&portal=nowhere", []),
    ],
)  # fmt: skip
async def test_rows_are_told_apart_as_asked(world: World, group_by: str, groups: list[Any]) -> None:
    await counted(world, *SOME)
    data = (await asked(world, f"{YEAR}&group_by={group_by}")).json()["data"]
    assert [(row["portal"], row["service"], row["post"], row["filed"]) for row in data] == groups


async def test_no_filter_or_grouping_gives_a_small_number_away(world: World) -> None:
    small, big = 3, {"lyon": 40, "milan": 9, "lille": 21}
    await counted(
        world,
        *(("filed", "echo.note", post, 0, n) for post, n in (big | {"nador": small}).items()),
        ("filed", "echo.stamped", "", 0, 4),
        ("filed", "watiqa.birth-extract", "", 0, 60),
    )
    seen: dict[tuple[str, ...], int] = {}
    for group_by in ("quarter", "portal", "service", "post"):
        for narrow in ("", "&portal=echo", "&service=echo.note", "&post=lyon", "&post=nador", "&service=echo.stamped"):
            for row in (await asked(world, f"{YEAR}&group_by={group_by}{narrow}")).json()["data"]:
                group = tuple(each for each in (row["portal"], row["service"], row["post"]) if each is not None)
                if row["filed"] is not None:
                    assert seen.setdefault(group, row["filed"]) == row["filed"]
                else:
                    assert "filed" in row["suppressed"]
    assert seen[()] == 137
    for one, n in seen.items():
        parts = [other for other in seen if len(other) == len(one) + 1 and other[: len(one)] == one]
        left = n - sum(seen[part] for part in parts)
        assert n >= 5
        assert left == 0 or left >= 5 or len(one) == 3, (one, left)


async def test_the_csv_says_the_same_as_the_json_in_columns_that_stay(world: World) -> None:
    await counted(world, *SOME, ("rejected", "echo.note", "milan", 0, 2))
    data = (await asked(world, YEAR)).json()["data"]
    answer = await asked(world, f"{YEAR}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="indicators-2025-Q2-2025-Q2.csv"'
    assert answer.text.count("\r\n") == answer.text.count("\n") == len(data) + 1
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == COLUMNS == list(data[0])

    def cell(value: Any) -> str:
        if value is None or isinstance(value, list):
            return ";".join(value or [])
        return str(value).lower() if isinstance(value, bool) else str(value)

    assert rows == [[cell(value) for value in row.values()] for row in data]
    assert rows[1][COLUMNS.index("suppressed")] == "rejected"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("text/csv", "text/csv"), ("application/json", "application/json"), ("*/*", "application/json")],
)
async def test_accept_chooses_the_form(world: World, accept: str, media_type: str) -> None:
    answer = await asked(world, Accept=accept)
    assert answer.status_code == 200
    assert {"Accept", "Origin"} <= set(answer.headers["vary"].split(", "))
    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
async def test_no_cell_is_taken_for_a_formula(world: World, begins: str) -> None:
    await counted(world, ("filed", "echo.note", f'{begins}HYPERLINK("http://x","y")', 0, 9))
    (_, row) = csv.reader(io.StringIO((await asked(world, f"{YEAR}&format=csv")).text, newline=""))
    assert row[COLUMNS.index("post")] == f'\'{begins}HYPERLINK("http://x","y")'
    assert "=" not in {cell[:1] for cell in row}


async def test_what_is_known_already_is_not_sent_again(world: World) -> None:
    await counted(world, *SOME)
    for query in (YEAR, f"{YEAR}&format=csv"):
        first = await asked(world, query)
        assert first.headers["cache-control"] == "public, max-age=3600"
        again = await asked(world, query, If_None_Match=f'"other", {first.headers["etag"]}')
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"].removeprefix("W/") == first.headers["etag"].removeprefix("W/")
    await counted(world, *SOME, ("filed", "echo.note", "lille", 0, 9))
    assert (await asked(world, YEAR, If_None_Match=first.headers["etag"])).status_code == 200


async def test_a_quarter_that_is_not_published_is_for_operators_alone(world: World) -> None:
    current = world.gateway.indicators.current()
    await counted(world, ("filed", "echo.note", "lyon", 0, 9), ("filed", "echo.note", "milan", 0, 2), quarter=current)
    query = f"to={current}"
    problem(await asked(world, query), 401, "token_missing")
    for token in (await world.citizen(), await world.machine("demo-app"), await world.machine("demo-auditor")):
        problem(await asked(world, query, token), 403, "insufficient_scope")
        assert (await asked(world, "", token)).status_code == 200
    answer = await asked(world, query, await world.machine("demo-operator"))
    assert answer.headers["cache-control"] == "private, no-store"
    rows = answer.json()["data"]
    assert [(row["provisional"], row["filed"]) for row in rows] == [(True, None), (True, None)]  # not even they
    record = await record_of(world, answer)
    assert (record["principal"], record["rule"]) == ("operator", "scope:operate@1")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2025-Q3&to=2025-Q2", "filter_invalid"),
        ("from=2010-Q1&to=2025-Q2", "filter_invalid"),  # more than `indicators.quarters`
        ("to=2999-Q1&from=2999-Q1", "filter_invalid"),
        ("group_by=month", "filter_invalid"),
        ("group_by=", "filter_invalid"),
        ("from=2025-Q5", "invalid_request"),
        ("from=2025", "invalid_request"),
        ("to=%D9%A2%D9%A0%D9%A2%D9%A5-Q1", "invalid_request"),
        ("format=xml", "invalid_request"),
        ("portal=" + "x" * 41, "invalid_request"),
    ],
)
async def test_what_cannot_be_asked_is_told(world: World, query: str, code: str) -> None:
    problem(await asked(world, query), 400, code)


async def test_the_most_quarters_of_one_answer_are_answered(world: World) -> None:
    assert (await asked(world, f"from={shifted('2025-Q2', -19)}&to=2025-Q2")).status_code == 200
    problem(await asked(world, f"from={shifted('2025-Q2', -20)}&to=2025-Q2"), 400, "filter_invalid")


async def test_real_journeys_are_counted_and_nothing_about_anybody_is_in_the_answer(world: World) -> None:
    await counted(world)
    current = world.gateway.indicators.current()
    cases = [await order(world, "echo.note", text="Private words of Amina") for _ in range(5)]
    for case_id in cases:
        assert (await world.ended(case_id))["status"] == "completed"
    operator = await world.machine("demo-operator")
    everything = [await asked(world, f"to={current}&group_by={by}&format={form}", operator)
                  for by in ("quarter", "portal", "service", "post") for form in ("json", "csv")]  # fmt: skip
    (row,) = everything[4].json()["data"]
    assert (row["service"], row["filed"], row["completed"], row["open"]) == ("echo.note", 5, 5, 0)
    done = (await world.get(f"/v1/cases/{cases[0]}")).json()
    pseudonyms = {each["subject"] for each in await world.records(service="echo.note") if each.get("subject")}
    values = [*cases, *pseudonyms, AMINA, "Amina", "amina@example.org", "Private words", done["filing"]["reference"]]
    assert pseudonyms
    assert hits(values, {f"answer {n}": answer.content for n, answer in enumerate(everything)}) == []
