"""The resources of the clients. Written by `make clients`.

Made of 55c91d845502be85daeae5655d089c471725727eee5f2ec2f5f5caf9d8bae710,
adds up to 5ef717a4c5cf36a688c806dd9cbb8a70f6561423d64625d0f693289e8b47189a.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from mre_services import models
from mre_services.calls import AsyncCalls, Calls, Download, segment


class AsyncServices:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self,
        *,
        q: str | None = None,
        portal: str | None = None,
        category: Literal[
            "civil-status", "identity", "consular", "permits", "complaints", "payments", "tracking", "other"
        ]
        | None = None,
        audience: Literal["person", "child", "business"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ServiceList:
        """List the services, or search them. `GET /v1/services`"""
        found: models.ServiceList = await self._calls.json(
            "GET",
            "/v1/services",
            params={
                "q": q,
                "portal": portal,
                "category": category,
                "audience": audience,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return found

    def each(
        self,
        *,
        q: str | None = None,
        portal: str | None = None,
        category: Literal[
            "civil-status", "identity", "consular", "permits", "complaints", "payments", "tracking", "other"
        ]
        | None = None,
        audience: Literal["person", "child", "business"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Service]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, q=q, portal=portal, category=category, audience=audience, limit=limit)

    async def get(self, service_id: str) -> models.Service:
        """One service, with the form to fill in. `GET /v1/services/{service_id}`"""
        found: models.Service = await self._calls.json("GET", f"/v1/services/{segment(service_id)}")
        return found

    async def form_vocabulary(self) -> Mapping[str, Any]:
        """What the words of a form mean. `GET /v1/form-vocabulary`"""
        found: Mapping[str, Any] = await self._calls.json("GET", "/v1/form-vocabulary")
        return found


class AsyncPlaces:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def communes(
        self,
        *,
        region: str | None = None,
        province: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CommunePage:
        """Morocco's communes. `GET /v1/communes`"""
        found: models.CommunePage = await self._calls.json(
            "GET", "/v1/communes", params={"region": region, "province": province, "cursor": cursor, "limit": limit}
        )
        return found

    def each_commune(
        self, *, region: str | None = None, province: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.Commune]:
        """All of `communes`, page after page."""
        return self._calls.pages(self.communes, region=region, province=province, limit=limit)

    async def countries(self, *, cursor: str | None = None, limit: int | None = None) -> models.CountryPage:
        """Countries, by name. `GET /v1/countries`"""
        found: models.CountryPage = await self._calls.json(
            "GET", "/v1/countries", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each_country(self, *, limit: int | None = None) -> AsyncIterator[models.Country]:
        """All of `countries`, page after page."""
        return self._calls.pages(self.countries, limit=limit)

    async def provinces(
        self, *, region: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.ProvincePage:
        """Morocco's prefectures and provinces. `GET /v1/provinces`"""
        found: models.ProvincePage = await self._calls.json(
            "GET", "/v1/provinces", params={"region": region, "cursor": cursor, "limit": limit}
        )
        return found

    def each_province(self, *, region: str | None = None, limit: int | None = None) -> AsyncIterator[models.Province]:
        """All of `provinces`, page after page."""
        return self._calls.pages(self.provinces, region=region, limit=limit)


class AsyncPosts:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self,
        *,
        service: str | None = None,
        post: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.PostPage:
        """Posts that give appointments for a service. `GET /v1/posts`"""
        found: models.PostPage = await self._calls.json(
            "GET", "/v1/posts", params={"service": service, "post": post, "cursor": cursor, "limit": limit}
        )
        return found

    def each(
        self, *, service: str | None = None, post: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.Post]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, service=service, post=post, limit=limit)


class AsyncSlots:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self,
        service: str,
        post: str,
        *,
        from_: str | date | None = None,
        to: str | date | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.SlotPage:
        """Free slots of a post. `GET /v1/slots`"""
        found: models.SlotPage = await self._calls.json(
            "GET",
            "/v1/slots",
            params={"service": service, "post": post, "from": from_, "to": to, "cursor": cursor, "limit": limit},
        )
        return found

    def each(
        self,
        service: str,
        post: str,
        *,
        from_: str | date | None = None,
        to: str | date | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Slot]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, service=service, post=post, from_=from_, to=to, limit=limit)


