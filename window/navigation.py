"""The links at the top of every page, by who is signed in. A page adds its line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final


def _(message: str) -> str:
    """Marks a text for translation; the template translates it."""
    return message


NAVIGATION: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "": (("/", _("Home")), ("/services", _("Services"))),
    "person": (("/", _("Home")), ("/services", _("Services")), ("/cases", _("My requests")), ("/me", _("My data"))),
    "agent": (
        ("/", _("Home")),
        ("/services", _("Services")),
        ("/agenda", _("Agenda")),
        ("/people", _("People I act for")),
    ),
    "acting": (
        ("/", _("Home")),
        ("/services", _("Services")),
        ("/cases", _("Requests")),
        ("/agenda", _("Agenda")),
        ("/people", _("People I act for")),
    ),
    "auditor": (("/", _("Home")), ("/audit", _("The log"))),
    "operator": (
        ("/", _("Home")),
        ("/portals", _("Portals")),
        ("/operations", _("The gateway")),
        ("/figures", _("Figures")),
    ),
    "agency": (("/", _("Home")), ("/portals", _("Portals")), ("/figures", _("Figures"))),
}


def links(role: str, path: str, translate: Callable[[str], str], *, acting: bool = False) -> list[dict[str, object]]:
    """Each with whether the page at `path` is under it. `acting`: the agent acts for a person now."""
    found = []
    for address, title in NAVIGATION.get("acting" if acting else role, ()):
        here = path.partition("?")[0]
        current = here == address or (address != "/" and here.startswith(f"{address}/"))
        found.append({"url": address, "title": translate(title), "current": current})
    return found
