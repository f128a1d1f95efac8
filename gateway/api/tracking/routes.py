"""`/v1/tracking`: where something stands that was not filed here."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.described import ASKS_PORTAL
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.tracking.shapes import TrackingView
from gateway.api.views import Presentation
from gateway.cases.commands.track_reference import TrackReference

_PROOF_MEMBERS: Final = 8


class TrackingController(Controller):
    path = "/v1/tracking"
    tags = ("Tracking",)

    @get(
        "/{portal:str}/{reference:str}",
        operation_id="track",
        summary="Where a parcel or a demand stands",
        problems=(
            "tracking_proof_missing",
            "tracking_tries_used",
            "tracking_number_invalid",
            "tracking_number_unknown",
            "capability_missing",
            "not_found",
            *ASKS_PORTAL,
        ),
        description="Some portals ask for a proof besides the reference. It is taken from the token's verified claims, "
        "and what the header says beside them is left out; a member that no claim tells is sent as "
        "`Tracking-Proof: email=amina@example.org`, never in the address. Wrong proofs are counted, for the caller and "
        "for the reference: 429 with `Retry-After`. The owner of a demand that was filed here sees the attempts.",
        rule=RouteRule(
            scope="tracking:read", operation="tracking.read", purpose="tracking", agents=Agents.WITH_MANDATE
        ),
    )
    async def track(
        self,
        request: Call,
        portal: FromPath[str],
        reference: FromPath[str],
        track_reference: NamedDependency[TrackReference],
        presentation: NamedDependency[Presentation],
        tracking_proof: Annotated[
            str | None, HeaderParameter(name="Tracking-Proof", required=False, max_length=1000)
        ] = None,
    ) -> Response[TrackingView]:
        progress = await track_reference.run(caller_of(request), portal, reference, _typed(tracking_proof or ""))
        views = presentation.views(language_of(request))
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Language": views.language,
            "Vary": "Accept-Language, Authorization, Mandate, Tracking-Proof",
        }
        return Response(views.tracking(portal, progress), headers=headers)


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
