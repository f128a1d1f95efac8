"""`/v1/drafts`: begin a demand here, go on with it on another device, and file it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.drafts.shapes import DraftRequest, DraftSummary, DraftUpdateRequest, DraftView
from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.response_headers import ETAG, LOCATION
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, etag, stored, write_request
from gateway.api.views import Presentation
from gateway.cases.commands.draft_access import DraftAccess, OpenedDraft
from gateway.cases.commands.keep_draft import CreateDraft, DeleteDraft, ReplaceDraft
from gateway.cases.drafts import Draft, DraftContent
from gateway.cases.idempotency import StoredResponse
from gateway.connectors.catalogue import Catalogue

PURPOSE: Final = "draft"


class DraftsController(Controller):
    path = "/v1/drafts"
    tags = ("Drafts",)

    @post(
        "",
        operation_id="createDraft",
        summary="Begin a draft",
        description="It may be as incomplete as it is: `POST /v1/cases/validate` says what is missing. It is filed by "
        "`POST /v1/cases` with its id in `draft`, which deletes it.",
        problems=("service_not_found", "form_invalid", "drafts_quota_used"),
        response_headers=(LOCATION, ETAG),
        rule=RouteRule(scope="cases:write", operation="drafts.create", purpose=PURPOSE, agents=Agents.WITH_MANDATE),
        status_code=201,
    )
    async def create_draft(
        self,
        request: Call,
        data: JSONBody[DraftRequest],
        create_draft: NamedDependency[CreateDraft],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[DraftView]:
        present = _presenter(presentation, request)
        written = await create_draft.run(
            await write_request(request), data.service, _content(data), present.language, present.created
        )
        return answered(written)

    @get(
        "",
        operation_id="listDrafts",
        summary="List my drafts",
        description="The newest first, without what is in them. Those of services that ask for more assurance than the "
        "token has are left out.",
        problems=("cursor_invalid",),
        rule=RouteRule(scope="cases:read", operation="drafts.list", purpose=PURPOSE, agents=Agents.WITH_MANDATE),
    )
    async def list_drafts(
        self,
        request: Call,
        draft_access: NamedDependency[DraftAccess],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[DraftSummary]]:
        present = _presenter(presentation, request)
        found, following = await draft_access.page(caller_of(request), cursor=cursor, limit=limit)
        page = Page(
            data=[present.summary(each) for each in found], has_more=bool(following), next_cursor=following or None
        )
        return Response(page, headers=present.private())

    @get(
        "/{draft_id:str}",
        operation_id="getDraft",
        summary="One draft",
        description="With what is in it, as it was kept.",
        problems=("draft_not_found", "erased"),
        response_headers=(ETAG,),
        rule=RouteRule(scope="cases:read", operation="drafts.read", purpose=PURPOSE, agents=Agents.WITH_MANDATE),
    )
    async def get_draft(
        self,
        request: Call,
        draft_id: FromPath[str],
        draft_access: NamedDependency[DraftAccess],
        presentation: NamedDependency[Presentation],
    ) -> Response[DraftView]:
        present = _presenter(presentation, request)
        opened = await draft_access.opened(caller_of(request), draft_id)
        return Response(present.view(opened), headers={**present.private(), "ETag": etag(opened)})

    @put(
        "/{draft_id:str}",
        operation_id="updateDraft",
        summary="Go on with a draft",
        description="Replaces all that is in it, and begins its time anew. `If-Match` with the `ETag` that was read "
        "refuses to overwrite what another device has changed meanwhile.",
        problems=("draft_not_found", "form_invalid", "precondition_failed"),
        response_headers=(ETAG,),
        rule=RouteRule(scope="cases:write", operation="drafts.update", purpose=PURPOSE, agents=Agents.WITH_MANDATE),
    )
    async def update_draft(
        self,
        request: Call,
        draft_id: FromPath[str],
        data: JSONBody[DraftUpdateRequest],
        replace_draft: NamedDependency[ReplaceDraft],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[DraftView]:
        present = _presenter(presentation, request)
        written = await replace_draft.run(
            await write_request(request), draft_id, _content(data), present.language, present.changed
        )
        return answered(written)

    @delete(
        "/{draft_id:str}",
        operation_id="deleteDraft",
        summary="Give a draft up",
        description="It is deleted at once, and so are its files, if they are in nothing else, some days later.",
        problems=("draft_not_found", "precondition_failed"),
        rule=RouteRule(scope="cases:write", operation="drafts.delete", purpose=PURPOSE, agents=Agents.WITH_MANDATE),
        status_code=200,
    )
    async def delete_draft(
        self,
        request: Call,
        draft_id: FromPath[str],
        delete_draft: NamedDependency[DeleteDraft],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[DraftSummary]:
        present = _presenter(presentation, request)
        return answered(await delete_draft.run(await write_request(request), draft_id, present.deleted))


def _presenter(presentation: Presentation, request: Call) -> _DraftPresenter:
    return _DraftPresenter(presentation.catalogue, language_of(request))


@dataclass(frozen=True, slots=True)
class _DraftPresenter:
    catalogue: Catalogue
    language: str

    def created(self, opened: OpenedDraft) -> StoredResponse:
        headers = {"Location": f"/v1/drafts/{opened.draft.id}", "ETag": etag(opened)}
        return stored(201, self.view(opened), self.language, headers)

    def changed(self, opened: OpenedDraft) -> StoredResponse:
        return stored(200, self.view(opened), self.language, {"ETag": etag(opened)})

    def deleted(self, draft: Draft) -> StoredResponse:
        return stored(200, self.summary(draft), self.language)

    def summary(self, draft: Draft) -> DraftSummary:
        return DraftSummary(
            id=draft.id,
            service=draft.service,
            service_title=self._title(draft.service),
            client=draft.client,
            created_at=draft.created_at,
            updated_at=draft.updated_at,
            expires_at=draft.expires_at,
        )

    def view(self, opened: OpenedDraft) -> DraftView:
        draft, content = opened.draft, opened.content
        return DraftView(
            id=draft.id,
            service=draft.service,
            service_title=self._title(draft.service),
            client=draft.client,
            created_at=draft.created_at,
            updated_at=draft.updated_at,
            expires_at=draft.expires_at,
            form=content.form,
            language=content.language or None,
            related_case=content.related_case or None,
        )

    def private(self) -> dict[str, str]:
        return {
            "Content-Language": self.language,
            "Cache-Control": "private, no-store",
            "Vary": "Accept-Language, Authorization, Mandate",
        }

    def _title(self, service: str) -> str:
        known = self.catalogue.service(service)
        return known.text("title", self.language) if known is not None else service


def _content(data: DraftUpdateRequest) -> DraftContent:
    return DraftContent(form=data.form or {}, language=data.language or "", related_case=data.related_case or "")
