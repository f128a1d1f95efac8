from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from gateway.sandbox.host import OutboundKeys, build
from gateway.sandbox.state import prepare
from gateway.settings import load
from gateway.testing import running


async def test_a_sandbox_stands_at_the_root_of_its_own_host(client):
    answer = await client.get("/till/a%2Fb/c?x=1&y=%20")

    assert answer.text == "/a/b/c '' http://public.example/till/a%2Fb/c?x=1&y=%20"


async def test_the_portals_name_may_come_again_in_the_path(client):
    assert (await client.get("/till/till/x")).text.startswith("/till/x ''")


async def test_apps_are_started_and_shut_down(place):
    async with place.open():
        assert place.till.lifecycle == ["startup"]
    assert place.till.lifecycle == ["startup", "shutdown"]


async def test_an_app_that_does_not_start_is_left_out(place):
    async def startup():
        raise RuntimeError("no ink")

    place.till.startup = startup
    async with place.open() as client:
        answer = await client.get("/till/x")
        health = (await client.get("/health")).json()

    assert (answer.status_code, answer.json()["detail"]) == (503, "RuntimeError: no ink")
    assert health == {
        "status": "degraded",
        "portals": [],
        "broken": {"sick": "it broke", "till": "RuntimeError: no ink"},
    }


async def test_effects_are_listed_in_order(client):
    await client.post("/till/orders")
    await client.post("/till/orders")

    effects = (await client.get("/_effects/till")).json()

    assert [(each["kind"], each["key"]) for each in effects] == [("order", "O-1"), ("order", "O-2")]


async def test_only_the_gateways_requests_are_counted_whatever_becomes_of_them(client):
    ours = {"user-agent": "mre-gateway/0.2.0"}
    await client.get("/till/orders", headers=ours)
    await client.put("/_faults/till", json={"mode": "error"}, headers=ours)
    await client.get("/till/orders", headers=ours)
    await client.get("/till/orders")

    assert (await client.get("/_requests/till")).json() == {"portal": "till", "requests": 2}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nobody/x", 404),
        ("GET", "/till", 404),
        ("GET", "/_effects/nobody", 404),
        ("GET", "/_effects", 404),
        ("DELETE", "/_effects/till", 405),
        ("POST", "/_faults/till", 405),
        ("POST", "/health", 405),
        ("GET", "/sick/x", 503),
        ("PUT", "/_clock/till", 405),
    ],
)
async def test_what_is_not_here_is_a_problem(client, method, path, status):
    answer = await client.request(method, path, json={})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def moment(answer) -> datetime:
    return datetime.fromisoformat(answer.json()["now"])


async def test_the_clock_jumps_and_runs_as_told(client):
    before = await client.get("/_clock")
    after = await client.put("/_clock", json={"advance": 86400, "speed": 3600})

    assert before.json()["speed"] == 1.0
    assert after.json()["speed"] == 3600
    assert 86400 <= (moment(after) - moment(before)).total_seconds() < 90000


@pytest.mark.parametrize("change", [{"speed": 0}, {"speed": -1}, {"advance": -5}, {"spede": 2}, {"speed": "fast"}])
async def test_time_never_runs_backwards(client, change):
    assert (await client.put("/_clock", json=change)).status_code == 400


async def test_the_clock_goes_on_where_it_was_after_a_restart(place, reopened):
    async with place.open() as client:
        before = await client.put("/_clock", json={"advance": 86400, "speed": 2})

    async with reopened().open() as client:
        after = await client.get("/_clock")
    assert after.json()["speed"] == 2
    assert 0 <= (moment(after) - moment(before)).total_seconds() < 3600


async def test_the_host_of_a_demo_has_every_plugin_and_the_identity_provider(tmp_path):
    prepare(tmp_path, port=1, sandbox_port=2, speed=1.0)
    settings = load(state_dir=tmp_path)

    host = build(settings)

    assert host.broken == {}
    assert list(host.apps) == [*settings.plugins.enabled, "mailbox", "idp"]
    async with running(host) as url, httpx.AsyncClient(base_url=url) as client:
        metadata = (await client.get("/idp/.well-known/openid-configuration")).json()
        assert metadata["issuer"] == "http://127.0.0.1:2/idp"


def test_without_the_demo_profile_there_is_no_identity_provider(tmp_path):
    prepare(tmp_path, port=1, sandbox_port=2, speed=1.0)

    host = build(load(state_dir=tmp_path, profile="embedded", auth={"issuers": []}))

    assert "idp" not in host.apps


def test_a_sandbox_whose_secret_is_missing_is_left_out_alone(tmp_path):
    prepare(tmp_path, port=1, sandbox_port=2, speed=1.0)
    (tmp_path / "secrets" / "barid.api_key").unlink()

    host = build(load(state_dir=tmp_path))

    assert list(host.broken) == ["barid"]
    assert "watiqa" in host.apps


@pytest.mark.parametrize("missing", ["host.pem", "rokhas.portal.key", "ca.pem"])
def test_a_sandbox_whose_certificates_are_missing_is_left_out_alone(tmp_path, missing):
    prepare(tmp_path, port=1, sandbox_port=2, speed=1.0)
    (tmp_path / "certificates" / missing).unlink()

    host = build(load(state_dir=tmp_path))

    assert "rokhas" in host.broken
    assert set(host.broken) <= {"rokhas", "alhalalmadania"}  # the authority is that of both
    assert host.tls is None
    assert "watiqa" in host.apps


def test_a_rotated_key_is_known_without_a_restart(tmp_path):
    from gateway.auth.keys import KeyRing

    keys = OutboundKeys(load(state_dir=tmp_path))
    assert dict(keys) == {}
    ring = KeyRing.create(tmp_path / "keys", demo=True)
    first = ring.signer("outbound")
    assert keys[first.key_id] == first.public
    with pytest.raises(KeyError):
        keys["unknown"]
