"""The demo's certificates, and the sandbox host's port behind them."""

from __future__ import annotations

import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.outbound.certificate import read_certificate
from gateway.sandbox.certificates import (
    AUTHORITY_LIFE,
    FOLDER,
    LIFE,
    RENEWED_WITHIN,
    Authority,
    certificates_of,
    listening_context,
    provide,
)
from gateway.sandbox.serve import Secured, listen, running
from gateway.sandbox.state import prepare
from gateway.settings import Tls, load
from gateway.testing.scaffold import create_plugin
from tests.waiting import PATIENCE


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nobody_gets_a_certificate_where_no_portal_wants_one(tmp_path):
    assert provide(tmp_path, []) == {}
    assert list(tmp_path.iterdir()) == []


def test_each_portal_knows_the_gateway_by_another_certificate(tmp_path):
    tables = provide(tmp_path, ["rokhas", "passeport"])

    subjects = set()
    for portal, table in tables.items():
        found = read_certificate(Tls(**table))
        subjects.add(found.certificate.subject.rfc4514_string())
        assert found.certificate == x509.load_pem_x509_certificate(
            certificates_of(tmp_path, portal).gateway.read_bytes()
        )
        own = certificates_of(tmp_path, portal).own
        stand_in = read_certificate(Tls(cert=str(own.cert), key=str(own.key)))
        (name,) = stand_in.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert name.value == portal
    assert subjects == {
        "CN=mre-gateway,OU=rokhas,O=Demo\\, worth nothing",
        "CN=mre-gateway,OU=passeport,O=Demo\\, worth nothing",
    }
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / FOLDER).iterdir()}
    assert (modes, stat.S_IMODE((tmp_path / FOLDER).stat().st_mode)) == ({0o600}, 0o700)


def test_what_lasts_is_kept_and_what_ends_soon_is_made_anew(tmp_path):
    made = datetime.now(UTC)
    Authority(tmp_path, now=made).issue("a", "gateway")
    before = files(tmp_path)

    Authority(tmp_path, now=made + LIFE - RENEWED_WITHIN - timedelta(days=1)).issue("a", "gateway")
    assert files(tmp_path) == before

    Authority(tmp_path, now=made + LIFE - RENEWED_WITHIN + timedelta(days=1)).issue("a", "gateway")
    after = files(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"a.pem", "a.key"}


def test_a_new_authority_makes_everything_anew(tmp_path):
    made = datetime.now(UTC)
    Authority(tmp_path, now=made).issue("a", "gateway")
    before = files(tmp_path)

    Authority(tmp_path, now=made + AUTHORITY_LIFE - LIFE + timedelta(days=1)).issue("a", "gateway")

    after = files(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"ca.pem", "ca.key", "a.pem", "a.key"}


def test_a_stand_in_without_certificates_is_told_how_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match="mre-gateway demo"):
        certificates_of(tmp_path, "rokhas")


@pytest.mark.parametrize("kind", ["mutual_tls", "signature", ""])
def test_the_demo_is_told_of_the_certificate_that_the_manifest_asks_for(tmp_path, monkeypatch, kind):
    plugin = create_plugin("sealed", tmp_path / "plugins") / "plugin.toml"
    plugin.write_text(f'certificate = "{kind}"\n{plugin.read_text()}')
    monkeypatch.setenv("MRE_GATEWAY__PLUGINS__FOLDERS", f'["{tmp_path / "plugins"}"]')
    monkeypatch.setenv("MRE_GATEWAY__PLUGINS__ENABLED", '["sealed"]')

    prepare(tmp_path / "state", port=9000, sandbox_port=9001, speed=1)

    settings = load(state_dir=tmp_path / "state")
    portal = settings.portal("sealed")
    assert settings.sandbox.tls_port == 9002
    assert portal.base_url == ("https://127.0.0.1:9002/sealed" if kind == "mutual_tls" else "")
    assert portal.tls == (Tls(**provide(tmp_path / "state", ["sealed"])["sealed"]) if kind else Tls())


# --- The second port ----------------------------------------------------------------------------------------------


def showing(table: dict[str, str], ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if table:
        context.load_cert_chain(table["cert"], table["key"])
    return context


@pytest.fixture
def sealed(place, tmp_path):
    """The host of `place` with its portal on the second port. Gives a client of the plain port and one of the other."""
    state = tmp_path / "state"
    ours = provide(state, ["till"])["till"]
    place.host.secured, place.host.tls = frozenset({"till"}), listening_context(state)

    @asynccontextmanager
    async def opened(shown: dict[str, str] = ours) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
        second = listen("127.0.0.1", 0)
        address = f"https://127.0.0.1:{second.getsockname()[1]}"
        async with (
            running(place.host, secured=place.host.on_second_port(second)) as url,
            httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as plain,
            httpx.AsyncClient(base_url=address, timeout=PATIENCE, verify=showing(shown, ours["ca"])) as tls,
        ):
            yield plain, tls

    return opened


async def test_a_stand_in_sees_whose_certificate_was_shown(sealed, place):
    seen = []
    till = place.host.apps["till"]

    async def watched(scope, receive, send):
        seen.append(place.till.context.client_certificate(scope))
        await till(scope, receive, send)

    place.host.apps["till"] = watched
    async with sealed() as (_, tls):
        assert (await tls.get("/till/x")).text.startswith("/x")

    assert seen[0].subject.rfc4514_string() == "CN=mre-gateway,OU=till,O=Demo\\, worth nothing"


async def test_a_portal_with_mutual_tls_is_on_its_port_only_and_nothing_else_is_there(sealed, place):
    place.host.apps["other"] = place.till
    async with sealed() as (plain, tls):
        refused = [await plain.get("/till/x"), await tls.get("/other/x"), await tls.get("/_effects/till")]
        allowed = [await plain.get("/other/x"), await plain.get("/_effects/till"), await tls.get("/till/x")]

    assert [answer.status_code for answer in refused] == [421] * 3
    assert [answer.json()["code"] for answer in refused] == ["wrong_port"] * 3
    assert [answer.status_code for answer in allowed] == [200] * 3
    assert place.till.seen == ["/x", "/x"]


async def test_without_a_certificate_of_the_authority_nobody_gets_in(sealed, place, tmp_path):
    stranger = provide(tmp_path / "elsewhere", ["till"])["till"]
    for shown in ({}, stranger):
        async with sealed(shown) as (_, tls):
            with pytest.raises(httpx.TransportError):
                await tls.post("/till/orders")
    assert place.till.seen == []


@pytest.mark.parametrize(("mode", "done"), [("reset", 0), ("commit_then_drop", 1)])
async def test_a_connection_is_dropped_over_tls_too(sealed, place, mode, done):
    async with sealed() as (plain, tls):
        await plain.put("/_faults/till", json={"mode": mode})
        with pytest.raises(httpx.TransportError):
            await tls.post("/till/orders")
        await plain.put("/_faults/till", json={"mode": "none"})
        assert (await tls.get("/till/x")).status_code == 200
    assert len(place.effects.all()) == done


async def test_a_second_port_that_nobody_needs_is_not_kept(place):
    second = listen("127.0.0.1", 0)
    assert place.host.on_second_port(second) is None
    assert second.fileno() == -1


def test_secured_is_what_running_takes(place, tmp_path):
    provide(tmp_path, ["till"])
    place.host.tls = listening_context(tmp_path)
    second = listen("127.0.0.1", 0)
    assert place.host.on_second_port(second) == Secured(listening=second, context=place.host.tls)
    second.close()
