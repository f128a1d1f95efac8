"""What happens to all of the caller's cases, in one order that can be read on from any place."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth.principal import Principal
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.feed import FeedPage, Feeds, Positions
from gateway.cases.store import covered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFeed:
    access: CaseAccess
    feeds: Feeds
    positions: Positions

    async def page(self, principal: Principal, *, after: int, limit: int) -> FeedPage:
        """Events behind `after` of the cases that the caller may see now: a person's own, through whichever client they
        were filed; those that an agent's mandate covers; an application's own. Those of services that require more
        assurance than the caller has are left out, as in the list of cases."""
        acting = principal.acting
        visible = covered(
            within=acting.services if acting else (),
            since=acting.since if acting else None,
            reach=self.access.reach(principal),
        )
        return await self.feeds.page(principal.owner, after=after, limit=limit, visible=visible)

    async def start(self, principal: Principal, position: str, *, from_now: bool) -> int:
        """The place to read from: behind `position`, else at the beginning or behind the newest event. Raises
        `BadCursor`."""
        if position:
            return self.positions.number(principal.owner, position)
        return await self.feeds.last(principal.owner) if from_now else 0
