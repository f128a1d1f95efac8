"""`/v1/posts` and `/v1/slots`: the posts that give appointments, and their free slots."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.appointments.shapes import PostView, SlotView
from gateway.api.http.access import Call, entry_of, language_of
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.views import Presentation
from gateway.cases.commands.find_appointments import FindAppointments

_Service = Annotated[str, QueryParameter(max_length=100, description="Id of a service of the catalogue.")]


class PostsController(Controller):
    path = "/v1"
    tags = ("Appointments",)

    @get(
        "/posts",
        operation_id="listPosts",
        summary="Posts that give appointments for a service",
        description="As the booking portal has them now. Without `service`: the posts of every portal that gives any.",
        rule=RouteRule(
            scope="cases:read", operation="posts.list", purpose="appointment", agents=Agents.WITHOUT_MANDATE
        ),
    )
    async def posts(
        self,
        request: Call,
        find_appointments: NamedDependency[FindAppointments],
        presentation: NamedDependency[Presentation],
        service: _Service = "",
    ) -> Response[Page[PostView]]:
        views = presentation.views(language_of(request))
        found = [views.post(portal, post) for portal, post in await find_appointments.posts(entry_of(request), service)]
        return Response(Page(data=found), headers={"Content-Language": views.language, "Cache-Control": "no-store"})

    @get(
        "/slots",
        operation_id="listSlots",
        summary="Free slots of a post",
        description="As the booking portal has them now, earliest first; times are the post's own. "
        "`from` and `to` are days there, at most a year apart; `to` is four weeks later by default.",
        rule=RouteRule(
            scope="cases:read", operation="slots.list", purpose="appointment", agents=Agents.WITHOUT_MANDATE
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
    ) -> Response[Page[SlotView]]:
        free = await find_appointments.slots(entry_of(request), service, post, first=first, last=last)
        found = [
            SlotView(
                id=slot.id,
                portal=free.portal,
                post=slot.post,
                start=slot.start,
                end=slot.end,
                timezone=free.post.timezone,
            )
            for slot in free.slots
        ]
        return Response(Page(data=found), headers={"Cache-Control": "no-store"})
