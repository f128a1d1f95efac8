"""`/v1/tracking`: where something stands that was not filed here, and the posts that give appointments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.params import HeaderParameter, Parameter

from gateway.api.access import Call, backend_of, entry_of, language_of, principal_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, PostView, SlotView, TrackingView
from gateway.api.views import Views
from gateway.auth.principal import Principal
from gateway.cases.portals import Portals
from gateway.connectors.contract import Booking, Post, Progress, Slot, Tracking, Window

_PROOF_MEMBERS: Final = 8
_DAYS: Final = 28
_LAST_START: Final = date.max - timedelta(days=_DAYS)


class TrackingController(Controller):
    path = "/v1/tracking"
    tags = ("Tracking",)

    @get(
        "/{portal:str}/{reference:str}",
        operation_id="track",
        summary="Where a parcel or a demand stands",
        description="Some portals ask for a proof besides the reference. It is taken from the token's verified claims; "
        "otherwise send `Tracking-Proof: email=amina@example.org`. It is never part of the address.",
        opt={"scope": "tracking:read", "operation": "tracking.read", "purpose": "tracking"},
    )
    async def track(
        self,
        request: Call,
        portal: str,
        reference: str,
        tracking_proof: Annotated[
            str | None, HeaderParameter(name="Tracking-Proof", required=False, max_length=1000)
        ] = None,
    ) -> Response[TrackingView]:
        backend, entry = backend_of(request), entry_of(request)
        portals = backend.office.portals
        entry.portal = _known(portals, portal)
        if not portals.has(portal, Tracking):
            raise Problem("capability_missing", portal=portal)
        connector = portals.connector(portal)
        assert isinstance(connector, Tracking)
        proof = _proof(connector.tracking_proof, principal_of(request), tracking_proof or "")
        budget = backend.settings.server.call_seconds
        progress: Progress = await portals.call(portal, "track", reference, budget=budget, **proof)
        views = Views(backend, language_of(request))
        headers = {
            "Cache-Control": "private, max-age=10",
            "Content-Language": views.language,
            "Vary": "Accept-Language, Authorization, Tracking-Proof",
        }
        return Response(views.tracking(portal, progress), headers=headers)


class PostsController(Controller):
    path = "/v1"
    tags = ("Appointments",)

    @get(
        "/posts",
        operation_id="listPosts",
        summary="Posts that give appointments for a service",
        opt={"scope": "cases:read", "operation": "posts.list"},
    )
    async def posts(
        self, request: Call, service: Annotated[str, Parameter(max_length=100)] = ""
    ) -> Response[Page[PostView]]:
        backend, language = backend_of(request), language_of(request)
        found = []
        for portal in backend.office.catalogue.able(Booking):
            posts: list[Post] = await backend.office.portals.call(portal, "posts", service)
            found += [
                PostView(
                    id=post.id,
                    portal=portal,
                    name=post.name.get(language) or post.name.get("fr", post.id),
                    country=post.country,
                    city=post.city,
                    timezone=post.timezone,
                )
                for post in posts
            ]
        return Response(Page(data=found), headers={"Content-Language": language, "Cache-Control": "no-store"})

    @get(
        "/slots",
        operation_id="listSlots",
        summary="Free slots of a post",
        opt={"scope": "cases:read", "operation": "slots.list"},
    )
    async def slots(
        self,
        request: Call,
        service: Annotated[str, Parameter(max_length=100)],
        post: Annotated[str, Parameter(max_length=100)],
        first: Annotated[date | None, Parameter(query="from")] = None,
        last: Annotated[date | None, Parameter(query="to")] = None,
    ) -> Response[Page[SlotView]]:
        backend = backend_of(request)
        start = first or date.today()
        window = Window(first=start, last=last or min(start, _LAST_START) + timedelta(days=_DAYS))
        if not timedelta(0) <= window.last - window.first <= timedelta(days=366):
            raise Problem("filter_invalid")
        found = []
        for portal in backend.office.catalogue.able(Booking):
            slots: list[Slot] = await backend.office.portals.call(portal, "slots", service, post, window)
            found += [
                SlotView(id=slot.id, portal=portal, post=slot.post, start=slot.start, end=slot.end) for slot in slots
            ]
        return Response(Page(data=found), headers={"Cache-Control": "no-store"})


def _known(portals: Portals, portal: str) -> str:
    """The portal, if it is one of ours: what callers invent must not become a label or a field of the record."""
    if not portals.knows(portal):
        raise Problem("not_found")
    return portal


def _proof(wanted: tuple[str, ...], principal: Principal, header: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for pair in _text(header).split(";")[:_PROOF_MEMBERS]:
        name, _, value = pair.partition("=")
        given[name.strip()] = value.strip().strip('"')
    verified = {
        "email": principal.claims.email,
        "cnie": principal.claims.cnie,
        "owner_id": principal.claims.cnie,  # of a person; a company's is typed
        "name": principal.claims.name,
    }
    proof = {name: given.get(name) or verified.get(name, "") for name in wanted}
    missing = [name for name, value in proof.items() if not value]
    if missing:
        raise Problem("tracking_proof_missing", params={"members": ", ".join(missing)})
    return proof


def _text(header: str) -> str:
    """What a header says beyond ASCII: UTF-8 from nearly everybody, though servers read it as Latin-1 (RFC 9110 section
    5.5). A name may be a proof."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
