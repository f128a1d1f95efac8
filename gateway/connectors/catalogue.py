"""What people can ask for, of which portals, and whether that works at the moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.connectors.levels import Level
from gateway.connectors.manifest import Texts
from gateway.connectors.registry import Quarantine, Registry
from gateway.connectors.search import Index
from gateway.connectors.services import Service

State = Literal["up", "degraded", "down", "quarantined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalView:
    """A portal as the public list shows it."""

    id: str
    title: Texts
    lifecycle: str
    capabilities: tuple[str, ...]
    """Names of the capability classes, in lower case: `filing`, `tracking`, ..."""
    services: tuple[str, ...]
    state: State
    reason: str = ""
    """Why it is quarantined."""


class Catalogue:
    """A view of the registry; it keeps nothing that can go stale."""

    def __init__(
        self,
        registry: Registry,
        state: Callable[[str], State] = lambda _: "up",
        retry_after: Callable[[str], float | None] = lambda _: None,
    ) -> None:
        self.registry = registry
        self._state = state
        """Live state of a loaded portal, from the app: what all processes know."""
        self._retry_after = retry_after
        self._index: tuple[list[Service], Index] | None = None

    def services(self) -> list[Service]:
        """Every service, in the order of the settings; those of quarantined plugins too."""
        return list(self._services().values())

    def service(self, id: str) -> Service | None:
        return self._services().get(id)

    def search(self, query: str) -> list[Service]:
        """The services that fit, best first; all of them for an empty query."""
        found = self._services()
        return [found[id] for id in self._searchable().search(query)] if query.strip() else list(found.values())

    def suggest(self, query: str) -> list[Service]:
        """Services with a title like the query, where a search found nothing."""
        found = self._services()
        return [found[id] for id in self._searchable().suggest(query)]

    def blocked_by(self, service: str) -> Quarantine | None:
        """Why nobody can ask for this service now: a portal that it needs is not loaded."""
        found = self.service(service)
        if found is None:
            return None
        return next((out for portal in found.portals if (out := self.why_out(portal)) is not None), None)

    def why_out(self, portal: str) -> Quarantine | None:
        if portal in self.registry.connectors:
            return None
        return self.registry.why_out(portal) or Quarantine(
            id=portal,
            stage="find",
            reason=f"the plugin {portal!r} is not enabled",
            remedy="name it in plugins.added",
        )

    def able(self, capability: type) -> list[str]:
        """The portals that can do this: `able(Paying)`, `able(Tracking)`."""
        return [id for id, loaded in self.registry.connectors.items() if issubclass(loaded.connector_class, capability)]

    def booked_at(self, portal: str, named: Sequence[str]) -> list[str]:
        """Ids of the services whose appointments this portal gives, under one of its own names `named`."""
        found = []
        for service in self.services():
            rule = service.appointment
            own = service.id.partition(".")[2] if service.plugin == portal else None
            name = rule.service if rule is not None and rule.portal == portal else own if rule is None else None
            if name is not None and name in named:
                found.append(service.id)
        return found

    def state(self, portal: str) -> State:
        return self._state(portal) if portal in self.registry.connectors else "quarantined"

    def level(self, portal: str) -> Level | None:
        """What its connector has earned by the conformance kit."""
        plugin = self.registry.connectors.get(portal)
        return plugin.standing.level if plugin is not None else None

    def retry_after(self, portal: str) -> float | None:
        """Seconds until a portal that is down is tried again."""
        return self._retry_after(portal) if self.state(portal) == "down" else None

    def portals(self) -> list[PortalView]:
        loaded = [
            PortalView(
                id=id,
                title=plugin.manifest.title,
                lifecycle=plugin.manifest.lifecycle,
                capabilities=tuple(each.__name__.lower() for each in plugin.connector_class.capabilities),
                services=tuple(plugin.services),
                state=self._state(id),
            )
            for id, plugin in self.registry.connectors.items()
        ]
        out = [
            PortalView(
                id=each.id,
                title={},
                lifecycle="",
                capabilities=(),
                services=tuple(each.services),
                state="quarantined",
                reason=each.reason,
            )
            for each in self.registry.quarantined
            if each.id not in self.registry.connectors
        ]
        return loaded + out

    def _services(self) -> dict[str, Service]:
        found = {id: service for each in self.registry.quarantined for id, service in each.services.items()}
        for plugin in self.registry.connectors.values():
            found.update(plugin.services)
        return found

    def _searchable(self) -> Index:
        """The index over the services as they are now; built at the first search, because it takes some 50 ms."""
        services = self.services()
        if self._index is None or self._index[0] != services:
            titles = {id: plugin.manifest.title for id, plugin in self.registry.connectors.items()}
            self._index = (services, Index(services, titles))
        return self._index[1]
