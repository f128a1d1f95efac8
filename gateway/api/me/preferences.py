"""`/v1/me/preferences`: how the person wants to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar import Controller, Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.response_headers import ETAG
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.writes import Key, answered, etag, stored, write_request
from gateway.api.me.shapes import ChannelRequest, ChannelView, PreferencesRequest, PreferencesView, QuietHoursShape
from gateway.auth.preferences import Channel, KeptPreferences, Preferences, QuietHours
from gateway.cases.commands.update_preferences import ReadPreferences, UpdatePreferences
from gateway.cases.idempotency import StoredResponse

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
        "changed meanwhile.",
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


@dataclass(frozen=True, slots=True)
class _PreferencesPresenter:
    language: str

    def changed(self, kept: KeptPreferences) -> StoredResponse:
        return stored(200, _view(kept), self.language, {"ETag": etag(kept)})


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
    return ChannelView(consent=channel.consent, address=channel.address or None, consented_at=channel.consented_at)
