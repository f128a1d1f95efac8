"""The receipt that law 55-19 demands at once: what was filed, when, who is competent, until when, how to appeal.

It is a compact JWS (RFC 7515, EdDSA); anyone verifies it with the keys at `/.well-known/jwks.json`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.auth.keys import KeyRing
from gateway.cases.legal_days import last_day
from gateway.cases.model import Case, Personal
from gateway.connectors.services import Service

TYPE: Final = "mre-receipt+jwt"


class Receipts:
    def __init__(self, ring: KeyRing, issuer: str) -> None:
        self._ring = ring
        self._issuer = issuer

    @staticmethod
    def deadline(service: Service, filed_at: datetime) -> str | None:
        """The last day for the answer, if the law sets one."""
        return None if service.deadline_days is None else last_day(filed_at, service.deadline_days)

    def sign(self, case: Case, service: Service, personal: Personal) -> str:
        """The receipt of the case as it is now. The form itself is not in it, only a salted digest: salt, then RFC 8259
        JSON with sorted keys, in SHA-256."""
        filed_at = case.state.filing.filed_at or case.created_at
        salt = secrets.token_bytes(16)
        form = msgspec.json.encode(personal.form, order="sorted")
        language = case.language
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": case.id,
            "iat": int(filed_at.timestamp()),
            "service": {"id": service.id, "version": service.version, "title": service.text("title", language)},
            "filed_at": filed_at.isoformat(),
            "form": {"salt": salt.hex(), "sha256": hashlib.sha256(salt + form).hexdigest()},
            "attachments": personal.attachments,
            "competent_body": service.text("competent_body", language),
            "deadline": {"on": case.deadline_on, "basis": service.deadline_basis},
            "appeal": service.text("appeal", language),
            "language": language,
        }
        if case.deadline_on is not None and service.silence_is_acceptance is not None:
            claims["silence_is_acceptance"] = True
            claims["silence_source"] = service.silence_is_acceptance.source
        if case.state.filing.reference:
            claims["portal"] = {"id": case.state.filing.portal, "reference": case.state.filing.reference}
        if case.state.fee is not None:
            fee = case.state.fee.amount
            claims["fee"] = {"amount": fee.amount, "currency": fee.currency}
        return self._ring.sign_jws("receipts", msgspec.json.encode(claims), typ=TYPE)
