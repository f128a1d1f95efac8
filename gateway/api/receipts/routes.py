"""`/receipts/verify`: the page on which anybody checks a receipt. It is public; reading it is not recorded."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.http.access import Call, language_of
from gateway.api.http.published_keys import PublishedKeys
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.receipts.check_page import render
from gateway.i18n.messages import Messages
from gateway.settings import Settings


class ReceiptCheckController(Controller):
    path = "/receipts"
    include_in_schema = False

    @get("/verify", rule=RouteRule(scope=PUBLIC, operation="receipts.page", compress=True))
    async def page(
        self,
        request: Call,
        messages: NamedDependency[Messages],
        settings: NamedDependency[Settings],
        published_keys: NamedDependency[PublishedKeys],
        lang: Annotated[str, QueryParameter(max_length=8)] = "",
    ) -> Response[str]:
        language = lang if lang in settings.languages else language_of(request)
        return render(
            messages, settings.languages, language, issuer=settings.public_url, keys=published_keys.ring.jwks()
        )
