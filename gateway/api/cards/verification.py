"""What a verifier of cards needs: the issuer's keys, the status lists, and a page that works without a network. All of
it is public; reading it is not recorded."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from gateway.api.cards.card_page import render
from gateway.api.http.access import Call, language_of
from gateway.api.http.cursor import LARGEST
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.wellknown_shapes import CardIssuerView
from gateway.cards.store import CardStore
from gateway.i18n.messages import Messages
from gateway.settings import Settings

_EVERYWHERE: Final = {"Access-Control-Allow-Origin": "*"}
"""Pages of other sites, and files opened from a disk, may read it (draft-ietf-oauth-status-list, section 8.1)."""

_STATUS_LIST: Final = "application/statuslist+jwt"


class CardIssuerController(Controller):
    path = "/.well-known/jwt-vc-issuer"
    tags = ("Cards",)

    @get(
        "",
        operation_id="getCardIssuer",
        summary="The issuer of the cards, and its keys",
        description="As SD-JWT VC issuer metadata: a verifier of cards needs nothing else but the status list.",
        rule=RouteRule(scope=PUBLIC, operation="cards.issuer", rate="free"),
    )
    async def issuer(self, cards: NamedDependency[CardStore]) -> Response[CardIssuerView]:
        headers = {"Cache-Control": "public, max-age=300", **_EVERYWHERE}
        return Response(msgspec.convert(cards.issuer.metadata(), CardIssuerView), headers=headers)


class CardVerificationController(Controller):
    path = "/cards"
    tags = ("Cards",)

    @get(
        "/status/{number:int}",
        operation_id="getCardStatusList",
        summary="Which cards are revoked (Token Status List)",
        description="As a verifier fetches it; it may be kept as long as `Cache-Control` says.",
        problems=("not_found",),
        rule=RouteRule(scope=PUBLIC, operation="cards.status", rate="free"),
        responses={
            200: ResponseSpec(
                data_container=str, description="The signed list", media_type=_STATUS_LIST, generate_examples=False
            )
        },
    )
    async def status(
        self, number: FromPath[int], cards: NamedDependency[CardStore], settings: NamedDependency[Settings]
    ) -> Response[str]:
        found = await cards.status_list(number) if 0 <= number <= LARGEST else None
        if found is None:
            raise Problem("not_found")
        fresh = settings.cards.list_refresh_seconds
        return Response(
            found,
            media_type=_STATUS_LIST,
            headers={"Cache-Control": f"public, max-age={fresh}", **_EVERYWHERE},
        )

    @get("/verify", rule=RouteRule(scope=PUBLIC, operation="cards.page"), include_in_schema=False)
    async def page(
        self,
        request: Call,
        cards: NamedDependency[CardStore],
        messages: NamedDependency[Messages],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        return render(
            messages,
            settings.languages,
            language_of(request),
            issuer=cards.issuer.metadata(),
            lists=await cards.status_lists(),
        )
