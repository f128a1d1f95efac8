"""Ownership of a draft, and the assurance that a caller needs to see it: as for a case of its service."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth import policy
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.drafts import Draft, DraftContent, Drafts


class DraftNotFound(Exception):
    """There is none, it has expired, or the caller must not know of it."""


@dataclass(frozen=True, slots=True)
class OpenedDraft:
    draft: Draft
    content: DraftContent

    @property
    def version(self) -> int:
        return self.draft.version


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAccess:
    drafts: Drafts
    cases: CaseAccess
    attempts: AttemptReports

    async def find(self, caller: Caller, draft_id: str) -> Draft:
        """The draft, if it is the caller's. Raises `DraftNotFound`, and `Denied` for too little assurance."""
        draft, entry = await self.drafts.get(draft_id), caller.entry
        if draft is None:
            raise DraftNotFound(draft_id)
        entry.service = draft.service
        with deciding(entry, not_found=DraftNotFound):
            async with self.attempts.reported_to(draft.subject, caller, service=draft.service):
                owned = policy.owns(
                    caller.principal,
                    case_client=draft.client,
                    case_subject=draft.subject,
                    service=draft.service,
                    filed=draft.created_at,
                )
            allow(entry, owned)
        self.cases.require_assurance(caller, draft.service)
        return draft

    async def opened(self, caller: Caller, draft_id: str) -> OpenedDraft:
        """The draft with its content. Raises as `find`."""
        draft = await self.find(caller, draft_id)
        return OpenedDraft(draft, await self.drafts.content(draft))

    async def page(self, caller: Caller, *, cursor: str, limit: int) -> tuple[list[Draft], str]:
        """The caller's, newest first, and the cursor of the next page. Raises `BadCursor`."""
        principal = caller.principal
        return await self.drafts.page(
            client=principal.client_id,
            subject=principal.pseudonym,
            within=principal.acting.services if principal.acting else (),
            since=principal.acting.since if principal.acting else None,
            reach=self.cases.reach(principal),
            cursor=cursor,
            limit=limit,
        )
