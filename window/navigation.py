"""The links at the top of every page, by who is signed in. A page adds its line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final


def frame(message: str) -> str:
    """Marks a text of the frame for translation, into all languages."""
    return message


NAVIGATION: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "": (("/", frame("Home")), ("/services", frame("Services"))),
    "person": (
        ("/", frame("Home")),
        ("/services", frame("Services")),
        ("/cases", frame("My requests")),
        ("/me", frame("My data")),
    ),
    "agent": (
        ("/agenda", frame("Agenda")),
        ("/people", frame("People I act for")),
        ("/services", frame("Services")),
    ),
    "acting": (
        ("/agenda", frame("Agenda")),
        ("/people", frame("People I act for")),
        ("/services", frame("Services")),
        ("/cases", frame("Requests")),
    ),
    "auditor": (("/audit", frame("The log")),),
    "operator": (
        ("/portals", frame("Portals")),
        ("/operations", frame("The gateway")),
        ("/figures", frame("Figures")),
    ),
    "agency": (("/portals", frame("Portals")), ("/figures", frame("Figures"))),
}


def first_page(role: str) -> tuple[str, str]:
    """Where the work of this role begins, and its English title."""
    return NAVIGATION[role][0]


def links(role: str, path: str, translate: Callable[[str], str], *, acting: bool = False) -> list[dict[str, object]]:
    """Each with whether the page at `path` is under it. `acting`: the agent acts for a person now."""
    found = []
    for address, title in NAVIGATION.get("acting" if acting else role, ()):
        here = path.partition("?")[0]
        current = here == address or (address != "/" and here.startswith(f"{address}/"))
        found.append({"url": address, "title": translate(title), "current": current})
    return found
