"""`/v1/cards`: the MRE Services card of the person who asks: have one issued, see it, show a part of it, revoke it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Final

import jwt
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.cards.shapes import CardRequest, CardView, HolderKey
from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.response_headers import LOCATION
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, stored, write_request
from gateway.api.views import Presentation, Views
from gateway.cards.model import DISCLOSABLE, Card
from gateway.cards.presentation import ImageType, image, present
from gateway.cards.store import CardStore
from gateway.cases.commands.card_access import CardAccess
from gateway.cases.commands.issue_card import IssueCard, IssuedCard
from gateway.cases.commands.revoke_card import RevokeCard
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import now

_IMAGES: Final[tuple[ImageType, ...]] = ("image/svg+xml", "image/png")
_ON_THE_QR_CODE: Final = ("name",)
"""What a QR code shows unless more is asked for: a guard compares the name, and the code stays small."""

Disclose = Annotated[
    str | None,
    QueryParameter(
        max_length=100,
        description="Which of `name`, `national_id_ending` and `birthdate` to show, with commas between; empty for "
        "none. Left out: all of them, on a QR code the name alone.",
    ),
]


class CardsController(Controller):
    path = "/v1/cards"
    tags = ("Cards",)

    @post(
        "",
        operation_id="createCard",
        summary="Have a card issued to me",
        description="It shows that its holder is entitled to the fast lane. With `holder_key` it is good only "
        "together with that key.",
        problems=("name_not_verified", "too_many_cards", "cards_quota_used", "identity_not_verified"),
        response_headers=(LOCATION,),
        rule=RouteRule(scope="cases:write", operation="cards.create", purpose="fast-lane-card"),
        status_code=201,
    )
    async def create_card(
        self,
        request: Call,
        data: JSONBody[CardRequest],
        issue_card: NamedDependency[IssueCard],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CardView]:
        present = _CardPresenter(presentation.views(language_of(request)))
        write = await write_request(request)
        return answered(await issue_card.run(write, _members(data.holder_key), present.issued))

    @get(
        "",
        operation_id="listCards",
        summary="List my cards",
        description="Those that are revoked or expired too, the newest first.",
        problems=("cursor_invalid",),
        rule=RouteRule(scope="cases:read", operation="cards.list", purpose="fast-lane-card"),
    )
    async def list_cards(
        self,
        request: Call,
        card_access: NamedDependency[CardAccess],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[CardView]]:
        views = presentation.views(language_of(request))
        found, following = await card_access.page(caller_of(request), before=cursor, limit=limit)
        cards = [views.card(card, now()) for card in found]
        page = Page(data=cards, has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{card_id:str}",
        operation_id="getCard",
        summary="One card, as JSON or as a QR code",
        description="With `Accept: image/svg+xml` or `image/png` as a QR code to show at a counter.",
        problems=("card_not_found", "not_acceptable", "erased"),
        rule=RouteRule(scope="cases:read", operation="cards.read", purpose="fast-lane-card"),
        responses={
            200: ResponseSpec(data_container=CardView, description="The card", generate_examples=False),
        },
    )
    async def get_card(
        self,
        request: Call,
        card_id: FromPath[str],
        card_access: NamedDependency[CardAccess],
        cards: NamedDependency[CardStore],
        presentation: NamedDependency[Presentation],
        disclose: Disclose = None,
    ) -> Response[Any]:
        card = await card_access.find_to_show(caller_of(request), card_id)
        wanted = request.accept.best_match(["application/json", *_IMAGES])
        if wanted is None:
            raise Problem("not_acceptable")
        text, language = await cards.whole(card), language_of(request)
        headers = _private(language)
        if wanted in _IMAGES:
            shown = present(text, _shown(disclose, _ON_THE_QR_CODE))
            kind = next(each for each in _IMAGES if each == wanted)
            drawn = await asyncio.to_thread(image, shown, kind)  # some 100 ms
            return Response(drawn, media_type=wanted, headers={**headers, **_ALONE})
        view = presentation.views(language).card(card, now(), present(text, _shown(disclose, DISCLOSABLE)))
        return Response(view, headers=headers)

    @post(
        "/{card_id:str}/revoke",
        operation_id="revokeCard",
        summary="Revoke a card for good",
        problems=("card_not_found",),
        description="By its holder, or by an operator (lost, misused).",
        rule=RouteRule(scope=("cases:write", "operate"), operation="cards.revoke", purpose="card-revocation"),
        status_code=200,
    )
    async def revoke(
        self,
        request: Call,
        card_id: FromPath[str],
        revoke_card: NamedDependency[RevokeCard],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CardView]:
        present = _CardPresenter(presentation.views(language_of(request)))
        return answered(await revoke_card.run(await write_request(request), card_id, present.revoked))


@dataclass(frozen=True, slots=True)
class _CardPresenter:
    views: Views

    def issued(self, issued: IssuedCard) -> StoredResponse:
        view = self.views.card(issued.card, now(), issued.text)
        return stored(201, view, self.views.language, {"Location": f"/v1/cards/{issued.card.id}"})

    def revoked(self, card: Card) -> StoredResponse:
        return stored(200, self.views.card(card, now()), self.views.language)


_ALONE: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""An image that is opened as a page does nothing."""


def _private(language: str) -> dict[str, str]:
    return {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept, Accept-Language, Authorization"}


def _shown(disclose: str | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    if disclose is None:
        return otherwise
    names = tuple(name.strip() for name in disclose.split(",") if name.strip())
    if not set(names) <= set(DISCLOSABLE):
        raise Problem("invalid_request", errors=[FieldError("/?disclose", "invalid")])
    return names


def _members(key: HolderKey | None) -> dict[str, str] | None:
    """What a public key needs to have (RFC 7638), if it is one: a point of its curve."""
    if key is None:
        return None
    members = {"kty": key.kty, "crv": key.crv, "x": key.x} | ({"y": key.y} if key.y else {})
    try:
        if (key.kty == "EC") != (key.crv == "P-256") or (key.kty == "EC") != bool(key.y):
            raise ValueError(key.crv)
        jwt.PyJWK(members, algorithm="ES256" if key.kty == "EC" else "EdDSA")
    except (jwt.PyJWTError, ValueError) as error:
        raise Problem("invalid_request", errors=[FieldError("/holder_key", "invalid")]) from error
    return members
