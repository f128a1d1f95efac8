"""Begin a draft, go on with it, give it up. Nothing is refused for being incomplete."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.quotas import Quotas
from gateway.cases import forms
from gateway.cases.commands.caller import allow, deciding
from gateway.cases.commands.draft_access import DraftAccess, OpenedDraft
from gateway.cases.commands.not_offered import ServiceNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.drafts import Draft, DraftContent, Drafts, size_of
from gateway.cases.forms import FormError
from gateway.cases.idempotency import StoredResponse
from gateway.cases.intake import Invalid
from gateway.connectors.catalogue import Catalogue
from gateway.settings import Forms

PURPOSE = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCheck:
    """The only limits of a draft: those of its size and of what can be stored at all."""

    catalogue: Catalogue
    drafts: Drafts
    forms: Forms

    async def files(self, service: str, content: DraftContent, language: str) -> list[str]:
        """Ids of the attachments that the draft names. Raises `Invalid`; `language` is that of the errors."""
        return await asyncio.to_thread(self._files, service, content, language)

    def _files(self, service: str, content: DraftContent, language: str) -> list[str]:
        limits = self.drafts.limits
        if errors := forms.unreadable(content.form, language=language, limits=self.forms):
            raise Invalid(errors)
        if size_of(content) > limits.bytes:
            raise Invalid([FormError("/form", "draft_too_large")])
        known = self.catalogue.service(service)
        files = list(forms.attachment_places(content.form, known.form)) if known is not None else []
        if len(files) > limits.files:
            raise Invalid([FormError("/form", "draft_too_many_files")])
        return files


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDraft:
    writes: IdempotentWrites
    drafts: Drafts
    check: DraftCheck
    catalogue: Catalogue
    quotas: Quotas

    async def run(
        self,
        request: WriteRequest,
        service_id: str,
        content: DraftContent,
        language: str,
        present: Presenter[OpenedDraft],
    ) -> Written:
        """Raises `ServiceNotFound`, `Denied`, `Invalid`, `QuotaUsed`, and as `IdempotentWrites.run`."""
        caller, entry = request.caller, request.caller.entry
        service = self.catalogue.service(service_id)
        if service is None:
            raise ServiceNotFound(service_id)
        entry.service = service.id
        with deciding(entry):
            policy.within(caller.principal, name=service.id)
            allow(entry, policy.require_acr(caller.principal, service.acr))
        files = await self.check.files(service.id, content, language)
        client, subject = caller.principal.client_id, caller.principal.pseudonym

        def keep(tx: Connection) -> OpenedDraft:
            self.quotas.keep_draft(tx, client=client, subject=subject)
            made = self.drafts.keep(
                tx, client=client, subject=subject, service=service.id, content=content, files=files
            )
            return OpenedDraft(made, content)

        return await self.writes.run(request, lambda unit: unit.commit(keep, present))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceDraft:
    writes: IdempotentWrites
    access: DraftAccess
    drafts: Drafts
    check: DraftCheck

    async def run(
        self,
        request: WriteRequest,
        draft_id: str,
        content: DraftContent,
        language: str,
        present: Presenter[OpenedDraft],
    ) -> Written:
        """Raises `DraftNotFound`, `Denied`, `Invalid`, and as `IdempotentWrites.run`."""
        work = partial(self._replace, request, draft_id, content, language, present)
        return await self.writes.run(request, work)

    async def _replace(
        self,
        request: WriteRequest,
        draft_id: str,
        content: DraftContent,
        language: str,
        present: Presenter[OpenedDraft],
        unit: UnitOfWork,
    ) -> StoredResponse:
        draft = await self.access.find(unit.caller, draft_id)
        request.check_version(draft)
        files = await self.check.files(draft.service, content, language)
        return await unit.commit(
            lambda tx: OpenedDraft(self.drafts.replace(tx, draft, content, files), content), present
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDraft:
    writes: IdempotentWrites
    access: DraftAccess
    drafts: Drafts

    async def run(self, request: WriteRequest, draft_id: str, present: Presenter[Draft]) -> Written:
        """Raises `DraftNotFound`, `Denied`, and as `IdempotentWrites.run`."""
        return await self.writes.run(request, partial(self._delete, request, draft_id, present))

    async def _delete(
        self, request: WriteRequest, draft_id: str, present: Presenter[Draft], unit: UnitOfWork
    ) -> StoredResponse:
        draft = await self.access.find(unit.caller, draft_id)
        request.check_version(draft)

        def remove(tx: Connection) -> Draft:
            self.drafts.delete(tx, draft)
            return draft

        return await unit.commit(remove, present)
