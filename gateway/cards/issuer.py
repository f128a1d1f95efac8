"""Signs cards (SD-JWT VC: RFC 9901, draft-ietf-oauth-sd-jwt-vc) and the lists that revoke them (draft-ietf-oauth-
status-list), both with the current key of the use `cards`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.auth.keys import KeyRing
from gateway.cards.model import DISCLOSABLE, VCT, Card, Entitlement
from gateway.settings import Cards as Limits

LIST_SIZE: Final = 131_072
"""Places in one status list. It is part of what was signed, so it stays."""


class _Key:
    """The ring's signer, in the words of openvc."""

    def __init__(self, ring: KeyRing) -> None:
        signer = ring.signer("cards")
        self.alg, self.kid, self.sign = signer.algorithm, signer.key_id, signer.sign


class CardIssuer:
    def __init__(self, ring: KeyRing, url: str, limits: Limits) -> None:
        self._ring = ring
        self.url = url
        """The claim `iss`."""
        self._limits = limits

    def card(self, card: Card, holder: Mapping[str, Any], holder_key: Mapping[str, str] | None) -> str:
        """The card with all its disclosures: `<jwt>~<disclosure>~...~`."""
        from openvc.proof.sd_jwt import SdJwtVcProofSuite  # here as below, because it takes 30 ms
        from openvc.status.issue import build_token_status_reference

        place = build_token_status_reference(uri=self.list_url(card.place.list), index=card.place.index)
        claims = {
            "iss": self.url,
            "iat": int(card.issued_at.timestamp()),
            "exp": int(card.expires_at.timestamp()),
            "entitlements": [Entitlement.FAST_LANE.value],
            **place,
            **holder,
        }
        return SdJwtVcProofSuite().issue(
            claims,
            signing_key=_Key(self._ring),
            disclosable=[claim for claim in DISCLOSABLE if claim in holder],
            holder_jwk=dict(holder_key) if holder_key else None,
            vct=VCT,
        )

    def list_url(self, number: int) -> str:
        return f"{self.url}/cards/status/{number}"

    def status_list(self, number: int, revoked: Iterable[int], now: datetime) -> str:
        """The signed list: a JWT of the type `statuslist+jwt`, one bit a card."""
        from openvc.status.issue import build_status_list_token
        from openvc.status.token_status_list import STATUS_INVALID, new_status_list, set_status

        bits = new_status_list(LIST_SIZE)
        for index in revoked:
            set_status(bits, index, STATUS_INVALID)
        return build_status_list_token(
            signing_key=_Key(self._ring),
            uri=self.list_url(number),
            status_list=bits,
            issued_at=now.astimezone(UTC),
            expires=now + timedelta(days=self._limits.list_days),
            ttl=self._limits.list_refresh_seconds,
            issuer=self.url,
        )

    def metadata(self) -> dict[str, Any]:
        """JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc, section 4), with the keys inside: one file to keep."""
        return {"issuer": self.url, "jwks": self._ring.card_jwks()}
