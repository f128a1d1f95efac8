"""`/v1/cards`: the MRE Services card of the person who asks: have one issued, see it, show a part of it, revoke it."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Final

import jwt
from litestar import Controller, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from gateway.api.access import Call, allow, backend_of, decided, entry_of, language_of, principal_of
from gateway.api.attempts import told_to
from gateway.api.cursor import Cursor
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import CardRequest, CardView, HolderKey, Page
from gateway.api.views import Views
from gateway.api.writes import Key, Write, write
from gateway.auth import policy
from gateway.auth.principal import Principal
from gateway.cards.model import DISCLOSABLE, Card, holder_claims
from gateway.cards.presentation import ImageType, image, present
from gateway.cards.store import TooManyCards
from gateway.cases.idempotency import Answer
from gateway.cases.model import now

ACR: Final = "substantial"
"""How surely the person must be known for a card to speak of them."""

_ID: Final = re.compile("card_[0-9a-z]{26}")
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
        opt={"scope": "cases:write", "operation": "cards.create", "purpose": "fast-lane-card"},
        status_code=201,
    )
    async def create_card(
        self, request: Call, data: JSONBody[CardRequest], idempotency_key: Key = None
    ) -> Response[CardView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        _person(principal)
        with decided(entry):
            allow(entry, policy.require_acr(principal, ACR))
        if not principal.claims.name:
            raise Problem("name_not_verified")
        known = principal.claims
        holder = holder_claims(name=known.name, national_id=known.cnie, birthdate=known.birthdate)
        key = _checked(data.holder_key)

        def issue(tx: Connection, write: Write) -> Answer:
            backend.quotas.issue_card(tx, subject=principal.pseudonym)
            card, text = backend.cards.issue(
                tx, client=principal.client_id, subject=principal.pseudonym, holder=holder, holder_key=key
            )
            view = Views(backend, language_of(request)).card(card, now(), text)
            return write.finish(tx, 201, view, {"Location": f"/v1/cards/{card.id}"})

        async def work(write: Write) -> Answer:
            try:
                return await write.commit(lambda tx: issue(tx, write))
            except TooManyCards as error:
                most = backend.settings.cards.per_person
                raise Problem("too_many_cards", params={"most": most}) from error

        return await write(request, work, at_once=True)

    @get(
        "",
        operation_id="listCards",
        summary="List my cards",
        opt={"scope": "cases:read", "operation": "cards.list", "purpose": "fast-lane-card"},
    )
    async def list_cards(
        self, request: Call, cursor: Cursor = "", limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20
    ) -> Response[Page[CardView]]:
        principal, views = _person(principal_of(request)), Views(backend_of(request), language_of(request))
        if cursor and _ID.fullmatch(cursor) is None:
            raise Problem("cursor_invalid")
        found, following = await backend_of(request).cards.page(principal.pseudonym, before=cursor, limit=limit)
        cards = [views.card(card, now()) for card in found]
        page = Page(data=cards, has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{card_id:str}",
        operation_id="getCard",
        summary="One card, as JSON or as a QR code",
        opt={"scope": "cases:read", "operation": "cards.read", "purpose": "fast-lane-card"},
        responses={
            200: ResponseSpec(data_container=CardView, description="The card", generate_examples=False),
        },
    )
    async def get_card(self, request: Call, card_id: FromPath[str], disclose: Disclose = None) -> Response[Any]:
        backend = backend_of(request)
        card = await _mine(request, card_id)
        with decided(entry_of(request)):
            policy.require_acr(principal_of(request), ACR)
        wanted = request.accept.best_match(["application/json", *_IMAGES])
        if wanted is None:
            raise Problem("not_acceptable")
        text = await backend.cards.whole(card)
        headers = _private(language_of(request))
        if wanted in _IMAGES:
            shown = present(text, _shown(disclose, _ON_THE_QR_CODE))
            kind = next(each for each in _IMAGES if each == wanted)
            drawn = await asyncio.to_thread(image, shown, kind)  # some 100 ms
            return Response(drawn, media_type=wanted, headers={**headers, **_ALONE})
        view = Views(backend, language_of(request)).card(card, now(), present(text, _shown(disclose, DISCLOSABLE)))
        return Response(view, headers=headers)

    @post(
        "/{card_id:str}/revoke",
        operation_id="revokeCard",
        summary="Revoke a card for good",
        description="By its holder, or by an operator (lost, misused).",
        opt={"scope": ("cases:write", "operate"), "operation": "cards.revoke", "purpose": "card-revocation"},
        status_code=200,
    )
    async def revoke(self, request: Call, card_id: FromPath[str], idempotency_key: Key = None) -> Response[CardView]:
        backend = backend_of(request)
        await _mine(request, card_id, operators=True)

        def revoke(tx: Connection, write: Write) -> Answer:
            card = backend.cards.revoke(tx, card_id)
            return write.finish(tx, 200, Views(backend, language_of(request)).card(card, now()))

        return await write(request, lambda held: held.commit(lambda tx: revoke(tx, held)), at_once=True)


_ALONE: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""An image that is opened as a page does nothing."""


def _private(language: str) -> dict[str, str]:
    return {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept, Accept-Language, Authorization"}


def _person(principal: Principal) -> Principal:
    """A card is a person's: an application that acts for nobody has none."""
    if not principal.pseudonym:
        raise Problem("principal_not_allowed")
    return principal


async def _mine(request: Call, card_id: str, *, operators: bool = False) -> Card:
    """The card, if it is the caller's, or the caller an operator where that is enough; otherwise `card_not_found`."""
    backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
    card = await backend.cards.get(card_id)
    if card is None:
        raise Problem("card_not_found")
    if operators and principal.kind == "operator":
        entry.subject = card.subject  # it is the holder's ledger that has to show it
        allow(entry, policy.require_scope(principal, "operate"))
        return card
    with decided(entry, not_found="card_not_found"):
        async with told_to(card.subject, backend, entry, principal):
            allow(entry, policy.owns(principal, case_client=card.client, case_subject=card.subject))
    return card


def _shown(disclose: str | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    if disclose is None:
        return otherwise
    names = tuple(name.strip() for name in disclose.split(",") if name.strip())
    if not set(names) <= set(DISCLOSABLE):
        raise Problem("invalid_request", errors=[FieldError("/?disclose", "invalid")])
    return names


def _checked(key: HolderKey | None) -> dict[str, str] | None:
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
