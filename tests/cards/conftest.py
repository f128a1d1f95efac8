"""A mint: it makes cards and status lists as the gateway does, and wrong ones as others might."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite, disclosure_digest, make_object_disclosure

from gateway.auth.keys import KeyRing
from gateway.cards.issuer import CardIssuer
from gateway.cards.model import Card, Place, holder_claims
from gateway.settings import Cards

URL = "https://services.mre.example"
NOW = datetime.now(UTC).replace(microsecond=0)
"""The library looks at the clock besides, to refuse what was issued in its future."""
HOLDER = holder_claims(name="Amina El Fassi", national_id="AB123456", birthdate="1990-05-17")


class Mint:
    def __init__(self, folder: Path, url: str = URL) -> None:
        self.ring = KeyRing.create(folder)
        self.issuer = CardIssuer(self.ring, url, Cards())

    def card(self, *, index: int = 7, key: dict[str, str] | None = None, since: datetime = NOW, days: int = 365) -> str:
        card = Card(
            id="card_1",
            client="c",
            subject="p",
            place=Place(list=0, index=index),
            bound=key is not None,
            issued_at=since - timedelta(days=1),
            expires_at=since + timedelta(days=days),
        )
        return self.issuer.card(card, HOLDER, key)

    def list(self, *revoked: int, number: int = 0, at: datetime = NOW) -> str:
        return self.issuer.status_list(number, revoked, at)

    def signed(
        self, *disclosed: tuple[str, Any], typ: str = "dc+sd-jwt", digests: Iterable[str] = (), **claims: Any
    ) -> str:
        """A card of whatever is wished, under the right key."""
        parts = [make_object_disclosure(f"salt{place}", *each) for place, each in enumerate(disclosed)]
        seconds = int(NOW.timestamp())
        usual = {
            "iss": URL,
            "iat": seconds - 60,
            "exp": seconds + 86_400,
            "vct": "urn:mre-gateway:card:1",
            "status": {"status_list": {"idx": 7, "uri": f"{URL}/cards/status/0"}},
            "_sd": [*map(disclosure_digest, parts), *digests],
            "_sd_alg": "sha-256",
        }
        body = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return "~".join([self.ring.sign_jws("cards", msgspec.json.encode(body), typ=typ), *parts, ""])

    @property
    def trust(self) -> dict[str, Any]:
        return self.issuer.metadata()


def bound(card: str, key: P256SigningKey, *, audience: str, nonce: str) -> str:
    """As a wallet presents it."""
    return SdJwtVcProofSuite().create_presentation(card, holder_key=key, audience=audience, nonce=nonce)


@pytest.fixture(scope="session")
def mint(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(tmp_path_factory.mktemp("mint"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    """Another issuer that says it is ours."""
    return Mint(tmp_path_factory.mktemp("stranger"))
