"""The stand-in and the merchant, each on its own socket."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Portal
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.secret import Secret
from gateway.testing import running
from plugins.etimbre.connector import ETimbre
from plugins.etimbre.sandbox import sandbox
from plugins.etimbre.tests.sandbox_portal import OPTIONS, STORE_KEY, Behind, Browser, Merchant, SandboxPortal, Signed


@pytest.fixture
def options():
    return dict(OPTIONS)


@pytest.fixture
async def sandbox_portal(options):
    store = Store()
    clock = Clock(store)
    key = Ed25519PrivateKey.generate()
    server, merchant = Behind(), Merchant()
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        url = await stack.enter_async_context(running(server))
        merchant_url = await stack.enter_async_context(running(merchant))
        context = SandboxContext(
            portal="etimbre",
            base_url=url,
            store=store,
            clock=clock,
            effects=Effects(store, "etimbre", clock),
            secrets={"store_key": STORE_KEY},
            options=options,
            gateway_keys={"k1": key.public_key().public_bytes_raw()},
        )
        server.app = sandbox(context)
        stack.push_async_callback(lambda: server.app.shutdown())
        signed = await stack.enter_async_context(httpx.AsyncClient(base_url=url, auth=Signed(key), verify=False))
        plain = await stack.enter_async_context(httpx.AsyncClient(base_url=url, verify=False))
        merchant.etimbre = ETimbre(
            Portal(
                id="etimbre",
                http=signed,
                secrets={"store_key": Secret(STORE_KEY)},
                options=options,
                callback_url=merchant_url,
                public_base_url=url,
            )
        )
        yield SandboxPortal(context, key, server, merchant, merchant.etimbre, Browser(plain), plain)
