"""`/v1/tracking`: where something stands that was not filed here, and the posts that give appointments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.params import HeaderParameter, Parameter

from gateway.api.access import Call, backend_of, decided, entry_of, language_of, principal_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, PostView, SlotView, TrackingView
from gateway.api.views import Views
from gateway.auth import policy
from gateway.auth.principal import Principal
from gateway.cases.appointments import Counter, zone_of
from gateway.cases.portals import Portals
from gateway.connectors.contract import Progress, Tracking, Window

_PROOF_MEMBERS: Final = 8
_DAYS: Final = 28
_Service = Annotated[str, Parameter(max_length=100, description="Id of a service of the catalogue.")]
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
        opt={"scope": "tracking:read", "operation": "tracking.read", "purpose": "tracking", "agents": "mandate"},
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
        with decided(entry):
            policy.within(principal_of(request), name=portal)
        proof = _proof(connector.tracking_proof, principal_of(request), tracking_proof or "")
        budget = backend.settings.server.call_seconds
        progress: Progress = await portals.call(portal, "track", reference, budget=budget, **proof)
        views = Views(backend, language_of(request))
        headers = {
            "Cache-Control": "private, max-age=10",
            "Content-Language": views.language,
            "Vary": "Accept-Language, Authorization, Mandate, Tracking-Proof",
        }
        return Response(views.tracking(portal, progress), headers=headers)


class PostsController(Controller):
    path = "/v1"
    tags = ("Appointments",)

    @get(
        "/posts",
        operation_id="listPosts",
        summary="Posts that give appointments for a service",
        description="As the booking portal has them now. Without `service`: the posts of every portal that gives any.",
        opt={"scope": "cases:read", "operation": "posts.list", "purpose": "appointment", "agents": "free"},
    )
    async def posts(self, request: Call, service: _Service = "") -> Response[Page[PostView]]:
        backend = backend_of(request)
        views = Views(backend, language_of(request))
        desk, budget = backend.office.appointments, backend.settings.server.call_seconds
        counters = [_counter(request, service)] if service else desk.all(backend.office.catalogue)
        found = [views.post(counter.portal, post) for counter in counters for post in await desk.posts(counter, budget)]
        return Response(Page(data=found), headers={"Content-Language": views.language, "Cache-Control": "no-store"})

    @get(
        "/slots",
        operation_id="listSlots",
        summary="Free slots of a post",
        description="As the booking portal has them now, earliest first; times are the post's own. "
        "`from` and `to` are days there, at most a year apart; `to` is four weeks later by default.",
        opt={"scope": "cases:read", "operation": "slots.list", "purpose": "appointment", "agents": "free"},
    )
    async def slots(
        self,
        request: Call,
        service: _Service,
        post: Annotated[str, Parameter(max_length=100)],
        first: Annotated[date | None, Parameter(query="from")] = None,
        last: Annotated[date | None, Parameter(query="to")] = None,
    ) -> Response[Page[SlotView]]:
        backend = backend_of(request)
        desk, budget = backend.office.appointments, backend.settings.server.call_seconds
        counter = _counter(request, service)
        place = next((each for each in await desk.posts(counter, budget) if each.id == post), None)
        if place is None:
            raise Problem("post_not_found")
        start = first or datetime.now(zone_of(place)).date()
        window = Window(first=start, last=last or min(start, _LAST_START) + timedelta(days=_DAYS))
        if not timedelta(0) <= window.last - window.first <= timedelta(days=366):
            raise Problem("filter_invalid")
        found = [
            SlotView(
                id=slot.id,
                portal=counter.portal,
                post=slot.post,
                start=slot.start,
                end=slot.end,
                timezone=place.timezone,
            )
            for slot in await desk.slots(counter, place, window, budget)
        ]
        return Response(Page(data=found), headers={"Cache-Control": "no-store"})


def _counter(request: Call, service_id: str) -> Counter:
    """Who gives appointments for the service."""
    backend = backend_of(request)
    service = backend.office.catalogue.service(service_id)
    if service is None:
        raise Problem("service_not_found")
    counter = backend.office.appointments.counter(service)
    if counter is None:
        raise Problem("capability_missing", portal=service.plugin)
    entry_of(request).service, entry_of(request).portal = service.id, counter.portal
    return counter


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
