"""What a caller sends and gets about herself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.api.http.shapes import Request, Shape
from gateway.auth.scopes import Scope


class ProfileView(Shape, kw_only=True):
    """What the identity provider vouches for. Null: it says nothing of it, or says that it is not verified."""

    cnie: str | None = None
    name: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    family_name_ar: Annotated[str | None, Meta(description="In Arabic letters, as is the next.")] = None
    given_name_ar: str | None = None
    birthdate: Annotated[
        str | None, Meta(description="YYYY-MM-DD, YYYY-MM or YYYY; 0000-MM-DD where the year is not told.")
    ] = None
    email: str | None = None
    phone: str | None = None


class MandateSummary(Shape, kw_only=True):
    """A mandate that is good now."""

    id: str
    state: Literal["given", "held"]
    agent: Annotated[str, Meta(description="Client id of the consulate or call centre.")]
    agent_name: str
    expires_at: datetime


class MeView(Shape, kw_only=True):
    """Who the caller is here, by the token of the call."""

    kind: Literal["citizen", "app", "agent", "auditor", "operator", "agency"]
    client: Annotated[str, Meta(description="Id of the client that the token was made for.")]
    client_name: str
    assurance: Annotated[
        str | None,
        Meta(
            description="How surely the sign-in knew the person: `low`, `substantial` or `high`, or the issuer's own."
        ),
    ]
    scopes: list[Scope]
    token_expires_at: datetime
    posts: Annotated[list[str], Meta(description="Ids of the posts at which an agent serves.")] = []
    portals: Annotated[list[str], Meta(description="Ids of the portals that an agency's token is for.")] = []
    languages: Annotated[list[str], Meta(description="In which the gateway can write to people.")]
    language: Annotated[str | None, Meta(description="The one that the person prefers, if she said so.")] = None
    profile: Annotated[ProfileView | None, Meta(description="Of a person whose token has `cases:read`.")] = None
    mandates: Annotated[
        list[MandateSummary] | None,
        Meta(
            description="Those that are good now, the newest 50: given by this person, held by this agent. Null where "
            "`GET /v1/mandates` would be refused."
        ),
    ] = None
    object: Literal["me"] = "me"


class ChannelRequest(Request, kw_only=True, forbid_unknown_fields=True):
    consent: Annotated[bool, Meta(description="Whether messages about the person's cases may go this way.")]
    address: Annotated[
        Annotated[str, Meta(min_length=1, max_length=254)] | None,
        Meta(
            description="E-mail address, or telephone number in E.164. Left out: the one that the identity provider "
            "states as verified.",
            examples=["amina@example.org"],
        ),
    ] = None


class QuietHoursShape(Request, kw_only=True, forbid_unknown_fields=True):
    """The part of each day in which no messages are sent; over midnight where `start` is later than `end`."""

    start: Annotated[str, Meta(max_length=5, description="HH:MM by the clock of `timezone`.", examples=["22:00"])]
    end: Annotated[str, Meta(max_length=5, examples=["07:30"])]
    timezone: Annotated[str, Meta(max_length=64, description="IANA name.", examples=["Europe/Paris"])]


class PreferencesRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """All of them: what is left out goes back to its default."""

    language: Annotated[
        Annotated[str, Meta(min_length=1, max_length=8)] | None,
        Meta(description="In which the person is written to. Left out: the language of each case."),
    ] = None
    email: ChannelRequest = msgspec.field(default_factory=lambda: ChannelRequest(consent=False))
    sms: ChannelRequest = msgspec.field(default_factory=lambda: ChannelRequest(consent=False))
    details: Annotated[
        bool,
        Meta(
            description="Whether a message may say what it is about: the service, the post, the time of an "
            "appointment. Without it, the reference alone."
        ),
    ] = False
    quiet_hours: QuietHoursShape | None = None


class AddressCodeRequest(Request, kw_only=True, forbid_unknown_fields=True):
    channel: Literal["email", "sms"]


class AddressVerificationRequest(Request, kw_only=True, forbid_unknown_fields=True):
    channel: Literal["email", "sms"]
    code: Annotated[
        str, Meta(min_length=1, max_length=40, description="The six digits that were sent.", examples=["271828"])
    ]


class ChannelView(Shape, kw_only=True):
    consent: bool
    address: str | None = None
    consented_at: Annotated[datetime | None, Meta(description="Since when, if the person agreed.")] = None
    state: Annotated[
        Literal["verified", "unverified"] | None,
        Meta(
            description="Whether the address is known to be the person's. Nothing about a case is sent to one that is "
            "`unverified`. Null: there is none."
        ),
    ] = None
    sent_to: Annotated[
        str | None, Meta(description="Where messages go: a verified address. Null: nothing can be sent.")
    ] = None
    verified_at: Annotated[datetime | None, Meta(description="Since when `address` is verified.")] = None
    code_expires_at: Annotated[
        datetime | None, Meta(description="Until when the code that was sent to `address` is good, if one was.")
    ] = None


class PreferencesView(Shape, kw_only=True):
    language: str | None
    email: ChannelView
    sms: ChannelView
    details: bool
    quiet_hours: QuietHoursShape | None
    updated_at: Annotated[datetime | None, Meta(description="Null: the person has said nothing yet.")]
    object: Literal["preferences"] = "preferences"
