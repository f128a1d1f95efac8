"""A person's messages: what she was told, which way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateway.auth import policy
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.notifications.messages import store
from gateway.notifications.messages.store import StoredMessage
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMessages:
    storage: Storage

    async def run(self, caller: Caller, *, before: str, limit: int) -> tuple[list[StoredMessage], bool]:
        """The newest first, those before the message `before`, and whether there are more. For a person in person.
        Raises `Denied`."""
        with deciding(caller.entry):
            policy.require_kind(caller.principal, "citizen")
            allow(caller.entry, policy.require_acr(caller.principal, policy.SURE))
        read = partial(store.page, subject=caller.principal.pseudonym, before=before, most=limit + 1)
        found = await self.storage.run_read(read)
        return found[:limit], len(found) > limit
