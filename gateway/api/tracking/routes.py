"""`/v1/tracking`: where something stands that was not filed here."""

from __future__ import annotations

import re
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter

from gateway.api.http.access import Admission, Call, caller_of, entry_of, is_anybody, language_of
from gateway.api.http.addresses import site
from gateway.api.http.described import ASKS_PORTAL
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.tracking.shapes import TrackingView
from gateway.api.views import Presentation
from gateway.cases.commands.track_reference import TrackReference
from gateway.settings import Settings

_PROOF_MEMBERS: Final = 8
_MEMBER: Final = re.compile(r'([^=;]+)=\s*(?:"([^"]*)"|([^;]*))')


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
            "tracking_number_not_arrived",
            "capability_missing",
            "not_found",
            *ASKS_PORTAL,
        ),
        description="One's own demand that was filed here needs nothing but the token. For others some portals ask for "
        "a proof besides the reference. It is taken from the token's verified claims, and what the header says beside "
        "them is left out; members that no claim tells are sent in the header `Tracking-Proof`, never in the address. "
        "Wrong proofs are counted, for the caller and for the reference: 429 with `Retry-After`. The owner of a demand "
        "that was filed here sees the attempts. Without a token anybody may track by number and proof, "
        "`tracking.address_queries` times from one address.",
        rule=RouteRule(
            scope="tracking:read",
            operation="tracking.read",
            rate="expensive",
            purpose="tracking",
            agents=Agents.WITH_MANDATE,
            or_anybody=True,
        ),
    )
    async def track(
        self,
        request: Call,
        portal: FromPath[str],
        reference: FromPath[str],
        track_reference: NamedDependency[TrackReference],
        presentation: NamedDependency[Presentation],
        admission: NamedDependency[Admission],
        settings: NamedDependency[Settings],
        tracking_proof: Annotated[
            str | None,
            HeaderParameter(
                name="Tracking-Proof",
                required=False,
                max_length=1000,
                description="`name=value`, several of them separated by `; `, in UTF-8; a value that holds a semicolon "
                "stands in double quotes. Such as `last_name=El Fassi; first_name=Amina; birth_date=1988-03-14`; "
                "400 `tracking_proof_missing` names the members that the portal wants.",
            ),
        ] = None,
    ) -> Response[TrackingView]:
        typed = _typed(tracking_proof) if tracking_proof else {}
        if is_anybody(request) and not settings.tracking.public:
            await admission.admit(request, "tracking:read")
        if is_anybody(request):
            address = site(request.client.host) if request.client else ""
            progress = await track_reference.run_public(entry_of(request), address, portal, reference, typed)
        else:
            progress = await track_reference.run(caller_of(request), portal, reference, typed)
        views = presentation.views(language_of(request))
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Language": views.language,
            "Vary": "Accept-Language, Authorization, Mandate, Tracking-Proof",
        }
        return Response(views.tracking(portal, progress), headers=headers)


def _typed(header: str) -> dict[str, str]:
    """`email=amina@example.org; name="..."` by name."""
    members = list(_MEMBER.finditer(_text(header)))[:_PROOF_MEMBERS]
    return {each[1].strip(): each[2] if each[2] is not None else each[3].strip() for each in members}


def _text(header: str) -> str:
    """What a header says beyond ASCII: UTF-8 from nearly everybody, though servers read it as Latin-1 (RFC 9110 section
    5.5). A name may be a proof."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