class AsyncCases:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self,
        *,
        status: Sequence[models.CaseStatus] | None = None,
        service: str | None = None,
        from_: str | date | None = None,
        to: str | date | None = None,
        q: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CasePage:
        """List my cases. `GET /v1/cases`"""
        found: models.CasePage = await self._calls.json(
            "GET",
            "/v1/cases",
            params={
                "status": status,
                "service": service,
                "from": from_,
                "to": to,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
            mandated=True,
        )
        return found

    def each(
        self,
        *,
        status: Sequence[models.CaseStatus] | None = None,
        service: str | None = None,
        from_: str | date | None = None,
        to: str | date | None = None,
        q: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Case]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, status=status, service=service, from_=from_, to=to, q=q, limit=limit)

    async def file(
        self,
        service: str,
        form: Mapping[str, Any],
        *,
        language: str | None = None,
        related_case: str | None = None,
        card: str | None = None,
        draft: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """File a case. `POST /v1/cases`"""
        found: models.Case = await self._calls.json(
            "POST",
            "/v1/cases",
            body={
                "service": service,
                "form": form,
                "language": language,
                "related_case": related_case,
                "card": card,
                "draft": draft,
            },
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def validate(
        self,
        service: str,
        form: Mapping[str, Any],
        *,
        language: str | None = None,
        related_case: str | None = None,
        card: str | None = None,
        draft: str | None = None,
    ) -> models.Validation:
        """Say what is wrong with a demand, and file nothing. `POST /v1/cases/validate`"""
        found: models.Validation = await self._calls.json(
            "POST",
            "/v1/cases/validate",
            body={
                "service": service,
                "form": form,
                "language": language,
                "related_case": related_case,
                "card": card,
                "draft": draft,
            },
            mandated=True,
        )
        return found

    async def get(self, case_id: str) -> models.Case:
        """One case. `GET /v1/cases/{case_id}`"""
        found: models.Case = await self._calls.json("GET", f"/v1/cases/{segment(case_id)}", mandated=True)
        return found

    async def act(
        self,
        case_id: str,
        action: str,
        *,
        choice: str | None = None,
        text: str | None = None,
        attachments: Sequence[str] | None = None,
        slot: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Answer what the case asks. `POST /v1/cases/{case_id}/actions/{action}`"""
        found: models.Case = await self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/{segment(action)}",
            body={"choice": choice, "text": text, "attachments": attachments, "slot": slot},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def choose_slot(
        self,
        case_id: str,
        *,
        choice: str | None = None,
        text: str | None = None,
        attachments: Sequence[str] | None = None,
        slot: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Book an appointment, or move it. `POST /v1/cases/{case_id}/actions/choose_slot`"""
        found: models.Case = await self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/choose_slot",
            body={"choice": choice, "text": text, "attachments": attachments, "slot": slot},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def pay(
        self,
        case_id: str,
        *,
        return_url: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Open the card page for the fee. `POST /v1/cases/{case_id}/actions/pay`"""
        found: models.Case = await self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/pay",
            body={"return_url": return_url},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    async def withdraw(
        self, case_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> models.Case:
        """Take the case back. `POST /v1/cases/{case_id}/actions/withdraw`"""
        found: models.Case = await self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/withdraw",
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def events(
        self, case_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.CaseEventPage:
        """The timeline of a case. `GET /v1/cases/{case_id}/events`"""
        found: models.CaseEventPage = await self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/events", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each_event(self, case_id: str, *, limit: int | None = None) -> AsyncIterator[models.CaseEvent]:
        """All of `events`, page after page."""
        return self._calls.pages(self.events, case_id, limit=limit)

    def follow(self, case_id: str, *, cursor: str | None = None) -> AsyncGenerator[models.CaseEvent, None]:
        """The timeline of a case. `GET /v1/cases/{case_id}/events`"""
        return self._calls.stream(f"/v1/cases/{segment(case_id)}/events", params={"cursor": cursor}, mandated=True)

    async def receipt(self, case_id: str) -> models.Receipt:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        found: models.Receipt = await self._calls.json("GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True)
        return found

    async def receipt_html(self, case_id: str) -> str:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        return await self._calls.text("GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True, accept="text/html")

    async def receipt_pdf(self, case_id: str) -> Download:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        return await self._calls.download(
            "GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True, accept="application/pdf"
        )

    async def document(self, case_id: str, document_id: str) -> Download:
        """A document that the portal made. `GET /v1/cases/{case_id}/documents/{document_id}`"""
        return await self._calls.download(
            "GET", f"/v1/cases/{segment(case_id)}/documents/{segment(document_id)}", mandated=True, accept="*/*"
        )


class AsyncPayments:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, case_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.PaymentPage:
        """The payments of a case. `GET /v1/cases/{case_id}/payments`"""
        found: models.PaymentPage = await self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/payments", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, case_id: str, *, limit: int | None = None) -> AsyncIterator[models.Payment]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, case_id, limit=limit)

    async def get(self, case_id: str, payment_id: str) -> models.Payment:
        """One payment. `GET /v1/cases/{case_id}/payments/{payment_id}`"""
        found: models.Payment = await self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/payments/{segment(payment_id)}", mandated=True
        )
        return found


class AsyncAttachments:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def upload(
        self,
        file: bytes,
        *,
        name: str = "file",
        media_type: str = "application/octet-stream",
        idempotency_key: str | None = None,
    ) -> models.Attachment:
        """Hand in a file (multipart, member `file`). `POST /v1/attachments`"""
        found: models.Attachment = await self._calls.json(
            "POST", "/v1/attachments", file=(name, file, media_type), idempotency_key=idempotency_key, mandated=True
        )
        return found

    async def reuse(
        self, *, from_case: str, document: str, consent: bool, idempotency_key: str | None = None
    ) -> models.Attachment:
        """Use a document of an earlier case again. `POST /v1/attachments/references`"""
        found: models.Attachment = await self._calls.json(
            "POST",
            "/v1/attachments/references",
            body={"from_case": from_case, "document": document, "consent": consent},
            idempotency_key=idempotency_key,
        )
        return found


class AsyncDrafts:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.DraftSummaryPage:
        """List my drafts. `GET /v1/drafts`"""
        found: models.DraftSummaryPage = await self._calls.json(
            "GET", "/v1/drafts", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, *, limit: int | None = None) -> AsyncIterator[models.DraftSummary]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    async def create(
        self,
        service: str,
        *,
        form: Mapping[str, Any] | None = None,
        language: str | None = None,
        related_case: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Draft:
        """Begin a draft. `POST /v1/drafts`"""
        found: models.Draft = await self._calls.json(
            "POST",
            "/v1/drafts",
            body={"service": service, "form": form, "language": language, "related_case": related_case},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def get(self, draft_id: str) -> models.Draft:
        """One draft. `GET /v1/drafts/{draft_id}`"""
        found: models.Draft = await self._calls.json("GET", f"/v1/drafts/{segment(draft_id)}", mandated=True)
        return found

    async def update(
        self,
        draft_id: str,
        *,
        form: Mapping[str, Any] | None = None,
        language: str | None = None,
        related_case: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Draft:
        """Go on with a draft. `PUT /v1/drafts/{draft_id}`"""
        found: models.Draft = await self._calls.json(
            "PUT",
            f"/v1/drafts/{segment(draft_id)}",
            body={"form": form, "language": language, "related_case": related_case},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    async def delete(
        self, draft_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> models.DraftSummary:
        """Give a draft up. `DELETE /v1/drafts/{draft_id}`"""
        found: models.DraftSummary = await self._calls.json(
            "DELETE",
            f"/v1/drafts/{segment(draft_id)}",
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found


class AsyncEvents:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self, *, cursor: str | None = None, limit: int | None = None, begin: Literal["oldest", "now"] | None = None
    ) -> models.FeedPage:
        """What happens to my cases. `GET /v1/events`"""
        found: models.FeedPage = await self._calls.json(
            "GET", "/v1/events", params={"cursor": cursor, "limit": limit, "begin": begin}, mandated=True
        )
        return found

    def stream(
        self, *, cursor: str | None = None, begin: Literal["oldest", "now"] | None = None
    ) -> AsyncGenerator[models.CaseEvent, None]:
        """What happens to my cases. `GET /v1/events`"""
        return self._calls.stream("/v1/events", params={"cursor": cursor, "begin": begin}, mandated=True)

    async def ticket(self, *, case: str | None = None, idempotency_key: str | None = None) -> models.Ticket:
        """A ticket for an event stream in a browser. `POST /v1/events/tickets`"""
        found: models.Ticket = await self._calls.json(
            "POST", "/v1/events/tickets", body={"case": case}, idempotency_key=idempotency_key, mandated=True
        )
        return found


class AsyncTracking:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self, portal: str, reference: str, *, tracking_proof: str | None = None) -> models.Tracking:
        """Where a parcel or a demand stands. `GET /v1/tracking/{portal}/{reference}`"""
        found: models.Tracking = await self._calls.json(
            "GET",
            f"/v1/tracking/{segment(portal)}/{segment(reference)}",
            headers={"Tracking-Proof": tracking_proof},
            mandated=True,
        )
        return found


class AsyncMe:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self) -> models.Me:
        """Who I am here. `GET /v1/me`"""
        found: models.Me = await self._calls.json("GET", "/v1/me")
        return found

    async def preferences(self) -> models.Preferences:
        """How I want to be told. `GET /v1/me/preferences`"""
        found: models.Preferences = await self._calls.json("GET", "/v1/me/preferences")
        return found

    async def update_preferences(
        self,
        *,
        language: str | None = None,
        email: models.ChannelRequest | None = None,
        sms: models.ChannelRequest | None = None,
        details: bool | None = None,
        quiet_hours: models.QuietHours | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Preferences:
        """Say how I want to be told. `PUT /v1/me/preferences`"""
        found: models.Preferences = await self._calls.json(
            "PUT",
            "/v1/me/preferences",
            body={"language": language, "email": email, "sms": sms, "details": details, "quiet_hours": quiet_hours},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    async def send_address_code(
        self, channel: Literal["email", "sms"], *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> models.Preferences:
        """Send a code to an unverified address. `POST /v1/me/preferences/code`"""
        found: models.Preferences = await self._calls.json(
            "POST",
            "/v1/me/preferences/code",
            body={"channel": channel},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    async def verify_address(
        self, channel: Literal["email", "sms"], code: str, *, idempotency_key: str | None = None
    ) -> models.Preferences:
        """Give back the code that was sent to an address. `POST /v1/me/preferences/verify`"""
        found: models.Preferences = await self._calls.json(
            "POST",
            "/v1/me/preferences/verify",
            body={"channel": channel, "code": code},
            idempotency_key=idempotency_key,
        )
        return found

    async def messages(self, *, cursor: str | None = None, limit: int | None = None) -> models.MessagePage:
        """What I was told. `GET /v1/me/messages`"""
        found: models.MessagePage = await self._calls.json(
            "GET", "/v1/me/messages", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each_message(self, *, limit: int | None = None) -> AsyncIterator[models.Message]:
        """All of `messages`, page after page."""
        return self._calls.pages(self.messages, limit=limit)

    async def accesses(
        self, *, about: Literal["me", "everyone"] | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.AccessPage:
        """Who looked at my data. `GET /v1/me/accesses`"""
        found: models.AccessPage = await self._calls.json(
            "GET", "/v1/me/accesses", params={"about": about, "cursor": cursor, "limit": limit}
        )
        return found

    def each_access(
        self, *, about: Literal["me", "everyone"] | None = None, limit: int | None = None
    ) -> AsyncIterator[models.Access]:
        """All of `accesses`, page after page."""
        return self._calls.pages(self.accesses, about=about, limit=limit)


class AsyncMandates:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.MandatePage:
        """Mandates that I gave, or hold. `GET /v1/mandates`"""
        found: models.MandatePage = await self._calls.json(
            "GET", "/v1/mandates", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each(self, *, limit: int | None = None) -> AsyncIterator[models.Mandate]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    async def give(
        self,
        *,
        agent: str,
        scope: Sequence[Literal["cases:read", "cases:write", "tracking:read"]],
        purpose: str,
        expires_at: str | datetime,
        services: Sequence[str] | None = None,
        earlier_cases: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.Mandate:
        """Let an agent act for me. `POST /v1/mandates`"""
        found: models.Mandate = await self._calls.json(
            "POST",
            "/v1/mandates",
            body={
                "agent": agent,
                "scope": scope,
                "purpose": purpose,
                "expires_at": expires_at,
                "services": services,
                "earlier_cases": earlier_cases,
            },
            idempotency_key=idempotency_key,
        )
        return found

    async def take(self, code: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """Take up a mandate by its code. `POST /v1/mandates/take`"""
        found: models.Mandate = await self._calls.json(
            "POST", "/v1/mandates/take", body={"code": code}, idempotency_key=idempotency_key
        )
        return found

    async def revoke(self, mandate_id: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """End a mandate that I gave, or give back one that I hold. `POST /v1/mandates/{mandate_id}/revoke`"""
        found: models.Mandate = await self._calls.json(
            "POST", f"/v1/mandates/{segment(mandate_id)}/revoke", idempotency_key=idempotency_key
        )
        return found

    async def hand_over(self, mandate_id: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """Hand a mandate that I hold over to a colleague. `POST /v1/mandates/{mandate_id}/hand-over`"""
        found: models.Mandate = await self._calls.json(
            "POST", f"/v1/mandates/{segment(mandate_id)}/hand-over", idempotency_key=idempotency_key
        )
        return found


class AsyncAgenda:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self, post: str, *, on: str | date | None = None) -> models.Agenda:
        """The appointments of a post on a day. `GET /v1/agenda`"""
        found: models.Agenda = await self._calls.json("GET", "/v1/agenda", params={"post": post, "on": on})
        return found

    async def check_in(self, post: str, shown: str, *, idempotency_key: str | None = None) -> models.Visit:
        """Note that somebody has come to an appointment. `POST /v1/agenda/check-ins`"""
        found: models.Visit = await self._calls.json(
            "POST", "/v1/agenda/check-ins", body={"post": post, "shown": shown}, idempotency_key=idempotency_key
        )
        return found

    async def late(self, *, cursor: str | None = None, limit: int | None = None) -> models.LatePage:
        """What is late, of those for whom the agent works. `GET /v1/agenda/late`"""
        found: models.LatePage = await self._calls.json(
            "GET", "/v1/agenda/late", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each_late(self, *, limit: int | None = None) -> AsyncIterator[models.Late]:
        """All of `late`, page after page."""
        return self._calls.pages(self.late, limit=limit)


class AsyncNotes:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, case_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.NotePage:
        """What agents wrote about a case. `GET /v1/cases/{case_id}/notes`"""
        found: models.NotePage = await self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/notes", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, case_id: str, *, limit: int | None = None) -> AsyncIterator[models.Note]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, case_id, limit=limit)

    async def add(self, case_id: str, text: str, *, idempotency_key: str | None = None) -> models.Note:
        """Write a note about a case, which the person reads. `POST /v1/cases/{case_id}/notes`"""
        found: models.Note = await self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/notes",
            body={"text": text},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found


class AsyncPortals:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self, *, hours: int | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.PortalSummaryPage:
        """How the portals do. `GET /v1/portals`"""
        found: models.PortalSummaryPage = await self._calls.json(
            "GET", "/v1/portals", params={"hours": hours, "cursor": cursor, "limit": limit}
        )
        return found

    def each(self, *, hours: int | None = None, limit: int | None = None) -> AsyncIterator[models.PortalSummary]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, hours=hours, limit=limit)

    async def get(self, portal: str, *, hours: int | None = None) -> models.Portal:
        """How one portal does: traffic, errors, delays, changed answers. `GET /v1/portals/{portal}`"""
        found: models.Portal = await self._calls.json("GET", f"/v1/portals/{segment(portal)}", params={"hours": hours})
        return found


class AsyncOperations:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self, *, hours: int | None = None) -> models.Operations:
        """Queues and what is overdue, workers, messages and webhooks that fail. `GET /v1/operations`"""
        found: models.Operations = await self._calls.json("GET", "/v1/operations", params={"hours": hours})
        return found


class AsyncCards:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.CardPage:
        """List my cards. `GET /v1/cards`"""
        found: models.CardPage = await self._calls.json("GET", "/v1/cards", params={"cursor": cursor, "limit": limit})
        return found

    def each(self, *, limit: int | None = None) -> AsyncIterator[models.Card]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    async def create(
        self, *, holder_key: models.HolderKey | None = None, idempotency_key: str | None = None
    ) -> models.Card:
        """Have a card issued to me. `POST /v1/cards`"""
        found: models.Card = await self._calls.json(
            "POST", "/v1/cards", body={"holder_key": holder_key}, idempotency_key=idempotency_key
        )
        return found

    async def get(self, card_id: str, *, disclose: str | None = None) -> models.Card:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        found: models.Card = await self._calls.json(
            "GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose}
        )
        return found

    async def svg(self, card_id: str, *, disclose: str | None = None) -> str:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        return await self._calls.text(
            "GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose}, accept="image/svg+xml"
        )

    async def png(self, card_id: str, *, disclose: str | None = None) -> Download:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        return await self._calls.download(
            "GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose}, accept="image/png"
        )

    async def revoke(self, card_id: str, *, idempotency_key: str | None = None) -> models.Card:
        """Revoke a card for good. `POST /v1/cards/{card_id}/revoke`"""
        found: models.Card = await self._calls.json(
            "POST", f"/v1/cards/{segment(card_id)}/revoke", idempotency_key=idempotency_key
        )
        return found

    async def status_list(self, number: int) -> str:
        """Which cards are revoked (Token Status List). `GET /cards/status/{number}`"""
        return await self._calls.text("GET", f"/cards/status/{segment(number)}", accept="application/statuslist+jwt")

    async def issuer(self) -> models.CardIssuer:
        """The issuer of the cards, and its keys. `GET /.well-known/jwt-vc-issuer`"""
        found: models.CardIssuer = await self._calls.json("GET", "/.well-known/jwt-vc-issuer")
        return found


class AsyncWebhooks:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.WebhookPage:
        """List my endpoints. `GET /v1/webhooks`"""
        found: models.WebhookPage = await self._calls.json(
            "GET", "/v1/webhooks", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each(self, *, limit: int | None = None) -> AsyncIterator[models.Webhook]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    async def create(
        self,
        url: str,
        *,
        event_types: Sequence[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
        | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Register an endpoint. `POST /v1/webhooks`"""
        found: models.Webhook = await self._calls.json(
            "POST",
            "/v1/webhooks",
            body={"url": url, "event_types": event_types, "description": description},
            idempotency_key=idempotency_key,
        )
        return found

    async def get(self, webhook_id: str) -> models.Webhook:
        """One endpoint, and how it does. `GET /v1/webhooks/{webhook_id}`"""
        found: models.Webhook = await self._calls.json("GET", f"/v1/webhooks/{segment(webhook_id)}")
        return found

    async def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        event_types: Sequence[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
        | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Change an endpoint. `PATCH /v1/webhooks/{webhook_id}`"""
        found: models.Webhook = await self._calls.json(
            "PATCH",
            f"/v1/webhooks/{segment(webhook_id)}",
            body={"url": url, "event_types": event_types, "description": description},
            idempotency_key=idempotency_key,
        )
        return found

    async def delete(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.RemovedWebhook:
        """Remove an endpoint. `DELETE /v1/webhooks/{webhook_id}`"""
        found: models.RemovedWebhook = await self._calls.json(
            "DELETE", f"/v1/webhooks/{segment(webhook_id)}", idempotency_key=idempotency_key
        )
        return found

    async def pause(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Send nothing for now. `POST /v1/webhooks/{webhook_id}/pause`"""
        found: models.Webhook = await self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/pause", idempotency_key=idempotency_key
        )
        return found

    async def resume(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Send again, after a pause or after it was disabled. `POST /v1/webhooks/{webhook_id}/resume`"""
        found: models.Webhook = await self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/resume", idempotency_key=idempotency_key
        )
        return found

    async def verify(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Have an endpoint show that it is mine. `POST /v1/webhooks/{webhook_id}/verify`"""
        found: models.Webhook = await self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/verify", idempotency_key=idempotency_key
        )
        return found

    async def test(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.WebhookDelivery:
        """Send a test event. `POST /v1/webhooks/{webhook_id}/test`"""
        found: models.WebhookDelivery = await self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/test", idempotency_key=idempotency_key
        )
        return found

    async def rotate_secret(
        self, webhook_id: str, *, overlap_seconds: int | None = None, idempotency_key: str | None = None
    ) -> models.Webhook:
        """Get a new secret. `POST /v1/webhooks/{webhook_id}/rotate-secret`"""
        found: models.Webhook = await self._calls.json(
            "POST",
            f"/v1/webhooks/{segment(webhook_id)}/rotate-secret",
            body={"overlap_seconds": overlap_seconds},
            idempotency_key=idempotency_key,
        )
        return found

    async def deliveries(
        self,
        webhook_id: str,
        *,
        state: Sequence[models.DeliveryState] | None = None,
        case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.WebhookDeliveryPage:
        """What an endpoint was told, or is to be told. `GET /v1/webhooks/{webhook_id}/deliveries`"""
        found: models.WebhookDeliveryPage = await self._calls.json(
            "GET",
            f"/v1/webhooks/{segment(webhook_id)}/deliveries",
            params={"state": state, "case": case, "cursor": cursor, "limit": limit},
        )
        return found

    def each_delivery(
        self,
        webhook_id: str,
        *,
        state: Sequence[models.DeliveryState] | None = None,
        case: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.WebhookDelivery]:
        """All of `deliveries`, page after page."""
        return self._calls.pages(self.deliveries, webhook_id, state=state, case=case, limit=limit)

    async def delivery(self, webhook_id: str, delivery_id: str) -> models.WebhookDelivery:
        """One delivery. `GET /v1/webhooks/{webhook_id}/deliveries/{delivery_id}`"""
        found: models.WebhookDelivery = await self._calls.json(
            "GET", f"/v1/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}"
        )
        return found

    async def redeliver(
        self, webhook_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> models.WebhookDelivery:
        """Send an event again. `POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver`"""
        found: models.WebhookDelivery = await self._calls.json(
            "POST",
            f"/v1/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}/redeliver",
            idempotency_key=idempotency_key,
        )
        return found


class AsyncIndicators:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def list(
        self,
        *,
        portal: str | None = None,
        service: str | None = None,
        post: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        group_by: str | None = None,
    ) -> models.Indicators:
        """How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators`"""
        found: models.Indicators = await self._calls.json(
            "GET",
            "/v1/indicators",
            params={"portal": portal, "service": service, "post": post, "from": from_, "to": to, "group_by": group_by},
        )
        return found

    async def csv(
        self,
        *,
        portal: str | None = None,
        service: str | None = None,
        post: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        group_by: str | None = None,
    ) -> str:
        """How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators`"""
        return await self._calls.text(
            "GET",
            "/v1/indicators",
            params={"portal": portal, "service": service, "post": post, "from": from_, "to": to, "group_by": group_by},
            accept="text/csv",
        )


class AsyncAudit:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def records(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.AuditRecordPage:
        """Records of the log, newest first. `GET /audit/records`"""
        found: models.AuditRecordPage = await self._calls.json(
            "GET",
            "/audit/records",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return found

    def each_record(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.AuditRecord]:
        """All of `records`, page after page."""
        return self._calls.pages(
            self.records,
            since=since,
            until=until,
            portal=portal,
            service=service,
            client=client,
            outcome=outcome,
            kind=kind,
            call_id=call_id,
            case_id=case_id,
            operation=operation,
            subject=subject,
            actor=actor,
            limit=limit,
        )

    async def record(self, index: int) -> models.AuditRecord:
        """One record by its index. `GET /audit/records/{index}`"""
        found: models.AuditRecord = await self._calls.json("GET", f"/audit/records/{segment(index)}")
        return found

    async def bodies(
        self, index: int, purpose: Literal["court-order", "subject-request", "incident", "supervision"]
    ) -> models.AuditBodies:
        """The requests and answers behind a record. `GET /audit/records/{index}/bodies`"""
        found: models.AuditBodies = await self._calls.json(
            "GET", f"/audit/records/{segment(index)}/bodies", params={"purpose": purpose}
        )
        return found

    async def density(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        buckets: int | None = None,
    ) -> models.Density:
        """How many records fit a filter, over time. `GET /audit/density`"""
        found: models.Density = await self._calls.json(
            "GET",
            "/audit/density",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "buckets": buckets,
            },
        )
        return found

    async def anomalies(
        self, *, since: str | datetime | None = None, until: str | datetime | None = None
    ) -> models.Anomalies:
        """What to look at first: denied attempts, bursts, changed answers and more. `GET /audit/anomalies`"""
        found: models.Anomalies = await self._calls.json(
            "GET", "/audit/anomalies", params={"since": since, "until": until}
        )
        return found

    async def export(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        first: int | None = None,
        size: int | None = None,
    ) -> str:
        """Records as JSON Lines, CSV or OCSF events. `GET /audit/export`"""
        return await self._calls.text(
            "GET",
            "/audit/export",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "first": first,
                "size": size,
            },
            accept="application/x-ndjson",
        )

    async def export_csv(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        first: int | None = None,
        size: int | None = None,
    ) -> str:
        """Records as JSON Lines, CSV or OCSF events. `GET /audit/export`"""
        return await self._calls.text(
            "GET",
            "/audit/export",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "first": first,
                "size": size,
            },
            accept="text/csv",
        )

    async def resolve_subject(
        self, national_id: str, purpose: Literal["court-order", "subject-request", "incident", "supervision"]
    ) -> models.AuditSubject:
        """The pseudonyms of a person, for a stated purpose. `POST /audit/subjects`"""
        found: models.AuditSubject = await self._calls.json(
            "POST", "/audit/subjects", body={"national_id": national_id, "purpose": purpose}
        )
        return found

    async def receipt(self, call_id: str) -> str:
        """Proof that a call's record is in the signed log (C2SP tlog-proof). `GET /audit/receipts/{call_id}`"""
        return await self._calls.text("GET", f"/audit/receipts/{segment(call_id)}", accept="text/plain")


class AsyncGateway:
    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self) -> models.Gateway:
        """What this gateway is, and where its parts are. `GET /.well-known/mre-gateway`"""
        found: models.Gateway = await self._calls.json("GET", "/.well-known/mre-gateway")
        return found

    async def keys(self) -> models.Jwks:
        """Public keys: receipts and outbound signatures. `GET /.well-known/jwks.json`"""
        found: models.Jwks = await self._calls.json("GET", "/.well-known/jwks.json")
        return found

    async def resource_metadata(self) -> models.ResourceMetadata:
        """Whose tokens are taken, and how they must come (RFC 9728). `GET /.well-known/oauth-protected-resource`"""
        found: models.ResourceMetadata = await self._calls.json("GET", "/.well-known/oauth-protected-resource")
        return found


class AsyncResources:
    def __init__(self, calls: AsyncCalls) -> None:
        self.services = AsyncServices(calls)
        self.places = AsyncPlaces(calls)
        self.posts = AsyncPosts(calls)
        self.slots = AsyncSlots(calls)
        self.cases = AsyncCases(calls)
        self.payments = AsyncPayments(calls)
        self.attachments = AsyncAttachments(calls)
        self.drafts = AsyncDrafts(calls)
        self.events = AsyncEvents(calls)
        self.tracking = AsyncTracking(calls)
        self.me = AsyncMe(calls)
        self.mandates = AsyncMandates(calls)
        self.agenda = AsyncAgenda(calls)
        self.notes = AsyncNotes(calls)
        self.portals = AsyncPortals(calls)
        self.operations = AsyncOperations(calls)
        self.cards = AsyncCards(calls)
        self.webhooks = AsyncWebhooks(calls)
        self.indicators = AsyncIndicators(calls)
        self.audit = AsyncAudit(calls)
        self.gateway = AsyncGateway(calls)


class Services:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self,
        *,
        q: str | None = None,
        portal: str | None = None,
        category: Literal[
            "civil-status", "identity", "consular", "permits", "complaints", "payments", "tracking", "other"
        ]
        | None = None,
        audience: Literal["person", "child", "business"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ServiceList:
        """List the services, or search them. `GET /v1/services`"""
        found: models.ServiceList = self._calls.json(
            "GET",
            "/v1/services",
            params={
                "q": q,
                "portal": portal,
                "category": category,
                "audience": audience,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return found

    def each(
        self,
        *,
        q: str | None = None,
        portal: str | None = None,
        category: Literal[
            "civil-status", "identity", "consular", "permits", "complaints", "payments", "tracking", "other"
        ]
        | None = None,
        audience: Literal["person", "child", "business"] | None = None,
        limit: int | None = None,
    ) -> Iterator[models.Service]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, q=q, portal=portal, category=category, audience=audience, limit=limit)

    def get(self, service_id: str) -> models.Service:
        """One service, with the form to fill in. `GET /v1/services/{service_id}`"""
        found: models.Service = self._calls.json("GET", f"/v1/services/{segment(service_id)}")
        return found

    def form_vocabulary(self) -> Mapping[str, Any]:
        """What the words of a form mean. `GET /v1/form-vocabulary`"""
        found: Mapping[str, Any] = self._calls.json("GET", "/v1/form-vocabulary")
        return found


class Places:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def communes(
        self,
        *,
        region: str | None = None,
        province: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CommunePage:
        """Morocco's communes. `GET /v1/communes`"""
        found: models.CommunePage = self._calls.json(
            "GET", "/v1/communes", params={"region": region, "province": province, "cursor": cursor, "limit": limit}
        )
        return found

    def each_commune(
        self, *, region: str | None = None, province: str | None = None, limit: int | None = None
    ) -> Iterator[models.Commune]:
        """All of `communes`, page after page."""
        return self._calls.pages(self.communes, region=region, province=province, limit=limit)

    def countries(self, *, cursor: str | None = None, limit: int | None = None) -> models.CountryPage:
        """Countries, by name. `GET /v1/countries`"""
        found: models.CountryPage = self._calls.json("GET", "/v1/countries", params={"cursor": cursor, "limit": limit})
        return found

    def each_country(self, *, limit: int | None = None) -> Iterator[models.Country]:
        """All of `countries`, page after page."""
        return self._calls.pages(self.countries, limit=limit)

    def provinces(
        self, *, region: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.ProvincePage:
        """Morocco's prefectures and provinces. `GET /v1/provinces`"""
        found: models.ProvincePage = self._calls.json(
            "GET", "/v1/provinces", params={"region": region, "cursor": cursor, "limit": limit}
        )
        return found

    def each_province(self, *, region: str | None = None, limit: int | None = None) -> Iterator[models.Province]:
        """All of `provinces`, page after page."""
        return self._calls.pages(self.provinces, region=region, limit=limit)


class Posts:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self,
        *,
        service: str | None = None,
        post: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.PostPage:
        """Posts that give appointments for a service. `GET /v1/posts`"""
        found: models.PostPage = self._calls.json(
            "GET", "/v1/posts", params={"service": service, "post": post, "cursor": cursor, "limit": limit}
        )
        return found

    def each(
        self, *, service: str | None = None, post: str | None = None, limit: int | None = None
    ) -> Iterator[models.Post]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, service=service, post=post, limit=limit)


class Slots:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self,
        service: str,
        post: str,
        *,
        from_: str | date | None = None,
        to: str | date | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.SlotPage:
        """Free slots of a post. `GET /v1/slots`"""
        found: models.SlotPage = self._calls.json(
            "GET",
            "/v1/slots",
            params={"service": service, "post": post, "from": from_, "to": to, "cursor": cursor, "limit": limit},
        )
        return found

    def each(
        self,
        service: str,
        post: str,
        *,
        from_: str | date | None = None,
        to: str | date | None = None,
        limit: int | None = None,
    ) -> Iterator[models.Slot]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, service=service, post=post, from_=from_, to=to, limit=limit)


class Cases:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self,
        *,
        status: Sequence[models.CaseStatus] | None = None,
        service: str | None = None,
        from_: str | date | None = None,
        to: str | date | None = None,
        q: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CasePage:
        """List my cases. `GET /v1/cases`"""
        found: models.CasePage = self._calls.json(
            "GET",
            "/v1/cases",
            params={
                "status": status,
                "service": service,
                "from": from_,
                "to": to,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
            mandated=True,
        )
        return found

    def each(
        self,
        *,
        status: Sequence[models.CaseStatus] | None = None,
        service: str | None = None,
        from_: str | date | None = None,
        to: str | date | None = None,
        q: str | None = None,
        limit: int | None = None,
    ) -> Iterator[models.Case]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, status=status, service=service, from_=from_, to=to, q=q, limit=limit)

    def file(
        self,
        service: str,
        form: Mapping[str, Any],
        *,
        language: str | None = None,
        related_case: str | None = None,
        card: str | None = None,
        draft: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """File a case. `POST /v1/cases`"""
        found: models.Case = self._calls.json(
            "POST",
            "/v1/cases",
            body={
                "service": service,
                "form": form,
                "language": language,
                "related_case": related_case,
                "card": card,
                "draft": draft,
            },
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def validate(
        self,
        service: str,
        form: Mapping[str, Any],
        *,
        language: str | None = None,
        related_case: str | None = None,
        card: str | None = None,
        draft: str | None = None,
    ) -> models.Validation:
        """Say what is wrong with a demand, and file nothing. `POST /v1/cases/validate`"""
        found: models.Validation = self._calls.json(
            "POST",
            "/v1/cases/validate",
            body={
                "service": service,
                "form": form,
                "language": language,
                "related_case": related_case,
                "card": card,
                "draft": draft,
            },
            mandated=True,
        )
        return found

    def get(self, case_id: str) -> models.Case:
        """One case. `GET /v1/cases/{case_id}`"""
        found: models.Case = self._calls.json("GET", f"/v1/cases/{segment(case_id)}", mandated=True)
        return found

    def act(
        self,
        case_id: str,
        action: str,
        *,
        choice: str | None = None,
        text: str | None = None,
        attachments: Sequence[str] | None = None,
        slot: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Answer what the case asks. `POST /v1/cases/{case_id}/actions/{action}`"""
        found: models.Case = self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/{segment(action)}",
            body={"choice": choice, "text": text, "attachments": attachments, "slot": slot},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def choose_slot(
        self,
        case_id: str,
        *,
        choice: str | None = None,
        text: str | None = None,
        attachments: Sequence[str] | None = None,
        slot: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Book an appointment, or move it. `POST /v1/cases/{case_id}/actions/choose_slot`"""
        found: models.Case = self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/choose_slot",
            body={"choice": choice, "text": text, "attachments": attachments, "slot": slot},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def pay(
        self,
        case_id: str,
        *,
        return_url: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Case:
        """Open the card page for the fee. `POST /v1/cases/{case_id}/actions/pay`"""
        found: models.Case = self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/pay",
            body={"return_url": return_url},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    def withdraw(self, case_id: str, *, if_match: str | None = None, idempotency_key: str | None = None) -> models.Case:
        """Take the case back. `POST /v1/cases/{case_id}/actions/withdraw`"""
        found: models.Case = self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/actions/withdraw",
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def events(self, case_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.CaseEventPage:
        """The timeline of a case. `GET /v1/cases/{case_id}/events`"""
        found: models.CaseEventPage = self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/events", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each_event(self, case_id: str, *, limit: int | None = None) -> Iterator[models.CaseEvent]:
        """All of `events`, page after page."""
        return self._calls.pages(self.events, case_id, limit=limit)

    def follow(self, case_id: str, *, cursor: str | None = None) -> Generator[models.CaseEvent, None, None]:
        """The timeline of a case. `GET /v1/cases/{case_id}/events`"""
        return self._calls.stream(f"/v1/cases/{segment(case_id)}/events", params={"cursor": cursor}, mandated=True)

    def receipt(self, case_id: str) -> models.Receipt:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        found: models.Receipt = self._calls.json("GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True)
        return found

    def receipt_html(self, case_id: str) -> str:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        return self._calls.text("GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True, accept="text/html")

    def receipt_pdf(self, case_id: str) -> Download:
        """The signed receipt (law 55-19). `GET /v1/cases/{case_id}/receipt`"""
        return self._calls.download(
            "GET", f"/v1/cases/{segment(case_id)}/receipt", mandated=True, accept="application/pdf"
        )

    def document(self, case_id: str, document_id: str) -> Download:
        """A document that the portal made. `GET /v1/cases/{case_id}/documents/{document_id}`"""
        return self._calls.download(
            "GET", f"/v1/cases/{segment(case_id)}/documents/{segment(document_id)}", mandated=True, accept="*/*"
        )


class Payments:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, case_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.PaymentPage:
        """The payments of a case. `GET /v1/cases/{case_id}/payments`"""
        found: models.PaymentPage = self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/payments", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, case_id: str, *, limit: int | None = None) -> Iterator[models.Payment]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, case_id, limit=limit)

    def get(self, case_id: str, payment_id: str) -> models.Payment:
        """One payment. `GET /v1/cases/{case_id}/payments/{payment_id}`"""
        found: models.Payment = self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/payments/{segment(payment_id)}", mandated=True
        )
        return found


class Attachments:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def upload(
        self,
        file: bytes,
        *,
        name: str = "file",
        media_type: str = "application/octet-stream",
        idempotency_key: str | None = None,
    ) -> models.Attachment:
        """Hand in a file (multipart, member `file`). `POST /v1/attachments`"""
        found: models.Attachment = self._calls.json(
            "POST", "/v1/attachments", file=(name, file, media_type), idempotency_key=idempotency_key, mandated=True
        )
        return found

    def reuse(
        self, *, from_case: str, document: str, consent: bool, idempotency_key: str | None = None
    ) -> models.Attachment:
        """Use a document of an earlier case again. `POST /v1/attachments/references`"""
        found: models.Attachment = self._calls.json(
            "POST",
            "/v1/attachments/references",
            body={"from_case": from_case, "document": document, "consent": consent},
            idempotency_key=idempotency_key,
        )
        return found


class Drafts:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.DraftSummaryPage:
        """List my drafts. `GET /v1/drafts`"""
        found: models.DraftSummaryPage = self._calls.json(
            "GET", "/v1/drafts", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, *, limit: int | None = None) -> Iterator[models.DraftSummary]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    def create(
        self,
        service: str,
        *,
        form: Mapping[str, Any] | None = None,
        language: str | None = None,
        related_case: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Draft:
        """Begin a draft. `POST /v1/drafts`"""
        found: models.Draft = self._calls.json(
            "POST",
            "/v1/drafts",
            body={"service": service, "form": form, "language": language, "related_case": related_case},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def get(self, draft_id: str) -> models.Draft:
        """One draft. `GET /v1/drafts/{draft_id}`"""
        found: models.Draft = self._calls.json("GET", f"/v1/drafts/{segment(draft_id)}", mandated=True)
        return found

    def update(
        self,
        draft_id: str,
        *,
        form: Mapping[str, Any] | None = None,
        language: str | None = None,
        related_case: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Draft:
        """Go on with a draft. `PUT /v1/drafts/{draft_id}`"""
        found: models.Draft = self._calls.json(
            "PUT",
            f"/v1/drafts/{segment(draft_id)}",
            body={"form": form, "language": language, "related_case": related_case},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found

    def delete(
        self, draft_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> models.DraftSummary:
        """Give a draft up. `DELETE /v1/drafts/{draft_id}`"""
        found: models.DraftSummary = self._calls.json(
            "DELETE",
            f"/v1/drafts/{segment(draft_id)}",
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found


class Events:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self, *, cursor: str | None = None, limit: int | None = None, begin: Literal["oldest", "now"] | None = None
    ) -> models.FeedPage:
        """What happens to my cases. `GET /v1/events`"""
        found: models.FeedPage = self._calls.json(
            "GET", "/v1/events", params={"cursor": cursor, "limit": limit, "begin": begin}, mandated=True
        )
        return found

    def stream(
        self, *, cursor: str | None = None, begin: Literal["oldest", "now"] | None = None
    ) -> Generator[models.CaseEvent, None, None]:
        """What happens to my cases. `GET /v1/events`"""
        return self._calls.stream("/v1/events", params={"cursor": cursor, "begin": begin}, mandated=True)

    def ticket(self, *, case: str | None = None, idempotency_key: str | None = None) -> models.Ticket:
        """A ticket for an event stream in a browser. `POST /v1/events/tickets`"""
        found: models.Ticket = self._calls.json(
            "POST", "/v1/events/tickets", body={"case": case}, idempotency_key=idempotency_key, mandated=True
        )
        return found


class Tracking:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, portal: str, reference: str, *, tracking_proof: str | None = None) -> models.Tracking:
        """Where a parcel or a demand stands. `GET /v1/tracking/{portal}/{reference}`"""
        found: models.Tracking = self._calls.json(
            "GET",
            f"/v1/tracking/{segment(portal)}/{segment(reference)}",
            headers={"Tracking-Proof": tracking_proof},
            mandated=True,
        )
        return found


class Me:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self) -> models.Me:
        """Who I am here. `GET /v1/me`"""
        found: models.Me = self._calls.json("GET", "/v1/me")
        return found

    def preferences(self) -> models.Preferences:
        """How I want to be told. `GET /v1/me/preferences`"""
        found: models.Preferences = self._calls.json("GET", "/v1/me/preferences")
        return found

    def update_preferences(
        self,
        *,
        language: str | None = None,
        email: models.ChannelRequest | None = None,
        sms: models.ChannelRequest | None = None,
        details: bool | None = None,
        quiet_hours: models.QuietHours | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Preferences:
        """Say how I want to be told. `PUT /v1/me/preferences`"""
        found: models.Preferences = self._calls.json(
            "PUT",
            "/v1/me/preferences",
            body={"language": language, "email": email, "sms": sms, "details": details, "quiet_hours": quiet_hours},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    def send_address_code(
        self, channel: Literal["email", "sms"], *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> models.Preferences:
        """Send a code to an unverified address. `POST /v1/me/preferences/code`"""
        found: models.Preferences = self._calls.json(
            "POST",
            "/v1/me/preferences/code",
            body={"channel": channel},
            headers={"If-Match": if_match},
            idempotency_key=idempotency_key,
        )
        return found

    def verify_address(
        self, channel: Literal["email", "sms"], code: str, *, idempotency_key: str | None = None
    ) -> models.Preferences:
        """Give back the code that was sent to an address. `POST /v1/me/preferences/verify`"""
        found: models.Preferences = self._calls.json(
            "POST",
            "/v1/me/preferences/verify",
            body={"channel": channel, "code": code},
            idempotency_key=idempotency_key,
        )
        return found

    def messages(self, *, cursor: str | None = None, limit: int | None = None) -> models.MessagePage:
        """What I was told. `GET /v1/me/messages`"""
        found: models.MessagePage = self._calls.json(
            "GET", "/v1/me/messages", params={"cursor": cursor, "limit": limit}
        )
        return found

    def each_message(self, *, limit: int | None = None) -> Iterator[models.Message]:
        """All of `messages`, page after page."""
        return self._calls.pages(self.messages, limit=limit)

    def accesses(
        self, *, about: Literal["me", "everyone"] | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.AccessPage:
        """Who looked at my data. `GET /v1/me/accesses`"""
        found: models.AccessPage = self._calls.json(
            "GET", "/v1/me/accesses", params={"about": about, "cursor": cursor, "limit": limit}
        )
        return found

    def each_access(
        self, *, about: Literal["me", "everyone"] | None = None, limit: int | None = None
    ) -> Iterator[models.Access]:
        """All of `accesses`, page after page."""
        return self._calls.pages(self.accesses, about=about, limit=limit)


class Mandates:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.MandatePage:
        """Mandates that I gave, or hold. `GET /v1/mandates`"""
        found: models.MandatePage = self._calls.json("GET", "/v1/mandates", params={"cursor": cursor, "limit": limit})
        return found

    def each(self, *, limit: int | None = None) -> Iterator[models.Mandate]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    def give(
        self,
        *,
        agent: str,
        scope: Sequence[Literal["cases:read", "cases:write", "tracking:read"]],
        purpose: str,
        expires_at: str | datetime,
        services: Sequence[str] | None = None,
        earlier_cases: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.Mandate:
        """Let an agent act for me. `POST /v1/mandates`"""
        found: models.Mandate = self._calls.json(
            "POST",
            "/v1/mandates",
            body={
                "agent": agent,
                "scope": scope,
                "purpose": purpose,
                "expires_at": expires_at,
                "services": services,
                "earlier_cases": earlier_cases,
            },
            idempotency_key=idempotency_key,
        )
        return found

    def take(self, code: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """Take up a mandate by its code. `POST /v1/mandates/take`"""
        found: models.Mandate = self._calls.json(
            "POST", "/v1/mandates/take", body={"code": code}, idempotency_key=idempotency_key
        )
        return found

    def revoke(self, mandate_id: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """End a mandate that I gave, or give back one that I hold. `POST /v1/mandates/{mandate_id}/revoke`"""
        found: models.Mandate = self._calls.json(
            "POST", f"/v1/mandates/{segment(mandate_id)}/revoke", idempotency_key=idempotency_key
        )
        return found

    def hand_over(self, mandate_id: str, *, idempotency_key: str | None = None) -> models.Mandate:
        """Hand a mandate that I hold over to a colleague. `POST /v1/mandates/{mandate_id}/hand-over`"""
        found: models.Mandate = self._calls.json(
            "POST", f"/v1/mandates/{segment(mandate_id)}/hand-over", idempotency_key=idempotency_key
        )
        return found


class Agenda:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, post: str, *, on: str | date | None = None) -> models.Agenda:
        """The appointments of a post on a day. `GET /v1/agenda`"""
        found: models.Agenda = self._calls.json("GET", "/v1/agenda", params={"post": post, "on": on})
        return found

    def check_in(self, post: str, shown: str, *, idempotency_key: str | None = None) -> models.Visit:
        """Note that somebody has come to an appointment. `POST /v1/agenda/check-ins`"""
        found: models.Visit = self._calls.json(
            "POST", "/v1/agenda/check-ins", body={"post": post, "shown": shown}, idempotency_key=idempotency_key
        )
        return found

    def late(self, *, cursor: str | None = None, limit: int | None = None) -> models.LatePage:
        """What is late, of those for whom the agent works. `GET /v1/agenda/late`"""
        found: models.LatePage = self._calls.json("GET", "/v1/agenda/late", params={"cursor": cursor, "limit": limit})
        return found

    def each_late(self, *, limit: int | None = None) -> Iterator[models.Late]:
        """All of `late`, page after page."""
        return self._calls.pages(self.late, limit=limit)


class Notes:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, case_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.NotePage:
        """What agents wrote about a case. `GET /v1/cases/{case_id}/notes`"""
        found: models.NotePage = self._calls.json(
            "GET", f"/v1/cases/{segment(case_id)}/notes", params={"cursor": cursor, "limit": limit}, mandated=True
        )
        return found

    def each(self, case_id: str, *, limit: int | None = None) -> Iterator[models.Note]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, case_id, limit=limit)

    def add(self, case_id: str, text: str, *, idempotency_key: str | None = None) -> models.Note:
        """Write a note about a case, which the person reads. `POST /v1/cases/{case_id}/notes`"""
        found: models.Note = self._calls.json(
            "POST",
            f"/v1/cases/{segment(case_id)}/notes",
            body={"text": text},
            idempotency_key=idempotency_key,
            mandated=True,
        )
        return found


class Portals:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self, *, hours: int | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.PortalSummaryPage:
        """How the portals do. `GET /v1/portals`"""
        found: models.PortalSummaryPage = self._calls.json(
            "GET", "/v1/portals", params={"hours": hours, "cursor": cursor, "limit": limit}
        )
        return found

    def each(self, *, hours: int | None = None, limit: int | None = None) -> Iterator[models.PortalSummary]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, hours=hours, limit=limit)

    def get(self, portal: str, *, hours: int | None = None) -> models.Portal:
        """How one portal does: traffic, errors, delays, changed answers. `GET /v1/portals/{portal}`"""
        found: models.Portal = self._calls.json("GET", f"/v1/portals/{segment(portal)}", params={"hours": hours})
        return found


class Operations:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, *, hours: int | None = None) -> models.Operations:
        """Queues and what is overdue, workers, messages and webhooks that fail. `GET /v1/operations`"""
        found: models.Operations = self._calls.json("GET", "/v1/operations", params={"hours": hours})
        return found


class Cards:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.CardPage:
        """List my cards. `GET /v1/cards`"""
        found: models.CardPage = self._calls.json("GET", "/v1/cards", params={"cursor": cursor, "limit": limit})
        return found

    def each(self, *, limit: int | None = None) -> Iterator[models.Card]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    def create(self, *, holder_key: models.HolderKey | None = None, idempotency_key: str | None = None) -> models.Card:
        """Have a card issued to me. `POST /v1/cards`"""
        found: models.Card = self._calls.json(
            "POST", "/v1/cards", body={"holder_key": holder_key}, idempotency_key=idempotency_key
        )
        return found

    def get(self, card_id: str, *, disclose: str | None = None) -> models.Card:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        found: models.Card = self._calls.json("GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose})
        return found

    def svg(self, card_id: str, *, disclose: str | None = None) -> str:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        return self._calls.text(
            "GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose}, accept="image/svg+xml"
        )

    def png(self, card_id: str, *, disclose: str | None = None) -> Download:
        """One card, as JSON or as a QR code. `GET /v1/cards/{card_id}`"""
        return self._calls.download(
            "GET", f"/v1/cards/{segment(card_id)}", params={"disclose": disclose}, accept="image/png"
        )

    def revoke(self, card_id: str, *, idempotency_key: str | None = None) -> models.Card:
        """Revoke a card for good. `POST /v1/cards/{card_id}/revoke`"""
        found: models.Card = self._calls.json(
            "POST", f"/v1/cards/{segment(card_id)}/revoke", idempotency_key=idempotency_key
        )
        return found

    def status_list(self, number: int) -> str:
        """Which cards are revoked (Token Status List). `GET /cards/status/{number}`"""
        return self._calls.text("GET", f"/cards/status/{segment(number)}", accept="application/statuslist+jwt")

    def issuer(self) -> models.CardIssuer:
        """The issuer of the cards, and its keys. `GET /.well-known/jwt-vc-issuer`"""
        found: models.CardIssuer = self._calls.json("GET", "/.well-known/jwt-vc-issuer")
        return found


class Webhooks:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.WebhookPage:
        """List my endpoints. `GET /v1/webhooks`"""
        found: models.WebhookPage = self._calls.json("GET", "/v1/webhooks", params={"cursor": cursor, "limit": limit})
        return found

    def each(self, *, limit: int | None = None) -> Iterator[models.Webhook]:
        """All of `list`, page after page."""
        return self._calls.pages(self.list, limit=limit)

    def create(
        self,
        url: str,
        *,
        event_types: Sequence[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
        | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Register an endpoint. `POST /v1/webhooks`"""
        found: models.Webhook = self._calls.json(
            "POST",
            "/v1/webhooks",
            body={"url": url, "event_types": event_types, "description": description},
            idempotency_key=idempotency_key,
        )
        return found

    def get(self, webhook_id: str) -> models.Webhook:
        """One endpoint, and how it does. `GET /v1/webhooks/{webhook_id}`"""
        found: models.Webhook = self._calls.json("GET", f"/v1/webhooks/{segment(webhook_id)}")
        return found

    def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        event_types: Sequence[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
        | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Change an endpoint. `PATCH /v1/webhooks/{webhook_id}`"""
        found: models.Webhook = self._calls.json(
            "PATCH",
            f"/v1/webhooks/{segment(webhook_id)}",
            body={"url": url, "event_types": event_types, "description": description},
            idempotency_key=idempotency_key,
        )
        return found

    def delete(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.RemovedWebhook:
        """Remove an endpoint. `DELETE /v1/webhooks/{webhook_id}`"""
        found: models.RemovedWebhook = self._calls.json(
            "DELETE", f"/v1/webhooks/{segment(webhook_id)}", idempotency_key=idempotency_key
        )
        return found

    def pause(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Send nothing for now. `POST /v1/webhooks/{webhook_id}/pause`"""
        found: models.Webhook = self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/pause", idempotency_key=idempotency_key
        )
        return found

    def resume(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Send again, after a pause or after it was disabled. `POST /v1/webhooks/{webhook_id}/resume`"""
        found: models.Webhook = self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/resume", idempotency_key=idempotency_key
        )
        return found

    def verify(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.Webhook:
        """Have an endpoint show that it is mine. `POST /v1/webhooks/{webhook_id}/verify`"""
        found: models.Webhook = self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/verify", idempotency_key=idempotency_key
        )
        return found

    def test(self, webhook_id: str, *, idempotency_key: str | None = None) -> models.WebhookDelivery:
        """Send a test event. `POST /v1/webhooks/{webhook_id}/test`"""
        found: models.WebhookDelivery = self._calls.json(
            "POST", f"/v1/webhooks/{segment(webhook_id)}/test", idempotency_key=idempotency_key
        )
        return found

    def rotate_secret(
        self, webhook_id: str, *, overlap_seconds: int | None = None, idempotency_key: str | None = None
    ) -> models.Webhook:
        """Get a new secret. `POST /v1/webhooks/{webhook_id}/rotate-secret`"""
        found: models.Webhook = self._calls.json(
            "POST",
            f"/v1/webhooks/{segment(webhook_id)}/rotate-secret",
            body={"overlap_seconds": overlap_seconds},
            idempotency_key=idempotency_key,
        )
        return found

    def deliveries(
        self,
        webhook_id: str,
        *,
        state: Sequence[models.DeliveryState] | None = None,
        case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.WebhookDeliveryPage:
        """What an endpoint was told, or is to be told. `GET /v1/webhooks/{webhook_id}/deliveries`"""
        found: models.WebhookDeliveryPage = self._calls.json(
            "GET",
            f"/v1/webhooks/{segment(webhook_id)}/deliveries",
            params={"state": state, "case": case, "cursor": cursor, "limit": limit},
        )
        return found

    def each_delivery(
        self,
        webhook_id: str,
        *,
        state: Sequence[models.DeliveryState] | None = None,
        case: str | None = None,
        limit: int | None = None,
    ) -> Iterator[models.WebhookDelivery]:
        """All of `deliveries`, page after page."""
        return self._calls.pages(self.deliveries, webhook_id, state=state, case=case, limit=limit)

    def delivery(self, webhook_id: str, delivery_id: str) -> models.WebhookDelivery:
        """One delivery. `GET /v1/webhooks/{webhook_id}/deliveries/{delivery_id}`"""
        found: models.WebhookDelivery = self._calls.json(
            "GET", f"/v1/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}"
        )
        return found

    def redeliver(
        self, webhook_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> models.WebhookDelivery:
        """Send an event again. `POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver`"""
        found: models.WebhookDelivery = self._calls.json(
            "POST",
            f"/v1/webhooks/{segment(webhook_id)}/deliveries/{segment(delivery_id)}/redeliver",
            idempotency_key=idempotency_key,
        )
        return found


class Indicators:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(
        self,
        *,
        portal: str | None = None,
        service: str | None = None,
        post: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        group_by: str | None = None,
    ) -> models.Indicators:
        """How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators`"""
        found: models.Indicators = self._calls.json(
            "GET",
            "/v1/indicators",
            params={"portal": portal, "service": service, "post": post, "from": from_, "to": to, "group_by": group_by},
        )
        return found

    def csv(
        self,
        *,
        portal: str | None = None,
        service: str | None = None,
        post: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        group_by: str | None = None,
    ) -> str:
        """How portals serve: demands, answers, delays, satisfaction. `GET /v1/indicators`"""
        return self._calls.text(
            "GET",
            "/v1/indicators",
            params={"portal": portal, "service": service, "post": post, "from": from_, "to": to, "group_by": group_by},
            accept="text/csv",
        )


class Audit:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def records(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.AuditRecordPage:
        """Records of the log, newest first. `GET /audit/records`"""
        found: models.AuditRecordPage = self._calls.json(
            "GET",
            "/audit/records",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return found

    def each_record(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        limit: int | None = None,
    ) -> Iterator[models.AuditRecord]:
        """All of `records`, page after page."""
        return self._calls.pages(
            self.records,
            since=since,
            until=until,
            portal=portal,
            service=service,
            client=client,
            outcome=outcome,
            kind=kind,
            call_id=call_id,
            case_id=case_id,
            operation=operation,
            subject=subject,
            actor=actor,
            limit=limit,
        )

    def record(self, index: int) -> models.AuditRecord:
        """One record by its index. `GET /audit/records/{index}`"""
        found: models.AuditRecord = self._calls.json("GET", f"/audit/records/{segment(index)}")
        return found

    def bodies(
        self, index: int, purpose: Literal["court-order", "subject-request", "incident", "supervision"]
    ) -> models.AuditBodies:
        """The requests and answers behind a record. `GET /audit/records/{index}/bodies`"""
        found: models.AuditBodies = self._calls.json(
            "GET", f"/audit/records/{segment(index)}/bodies", params={"purpose": purpose}
        )
        return found

    def density(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        buckets: int | None = None,
    ) -> models.Density:
        """How many records fit a filter, over time. `GET /audit/density`"""
        found: models.Density = self._calls.json(
            "GET",
            "/audit/density",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "buckets": buckets,
            },
        )
        return found

    def anomalies(
        self, *, since: str | datetime | None = None, until: str | datetime | None = None
    ) -> models.Anomalies:
        """What to look at first: denied attempts, bursts, changed answers and more. `GET /audit/anomalies`"""
        found: models.Anomalies = self._calls.json("GET", "/audit/anomalies", params={"since": since, "until": until})
        return found

    def export(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        first: int | None = None,
        size: int | None = None,
    ) -> str:
        """Records as JSON Lines, CSV or OCSF events. `GET /audit/export`"""
        return self._calls.text(
            "GET",
            "/audit/export",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "first": first,
                "size": size,
            },
            accept="application/x-ndjson",
        )

    def export_csv(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        portal: str | None = None,
        service: str | None = None,
        client: str | None = None,
        outcome: str | None = None,
        kind: Literal["call", "step", "admin", "access", "refusal"] | None = None,
        call_id: str | None = None,
        case_id: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        first: int | None = None,
        size: int | None = None,
    ) -> str:
        """Records as JSON Lines, CSV or OCSF events. `GET /audit/export`"""
        return self._calls.text(
            "GET",
            "/audit/export",
            params={
                "since": since,
                "until": until,
                "portal": portal,
                "service": service,
                "client": client,
                "outcome": outcome,
                "kind": kind,
                "call_id": call_id,
                "case_id": case_id,
                "operation": operation,
                "subject": subject,
                "actor": actor,
                "first": first,
                "size": size,
            },
            accept="text/csv",
        )

    def resolve_subject(
        self, national_id: str, purpose: Literal["court-order", "subject-request", "incident", "supervision"]
    ) -> models.AuditSubject:
        """The pseudonyms of a person, for a stated purpose. `POST /audit/subjects`"""
        found: models.AuditSubject = self._calls.json(
            "POST", "/audit/subjects", body={"national_id": national_id, "purpose": purpose}
        )
        return found

    def receipt(self, call_id: str) -> str:
        """Proof that a call's record is in the signed log (C2SP tlog-proof). `GET /audit/receipts/{call_id}`"""
        return self._calls.text("GET", f"/audit/receipts/{segment(call_id)}", accept="text/plain")


class Gateway:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self) -> models.Gateway:
        """What this gateway is, and where its parts are. `GET /.well-known/mre-gateway`"""
        found: models.Gateway = self._calls.json("GET", "/.well-known/mre-gateway")
        return found

    def keys(self) -> models.Jwks:
        """Public keys: receipts and outbound signatures. `GET /.well-known/jwks.json`"""
        found: models.Jwks = self._calls.json("GET", "/.well-known/jwks.json")
        return found

    def resource_metadata(self) -> models.ResourceMetadata:
        """Whose tokens are taken, and how they must come (RFC 9728). `GET /.well-known/oauth-protected-resource`"""
        found: models.ResourceMetadata = self._calls.json("GET", "/.well-known/oauth-protected-resource")
        return found


class Resources:
    def __init__(self, calls: Calls) -> None:
        self.services = Services(calls)
        self.places = Places(calls)
        self.posts = Posts(calls)
        self.slots = Slots(calls)
        self.cases = Cases(calls)
        self.payments = Payments(calls)
        self.attachments = Attachments(calls)
        self.drafts = Drafts(calls)
        self.events = Events(calls)
        self.tracking = Tracking(calls)
        self.me = Me(calls)
        self.mandates = Mandates(calls)
        self.agenda = Agenda(calls)
        self.notes = Notes(calls)
        self.portals = Portals(calls)
        self.operations = Operations(calls)
        self.cards = Cards(calls)
        self.webhooks = Webhooks(calls)
        self.indicators = Indicators(calls)
        self.audit = Audit(calls)
        self.gateway = Gateway(calls)
