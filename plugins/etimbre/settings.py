"""What an operator may set in `[portals.etimbre.options]`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from gateway.connectors.authoring import ConnectorSettings


class ETimbreSettings(ConnectorSettings, frozen=True, kw_only=True):
    clientid: Annotated[str, Meta(pattern="^[0-9]{1,15}$", description="Our merchant number at CMI.")] = "600000001"
    sessiontimeout: Annotated[int, Meta(ge=30, le=2700, description="Seconds for which a card page stays open.")] = 600
    refreshtime: Annotated[int, Meta(ge=0, le=60, description="Seconds before the card page sends the payer back.")] = 5
    request_only: Annotated[
        str,
        Meta(
            max_length=2000,
            description="Names of the checkout, besides `sessiontimeout`, that CMI does not send back, by blanks.",
        ),
    ] = ""
    results: Annotated[
        str, Meta(max_length=2000, description="Names that only CMI sends, besides those of `members.py`, by blanks.")
    ] = ""
