from __future__ import annotations

import asyncio

import httpx
import pytest

from gateway.connectors.contract import Filing, Submission, Unavailable, Unknown
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source, open_namespace
from gateway.settings import Plugins
from gateway.testing import harness, running

SUBMISSION = Submission(case_id="case_1", key="key_1", service="alpha.request", form={"subject": "x"})


@pytest.fixture
def loaded(plugin):
    open_namespace(Plugins(folders=(str(plugin.parent),)))
    return load_one(Source(id="alpha", package="plugins.alpha", folder=plugin, origin="test"))


async def test_a_connector_talks_to_its_sandbox_through_the_real_layers(loaded):
    async with harness(loaded) as found:
        filed = await found.call(Filing.file, SUBMISSION)
        progress = await found.call(Filing.progress, filed.reference)

        assert progress.status == "received"
        assert [effect["kind"] for effect in found.effects()] == ["demand"]


async def test_time_goes_as_the_test_says(loaded):
    async with harness(loaded) as found:
        filed = await found.call(Filing.file, SUBMISSION)
        found.host.clock.set(advance=2 * 86400)

        assert (await found.call(Filing.progress, filed.reference)).status == "completed"


async def test_faults_come_as_the_test_says(loaded):
    async with harness(loaded) as found:
        found.fault("commit_then_drop")
        with pytest.raises(Unknown):
            await found.call(Filing.file, SUBMISSION)
        found.fault("error")
        with pytest.raises(Unavailable):
            await found.call(Filing.find, SUBMISSION.key)
        found.fault("none")
        assert await found.call(Filing.find, SUBMISSION.key) is not None


async def test_the_sandbox_checks_the_credentials(loaded):
    async with harness(loaded) as found, httpx.AsyncClient(base_url=f"{found.url}/alpha") as stranger:
        assert (await stranger.get("/demands", params={"key": "x"})).status_code == 401


async def hello(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_any_application_can_be_served_on_a_free_port():
    async with running(hello) as one, running(hello) as other, httpx.AsyncClient() as client:
        assert one != other
        assert (await client.get(one)).text == (await client.get(other)).text == "hello"


async def test_whoever_still_waits_at_the_end_is_cut_off():
    async def silent(scope, receive, send):
        assert scope["type"] == "http"
        while (await receive())["type"] != "http.disconnect":
            arrived.set()

    arrived = asyncio.Event()
    async with running(silent) as url:
        address = httpx.URL(url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await arrived.wait()

    assert await reader.read() == b""
    writer.close()


async def test_a_portal_with_mutual_tls_is_reached_with_a_certificate(plugin, spoil):
    spoil("plugin.toml", "api = 1", 'api = 1\ncertificate = "mutual_tls"')
    open_namespace(Plugins(folders=(str(plugin.parent),)))
    loaded = load_one(Source(id="alpha", package="plugins.alpha", folder=plugin, origin="test"))

    async with harness(loaded) as found:
        await found.call(Filing.file, SUBMISSION)
        found.fault("commit_then_drop")
        with pytest.raises(Unknown):
            await found.call(Filing.file, SUBMISSION)
        found.fault("none")

        assert len(found.effects()) == 2
        assert str(found.connector.http.base_url).startswith("https://127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
            assert (await stranger.get(f"{found.url}/alpha/demands/x")).status_code == 421
