"""What a receipt says, for display. The names are those of the signed receipt, which stays as it is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta


class ReceiptService(msgspec.Struct, kw_only=True):
    id: str
    version: int
    title: str


class ReceiptForm(msgspec.Struct, kw_only=True):
    """The form itself is not in a receipt."""

    salt: Annotated[str, Meta(description="Hex.")]
    sha256: Annotated[str, Meta(description="Of the salt, then the form as JSON with sorted keys. Hex.")]


class ReceiptDeadline(msgspec.Struct, kw_only=True):
    on: Annotated[date | None, Meta(description="The last day for the answer, as it is dated in Morocco.")] = None
    basis: Annotated[str, Meta(description="The law.")] = ""


class ReceiptPortal(msgspec.Struct, kw_only=True):
    id: str
    reference: Annotated[str, Meta(description="The portal's number of the demand.")]


class ReceiptFee(msgspec.Struct, kw_only=True):
    amount: Annotated[int, Meta(description="In the currency's minor unit: centimes.")]
    currency: Annotated[str, Meta(description="ISO 4217.")]


class ReceiptClaims(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The claims of a receipt (law 55-19)."""

    iss: Annotated[str, Meta(description="The gateway that signed it.")]
    sub: Annotated[str, Meta(description="Id of the case.")]
    iat: Annotated[int, Meta(description="Seconds since 1970.")]
    service: ReceiptService
    filed_at: Annotated[str, Meta(description="As it was signed.", extra_json_schema={"format": "date-time"})]
    form: ReceiptForm
    attachments: list[str]
    competent_body: str
    deadline: ReceiptDeadline
    appeal: str
    language: str
    silence_is_acceptance: bool = False
    silence_source: Annotated[str, Meta(description="The law that says so.")] = ""
    portal: ReceiptPortal | None = None
    fee: ReceiptFee | None = None
