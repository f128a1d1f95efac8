"""What clients send and get about mandates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Request, Shape

MandateScope = Literal["cases:read", "cases:write", "tracking:read"]


class MandateRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """What an agent may do for the person, and until when."""

    agent: Annotated[str, Meta(min_length=1, max_length=100, description="Client id of the consulate or call centre.")]
    scope: Annotated[list[MandateScope], Meta(min_length=1, max_length=3, description="What it may do.")]
    purpose: Annotated[
        str, Meta(min_length=1, max_length=500, description="What for, in the person's words; the agent reads it.")
    ]
    expires_at: Annotated[
        datetime,
        Meta(
            extra_json_schema={"format": "date-time"},
            description="The last moment, at most `mandates.max_days` from now.",
        ),
    ]
    services: Annotated[
        list[Annotated[str, Meta(max_length=100)]],
        Meta(max_length=50, description="Ids of services, or of portals for all of theirs; left out, for every one."),
    ] = []
    earlier_cases: Annotated[
        bool, Meta(description="Whether it covers what the person filed before she gave it; not unless she says so.")
    ] = False


class TakeRequest(Request, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[
        str, Meta(min_length=1, max_length=40, description="As the person tells it; only its digits count.")
    ]


class MandateView(Shape, kw_only=True):
    """A mandate, for the person who gave it and the agent who holds it."""

    id: Annotated[str, Meta(examples=["mnd_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    state: Annotated[
        Literal["given", "lapsed", "held", "expired", "revoked", "returned"],
        Meta(
            description="`given`: its code waits for the agent; `lapsed`: the code was not used in time; `held`: in "
            "force; the others are ends: by its date, by the person, by the agent."
        ),
    ]
    agent: Annotated[str, Meta(description="Client id of the consulate or call centre.")]
    agent_name: str
    holder: Annotated[str | None, Meta(description="The agent who took it up, as in the person's ledger.")] = None
    scope: list[MandateScope]
    services: list[str]
    earlier_cases: Annotated[bool, Meta(description="Whether it covers what the person filed before she gave it.")]
    purpose: Annotated[str | None, Meta(description="Not in the answer to taking it up.")] = None
    person_name: Annotated[
        str | None, Meta(description="For whom the agent acts; only in the list of the agent who holds it.")
    ] = None
    created_at: datetime
    expires_at: datetime
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    code: Annotated[str | None, Meta(description="Only when it is given, or handed over: tell it to the agent.")] = None
    code_expires_at: datetime | None = None
    object: Literal["mandate"] = "mandate"
