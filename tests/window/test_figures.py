"""The figures of the staff: groups are called as people call them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import listed, played, refused, told

SERVICE = {"id": "x.paper", "title": "A paper", "portal": "x", "portal_title": "Ministry of X"}
ROW = {"quarter": "2026-Q3", "portal": "x", "service": "x.paper", "filed": 20, "completed": 18, "rejected": 1,
       "days_median": 3, "within_deadline": 0.95}  # fmt: skip
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
        "A paper · –",
    ]


async def test_figures_are_there_while_the_posts_are_not(tmp_path: Path) -> None:
    assert "A paper · lyon" in await _names(tmp_path, "post", refused(503, "portal_down", "portal"))


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
