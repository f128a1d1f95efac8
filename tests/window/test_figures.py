"""The figures of the staff: groups are called as people call them."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.window.played_gateway import listed, played, refused, told

SERVICE = {"id": "x.paper", "title": "A paper", "portal": "x", "portal_title": "Ministry of X"}
ROW = {"quarter": "2026-Q3", "portal": "x", "service": "x.paper", "filed": 20, "completed": 18, "rejected": 1,
       "days_median": 3, "within_deadline": 0.6, "provisional": False}  # fmt: skip
POSTS = [
    {"id": "lyon", "name": "Consulate in Lyon", "portal": "x"},
    {"id": "lyon", "name": "A post for tests", "portal": "echo"},
    {"id": "centre", "name": "Centre of Fès", "portal": "x"},
    {"id": "centre", "name": "Centre of Rabat", "portal": "y"},
]


def _gateway(posts: httpx.Response) -> Any:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/services":
            return told({"data": [SERVICE], "categories": [], "suggestions": []})
        if request.url.path == "/v1/indicators":
            rows = [{**ROW, "post": post} for post in ("lyon", "centre", "closed", "")]
            return told({"data": rows, "minimum": 10})
        return posts if request.url.path == "/v1/posts" else None

    return answer


async def _names(folder: Path, by: str, posts: httpx.Response) -> list[str]:
    """As the table has them, and the charts above it."""
    async with played(folder, _gateway(posts)) as window:
        await window.session("operator")
        page = await window.web.get(f"/figures?by={by}")
    assert page.status_code == 200, page.text
    table = re.findall(r'data-name="Of"><bdi>(.*?)</bdi>', page.text)
    headings = re.findall(r'<h2 class="ds-heading" data-size="sm"><bdi>(.*?)</bdi>', page.text)
    assert sorted(set(table)) == sorted(headings)
    return table


async def test_post_is_called_by_its_name_if_it_has_one(tmp_path: Path) -> None:
    """An id that two portals use keeps standing, and one that no portal knows any more."""
    assert await _names(tmp_path, "post", listed(*POSTS)) == [
        "A paper · Consulate in Lyon",
        "A paper · centre",
        "A paper · closed",
        "A paper · without a post",
    ]


async def test_figures_are_there_while_the_posts_are_not(tmp_path: Path) -> None:
    assert "A paper · lyon" in await _names(tmp_path, "post", refused(503, "portal_down", "portal"))


def _quarterly(rows: list[dict[str, Any]]) -> Any:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/services":
            return told({"data": [SERVICE], "categories": [], "suggestions": []})
        if request.url.path == "/v1/indicators" and "csv" in request.url.params.get("format", ""):
            return httpx.Response(200, text="quarter\r\n", headers={"call-id": "c", "content-type": "text/csv"})
        return told({"data": rows, "minimum": 10}) if request.url.path == "/v1/indicators" else None

    return answer


def _running() -> str:
    today = datetime.now(ZoneInfo("Africa/Casablanca"))
    return f"{today.year}-Q{(today.month + 2) // 3}"


@pytest.mark.parametrize(("role", "to"), [("operator", _running()), ("agency", None)])
async def test_operator_sees_the_running_quarter(tmp_path: Path, role: str, to: str | None) -> None:
    async with played(tmp_path, _quarterly([{**ROW, "provisional": role == "operator"}])) as window:
        await window.session(role)
        page = await window.web.get("/figures")
        await window.web.get("/figures.csv")
        asked = window.asked("GET", "/v1/indicators")
    assert [each.url.params.get("to") for each in asked] == [to, to]
    assert ("2026-Q3*" in page.text, "Quarters with a star" in page.text) == (role == "operator",) * 2
    assert (f"<option>{_running()}</option>" in page.text) == (role == "operator")


async def test_quarter_and_portal_are_chosen(tmp_path: Path) -> None:
    last = f"{int(_running()[:4]) - 1}-Q4"
    async with played(tmp_path, _quarterly([ROW])) as window:
        await window.session("operator")
        page = await window.web.get(f"/figures?by=service&portal=x&to={last}")
        await window.web.get(f"/figures.csv?by=service&portal=x&to={last}")
        await window.web.get("/figures?to=2999-Q1")
        first, csv, odd = (each.url.params for each in window.asked("GET", "/v1/indicators"))
    assert (first["to"], first["portal"], csv["to"], odd["to"]) == (last, "x", last, _running())
    assert f"<option selected>{last}</option>" in page.text
    assert '<option value="x" selected>Ministry of X</option>' in page.text
    assert f"by=portal&amp;portal=x&amp;to={last}" in page.text


async def test_charts_have_the_same_scale_and_a_label_below_each_bar(tmp_path: Path) -> None:
    """Shares are of a hundred; four quarters stand each below its bar; nothing filed is drawn as nothing."""
    rows = [{**ROW, "quarter": f"2026-Q{n}", "filed": 0, "within_deadline": 0.5} for n in (1, 2, 3, 4)]
    async with played(tmp_path, _quarterly(rows)) as window:
        await window.session("agency")
        page = await window.web.get("/figures")
    assert re.findall(r'<p class="top"[^>]*>(.*?)</p>', page.text) == ["0", "100"]
    assert re.findall(r'<rect class="bar"[^>]* height="([\d.]+)"', page.text) == ["78"] * 4
    axis = re.findall(r'<p class="axis each"[^>]*>(.*?)</p>', page.text)
    assert [re.findall(r"<span>(.*?)</span>", each) for each in axis] == [[f"2026-Q{n}" for n in (1, 2, 3, 4)]] * 2


async def test_groups_that_are_not_drawn_are_said(tmp_path: Path) -> None:
    rows = [{**ROW, "portal": f"p{n}", "filed": 25_500} for n in range(15)]
    async with played(tmp_path, _quarterly(rows)) as window:
        await window.session("agency")
        page = await window.web.get("/figures", headers={"Accept-Language": "fr"})
    text = re.sub(r"<[^>]+>", "", page.text)
    assert "Sont dessinés les 12 qui ont le plus de demandes. Les 3 autres sont dans le tableau" in text
    assert text.count("25\u202f500") >= 15
    assert "25500" not in text


@pytest.mark.parametrize(("by", "name"), [("portal", "Ministry of X"), ("service", "A paper")])
async def test_portal_and_service_are_called_by_their_titles(tmp_path: Path, by: str, name: str) -> None:
    assert set(await _names(tmp_path, by, listed())) == {name}


async def test_agent_chooses_among_posts_by_their_names(tmp_path: Path) -> None:
    agenda = {"post": "lyon", "held_on": "2026-11-30", "visits": []}
    answers = {"/v1/me": {"posts": ["lyon", "paris"]}, "/v1/agenda": agenda}

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/posts":
            return listed(*POSTS)
        return told(answers[request.url.path]) if request.url.path in answers else None

    async with played(tmp_path, answer) as window:
        await window.session("agent")
        page = await window.web.get("/agenda")
    assert page.status_code == 200, page.text
    assert re.findall(r'href="/agenda\?post=(\w+)"[^>]*><bdi>(.*?)</bdi>', page.text) == [
        ("lyon", "Consulate in Lyon"),
        ("paris", "paris"),
    ]
