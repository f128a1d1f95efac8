"""`/v1/posts` and `/v1/slots`: the posts that give appointments, and their free slots."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.appointments.shapes import PostView, SlotView
from gateway.api.http.access import Call, entry_of, language_of
from gateway.api.http.cursor import Cursor, part
from gateway.api.http.described import ASKS_PORTAL
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.views import Presentation
from gateway.cases import slot_ids
from gateway.cases.commands.find_appointments import FindAppointments

LARGEST_PAGE: Final = 500
USUAL_PAGE: Final = 100

_Service = Annotated[str, QueryParameter(max_length=100, description="Id of a service of the catalogue.")]


class PostsController(Controller):
    path = "/v1"
    tags = ("Appointments",)

    @get(
        "/posts",
        operation_id="listPosts",
        summary="Posts that give appointments for a service",
        problems=("service_not_found", "capability_missing", "cursor_invalid", *ASKS_PORTAL),
        description="As the booking portal has them now. Without `service`: the posts of every portal that gives any. "
        "The operator and agencies may list them, too: indicators name posts by `id`.",
        rule=RouteRule(
            scope=("cases:read", "operate"),
            portal=True,
            operation="posts.list",
            rate="expensive",
            purpose="appointment",
            agents=Agents.WITHOUT_MANDATE,
            compress=True,
        ),
    )
    async def posts(
        self,
        request: Call,
        find_appointments: NamedDependency[FindAppointments],
        presentation: NamedDependency[Presentation],
        service: _Service = "",
        post: Annotated[str, QueryParameter(max_length=100, description="Only this one.")] = "",
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 100,
    ) -> Response[Page[PostView]]:
        views = presentation.views(language_of(request))
        posts = await find_appointments.posts(entry_of(request), service, post)
        found = [views.post(portal, each, service) for portal, each in posts]
        headers = {"Content-Language": views.language, "Cache-Control": "no-store"}
        return Response(part(found, cursor, limit), headers=headers)

    @get(
        "/slots",
        operation_id="listSlots",
        summary="Free slots of a post",
        problems=(
            *("service_not_found", "post_not_found", "filter_invalid", "cursor_invalid", "capability_missing"),
            *ASKS_PORTAL,
        ),
        description="As the booking portal has them now, earliest first; times are the post's own. "
        "`from` and `to` are days there, at most a year apart; `to` is four weeks later by default. The next page "
        "begins after the last slot of the one before, whatever was booked meanwhile.",
        rule=RouteRule(
            scope="cases:read",
            operation="slots.list",
            rate="expensive",
            purpose="appointment",
            agents=Agents.WITHOUT_MANDATE,
            compress=True,
        ),
    )
    async def slots(
        self,
        request: Call,
        find_appointments: NamedDependency[FindAppointments],
        service: _Service,
        post: Annotated[str, QueryParameter(max_length=100)],
        first: Annotated[date | None, QueryParameter(name="from")] = None,
        last: Annotated[date | None, QueryParameter(name="to")] = None,
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = USUAL_PAGE,
    ) -> Response[Page[SlotView]]:
        free = await find_appointments.slots(
            entry_of(request), service, post, first=first, last=last, cursor=cursor, limit=limit
        )
        found = [
            SlotView(
                id=slot_ids.encode(free.portal, slot),
                portal=free.portal,
                post=slot.post,
                starts_at=slot.start,
                ends_at=slot.end,
                timezone=free.post.timezone,
            )
            for slot in free.slots
        ]
        page = Page(data=found, has_more=bool(free.following), next_cursor=free.following or None)
        return Response(page, headers={"Cache-Control": "no-store"})
