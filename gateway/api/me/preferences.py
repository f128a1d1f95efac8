"""`/v1/me/preferences`: how the person wants to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.response_headers import ETAG
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.writes import Key, answered, etag, stored, write_request
from gateway.api.me.shapes import (
    AddressCodeRequest,
    AddressVerificationRequest,
    ChannelRequest,
    ChannelView,
    PreferencesRequest,
    PreferencesView,
    QuietHoursShape,
)
from gateway.auth.preferences import Channel, KeptPreferences, Preferences, QuietHours
from gateway.cases.commands.update_preferences import ReadPreferences, UpdatePreferences
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import now
from gateway.notifications.commands.send_address_code import SendAddressCode
from gateway.notifications.commands.verify_address import VerifyAddress

PURPOSE: Final = "notifications"


class PreferencesController(Controller):
    path = "/v1/me/preferences"
    tags = ("Me",)

    @get(
        "",
        operation_id="getMyPreferences",
        summary="How I want to be told",
        response_headers=(ETAG,),
        description="Who has said nothing has agreed to nothing: no channel has `consent`.",
        rule=RouteRule(scope="cases:read", operation="me.preferences", purpose=PURPOSE),
    )
    async def preferences(
        self, request: Call, read_preferences: NamedDependency[ReadPreferences]
    ) -> Response[PreferencesView]:
        kept = await read_preferences.run(caller_of(request))
        headers = {"ETag": etag(kept), "Cache-Control": "private, no-store"}
        return Response(_view(kept), headers=headers)

    @put(
        "",
        operation_id="updateMyPreferences",
        summary="Say how I want to be told",
        problems=("precondition_failed", "form_invalid"),
        response_headers=(ETAG,),
        description="Replaces all of them. `If-Match` with the `ETag` that was read refuses to overwrite what was "
        "changed meanwhile. Another address is `unverified`, and told nothing, until it has shown that it is the "
        "person's (`/v1/me/preferences/code`), unless the identity provider states it as verified.",
        rule=RouteRule(scope="cases:write", operation="me.preferences.update", purpose=PURPOSE),
    )
    async def update(
        self,
        request: Call,
        data: JSONBody[PreferencesRequest],
        update_preferences: NamedDependency[UpdatePreferences],
        idempotency_key: Key = None,
    ) -> Response[PreferencesView]:
        given, language = _given(data), language_of(request)
        present = _PreferencesPresenter(language)
        return answered(await update_preferences.run(await write_request(request), given, language, present.changed))

    @post(
        "/code",
        operation_id="sendAddressCode",
        summary="Send a code to an unverified address",
        problems=("channel_not_offered", "address_not_unverified", "address_codes_used", "precondition_failed"),
        response_headers=(ETAG,),
        description="Six digits, good for ten minutes and five tries; one that was sent before is good no more. "
        "Limited per person and per address. What became of the message is in `/v1/me/messages`.",
        rule=RouteRule(scope="cases:write", operation="me.preferences.code", purpose=PURPOSE),
        status_code=202,
    )
    async def send_code(
        self,
        request: Call,
        data: JSONBody[AddressCodeRequest],
        send_address_code: NamedDependency[SendAddressCode],
        idempotency_key: Key = None,
    ) -> Response[PreferencesView]:
        language = language_of(request)
        present = _PreferencesPresenter(language)
        write = await write_request(request)
        return answered(await send_address_code.run(write, data.channel, language, present.code_sent))

    @post(
        "/verify",
        operation_id="verifyAddress",
        summary="Give back the code that was sent to an address",
        problems=("address_code_wrong", "address_code_not_awaited"),
        response_headers=(ETAG,),
        description="The address is `verified` from then on, until another one is stored.",
        rule=RouteRule(scope="cases:write", operation="me.preferences.verify", purpose=PURPOSE, secret_body=True),
        status_code=200,
    )
    async def verify(
        self,
        request: Call,
        data: JSONBody[AddressVerificationRequest],
        verify_address: NamedDependency[VerifyAddress],
        idempotency_key: Key = None,
    ) -> Response[PreferencesView]:
        present = _PreferencesPresenter(language_of(request))
        write = await write_request(request)
        return answered(await verify_address.run(write, data.channel, data.code, present.changed))


@dataclass(frozen=True, slots=True)
class _PreferencesPresenter:
    language: str

    def changed(self, kept: KeptPreferences) -> StoredResponse:
        return stored(200, _view(kept), self.language, {"ETag": etag(kept)})

    def code_sent(self, kept: KeptPreferences) -> StoredResponse:
        return stored(202, _view(kept), self.language, {"ETag": etag(kept)})


def _given(data: PreferencesRequest) -> Preferences:
    quiet = data.quiet_hours
    return Preferences(
        language=data.language or "",
        email=_channel(data.email),
        sms=_channel(data.sms),
        details=data.details,
        quiet_hours=QuietHours(start=quiet.start, end=quiet.end, timezone=quiet.timezone) if quiet else None,
    )


def _channel(data: ChannelRequest) -> Channel:
    return Channel(consent=data.consent, address=data.address or "")


def _view(kept: KeptPreferences) -> PreferencesView:
    found = kept.preferences
    quiet = found.quiet_hours
    return PreferencesView(
        language=found.language or None,
        email=_channel_view(found.email),
        sms=_channel_view(found.sms),
        details=found.details,
        quiet_hours=QuietHoursShape(start=quiet.start, end=quiet.end, timezone=quiet.timezone) if quiet else None,
        updated_at=kept.updated_at,
    )


def _channel_view(channel: Channel) -> ChannelView:
    sent_to = channel.verified_address
    return ChannelView(
        consent=channel.consent,
        address=channel.address or None,
        consented_at=channel.consented_at,
        state="verified" if sent_to else "unverified" if channel.address else None,
        sent_to=sent_to or None,
        verified_at=channel.verified_at,
        code_expires_at=channel.code.expires_at if channel.code and channel.code.good_at(now()) else None,
    )
