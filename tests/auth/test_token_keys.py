"""A token is worth no more than its key: what was believed once ends with the key that signed it."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.settings import Auth
from tests.waiting import PATIENCE

from .conftest import believed


async def refused(verifier, token) -> AuthError:
    with pytest.raises(AuthError) as caught:
        await verifier.verify(token)
    return caught.value


@pytest.fixture
async def eager(issuer, ring, clients, wall):
    """Asks the issuer for its keys with every token."""
    settings = Auth(
        issuers=(believed(issuer),), jwks_cache_seconds=1e-9, jwks_min_refresh_seconds=1e-9, jwks_stale_seconds=3600.0
    )
    async with Verifier(settings, ring=ring, clients=clients, clock=wall) as made:
        yield made


async def test_a_believed_token_ends_with_its_key(issuer, eager):
    token = issuer.token(kid="ec", exp=int(time.time()) + 3000)
    await eager.verify(token)
    await eager.verify(token)
    del issuer.keys["ec"]
    assert (await refused(eager, token)).code == "token_unknown_key"
    assert (await refused(eager, token)).code == "token_unknown_key"


async def test_a_believed_token_ends_when_its_key_is_replaced(issuer, eager):
    """Under the same kid, as after a key was stolen."""
    from cryptography.hazmat.primitives.asymmetric import ec

    token = issuer.token(kid="ec")
    await eager.verify(token)
    issuer.keys["ec"] = (ec.generate_private_key(ec.SECP256R1()), "ES256")
    assert (await refused(eager, token)).code == "token_bad_signature"


async def test_a_believed_token_outlives_its_issuers_absence(issuer, eager):
    token = issuer.token(kid="ec")
    first = await eager.verify(token)
    issuer.failing = True
    assert await eager.verify(token) is first


async def test_a_believed_token_ends_when_the_keys_are_too_old(issuer, ring, clients):
    settings = Auth(
        issuers=(believed(issuer),), jwks_cache_seconds=1e-9, jwks_min_refresh_seconds=1e-9, jwks_stale_seconds=0.2
    )
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        token = issuer.token(kid="ec")
        await verifier.verify(token)
        issuer.failing = True
        async with asyncio.timeout(PATIENCE):
            while True:  # until the keys are a fifth of a second old
                try:
                    await verifier.verify(token)
                except AuthError as error:
                    code = error.code
                    break
                await asyncio.sleep(0.02)
        assert code == "issuer_unavailable"


async def test_a_key_unknown_right_after_a_fetch_means_try_again(issuer, verifier):
    """RFC 6750: invalid_token makes a client throw its token away, and this one may be good."""
    await verifier.verify(issuer.token(kid="ec"))
    issuer.keys["new"] = issuer.keys["ed"]
    error = await refused(verifier, issuer.token(kid="new"))
    assert (error.code, error.challenge()) == ("issuer_keys_pending", "")
    assert 1 <= error.retry_after <= 10


async def test_a_new_key_without_a_name_is_found(issuer, eager):
    from cryptography.hazmat.primitives.asymmetric import ec

    await eager.verify(issuer.token(kid="ec", header={"kid": None}))
    issuer.keys["ec"] = (ec.generate_private_key(ec.SECP256R1()), "ES256")
    assert (await eager.verify(issuer.token(kid="ec", header={"kid": None}))).kind == "citizen"
