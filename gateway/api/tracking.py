"""`/v1/tracking`: where something stands that was not filed here, and the posts that give appointments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.params import FromPath, HeaderParameter, QueryParameter

from gateway.api.access import Call, backend_of, decided, entry_of, language_of, principal_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, PostView, SlotView, TrackingView
from gateway.api.views import Views
from gateway.auth import policy
from gateway.cases.appointments import Counter, zone_of
from gateway.cases.portals import Portals
from gateway.cases.tracking import RULE, ProofMissing, ProofTracking, TriesUsed
from gateway.connectors.contract import Tracking, Window

_PROOF_MEMBERS: Final = 8
_DAYS: Final = 28
_Service = Annotated[str, QueryParameter(max_length=100, description="Id of a service of the catalogue.")]
_LAST_START: Final = date.max - timedelta(days=_DAYS)


class TrackingController(Controller):
    path = "/v1/tracking"
    tags = ("Tracking",)

    @get(
        "/{portal:str}/{reference:str}",
        operation_id="track",
        summary="Where a parcel or a demand stands",
        description="Some portals ask for a proof besides the reference. It is taken from the token's verified claims, "
        "and what the header says beside them is left out; a member that no claim tells is sent as "
        "`Tracking-Proof: email=amina@example.org`, never in the address. Wrong proofs are counted, for the caller and "
        "for the reference: 429 with `Retry-After`. The owner of a demand that was filed here sees the attempts.",
        opt={"scope": "tracking:read", "operation": "tracking.read", "purpose": "tracking", "agents": "mandate"},
    )
    async def track(
        self,
        request: Call,
        portal: FromPath[str],
        reference: FromPath[str],
        tracking_proof: Annotated[
            str | None, HeaderParameter(name="Tracking-Proof", required=False, max_length=1000)
        ] = None,
    ) -> Response[TrackingView]:
        backend, entry = backend_of(request), entry_of(request)
        portals = backend.office.portals
        entry.portal = _known(portals, portal)
        if not portals.has(portal, Tracking):
            raise Problem("capability_missing", portal=portal)
        with decided(entry):
            policy.within(principal_of(request), name=portal)
        asked = ProofTracking(backend.storage, portals, backend.audit, backend.settings.tracking)
        try:
            progress = await asked.track(
                portal,
                reference,
                _typed(tracking_proof or ""),
                principal=principal_of(request),
                entry=entry,
                budget=backend.settings.server.call_seconds,
            )
        except ProofMissing as error:
            raise Problem("tracking_proof_missing", params={"members": ", ".join(error.members)}) from None
        except TriesUsed as error:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
            entry.rule, entry.reason = RULE, "too_many_tries"
            raise Problem("tracking_tries_used", retry_after=error.retry_after) from None
        views = Views(backend, language_of(request))
        headers = {
            "Cache-Control": "private, no-store",
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
        post: Annotated[str, QueryParameter(max_length=100)],
        first: Annotated[date | None, QueryParameter(name="from")] = None,
        last: Annotated[date | None, QueryParameter(name="to")] = None,
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


def _typed(header: str) -> dict[str, str]:
    """`email=amina@example.org; name="..."` by name."""
    given: dict[str, str] = {}
    for pair in _text(header).split(";")[:_PROOF_MEMBERS]:
        name, _, value = pair.partition("=")
        given[name.strip()] = value.strip().strip('"')
    return given


def _text(header: str) -> str:
    """What a header says beyond ASCII: UTF-8 from nearly everybody, though servers read it as Latin-1 (RFC 9110 section
    5.5). A name may be a proof."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
