"""`/v1/me`: who the caller is here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast, get_args

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.me.shapes import MandateSummary, MeView, ProfileView
from gateway.auth.clients import Clients
from gateway.auth.principal import Identity
from gateway.auth.scopes import Scope, portal_of
from gateway.cases.commands.read_me import ReadMe
from gateway.settings import Settings

ANY: Final[tuple[Scope, ...]] = get_args(Scope)


class MeController(Controller):
    path = "/v1/me"
    tags = ("Me",)

    @get(
        "",
        operation_id="getMe",
        summary="Who I am here",
        description="What the token of the call says and what the gateway knows beside it. An agent is asked for no "
        "mandate: the answer is about the agent.",
        rule=RouteRule(scope=ANY, operation="me.read", purpose="right-of-access", agents=Agents.WITHOUT_MANDATE),
    )
    async def me(
        self,
        request: Call,
        read_me: NamedDependency[ReadMe],
        clients: NamedDependency[Clients],
        settings: NamedDependency[Settings],
    ) -> Response[MeView]:
        found = await read_me.run(caller_of(request))
        principal = found.principal
        mandates = found.mandates
        view = MeView(
            kind=principal.kind,
            client=principal.client_id,
            client_name=_name(clients, principal.client_id),
            assurance=principal.acr or None,
            scopes=cast("list[Scope]", sorted(each for each in principal.scopes if not portal_of(each))),
            posts=sorted(principal.posts),
            portals=sorted(principal.portals),
            token_expires_at=datetime.fromtimestamp(principal.expires_at, UTC),
            languages=list(settings.languages),
            language=found.language or None,
            profile=_profile(found.profile) if found.profile is not None else None,
            mandates=None
            if mandates is None
            else [
                MandateSummary(
                    id=each.id,
                    state="held" if each.taken_at is not None else "given",
                    agent=each.client,
                    agent_name=_name(clients, each.client),
                    expires_at=each.expires_at,
                )
                for each in mandates
            ],
        )
        headers = {"Cache-Control": "private, no-store", "Content-Language": language_of(request)}
        return Response(view, headers=headers)


def _name(clients: Clients, id: str) -> str:
    known = clients.get(id)
    return known.name if known else id


def _profile(claims: Identity) -> ProfileView:
    return ProfileView(**{name: getattr(claims, name) or None for name in ProfileView.__struct_fields__})
