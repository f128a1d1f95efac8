"""What the catalogue or a portal does not offer."""

from __future__ import annotations


class ServiceNotFound(Exception):
    """The catalogue has no such service."""


class PortalNotFound(Exception):
    """The gateway knows no such portal."""


class PostNotFound(Exception):
    """The portal that gives the appointments has no such post. `known`: the ids of those that it has."""

    def __init__(self, known: list[str]) -> None:
        super().__init__(len(known))
        self.known = known


class CapabilityMissing(Exception):
    """The portal does not offer what is asked for."""

    def __init__(self, portal: str) -> None:
        super().__init__(portal)
        self.portal = portal
