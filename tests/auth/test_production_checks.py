from __future__ import annotations

import pytest

from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing
from gateway.auth.production_checks import refuse_demo
from gateway.settings import load

GOOD = {
    "profile": "production",
    "auth": {"issuers": [{"issuer": "https://id.example.org"}]},
    "plugins": {"enabled": ["watiqa", "barid"]},
    "portals": {"watiqa": {"mode": "live"}, "barid": {"enabled": False}},
}


@pytest.fixture
def own_clients(tmp_path):
    path = tmp_path / "clients.toml"
    path.write_text('[f]\nname = "F"\nkind = "frontend"\nscopes = ["cases:read"]\n')
    return Clients.read(path)


def problems(ring, clients, **over):
    return refuse_demo(load(**(GOOD | over)), ring, clients)


def test_a_clean_production_may_start(ring, own_clients):
    assert problems(ring, own_clients) == []


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"auth": {"issuers": [{"issuer": "https://id.example.org", "demo": True}]}}, "sandbox identity provider"),
        ({"auth": {"issuers": [{"issuer": "http://id.example.org"}]}}, "https"),
        ({"auth": {"issuers": [{"issuer": "https://i", "jwks_url": "http://i/keys"}]}}, "https"),
        ({"auth": {"issuers": []}}, "auth.issuers is empty"),
        ({"messages": {"email": "smtp", "smtp": {"host": "m", "security": "none"}}}, "must not leave unencrypted"),
        ({"portals": {"barid": {"enabled": False}}}, "portals.watiqa is in sandbox mode"),
        ({"audit": {"durable": False}}, "audit.durable"),
    ],
)
def test_production_refuses_what_came_with_the_demo(ring, own_clients, over, says):
    (problem,) = problems(ring, own_clients, **over)
    assert says in problem


def test_production_refuses_demo_keys(tmp_path, own_clients):
    demo = KeyRing.create(tmp_path / "demo", demo=True)
    assert "demo keys" in problems(demo, own_clients)[0]


def test_one_demo_key_among_good_ones_is_enough(ring, own_clients):
    for name in ("data.key", "pseudonym.key"):
        path = ring.folder / name
        good = path.read_text()
        path.write_text(f"demo-{good}")
        assert "demo keys" in problems(KeyRing.open(ring.folder), own_clients)[0]
        path.write_text(good)


def test_production_refuses_demo_clients(ring, clients):
    (problem,) = problems(ring, clients)
    assert "demo-frontend" in problem
    assert "auth.clients_file" in problem


@pytest.mark.parametrize("profile", ["demo", "embedded"])
def test_other_profiles_may_have_demo_things(tmp_path, clients, profile):
    demo = KeyRing.create(tmp_path / "demo", demo=True)
    assert problems(demo, clients, profile=profile, auth={"issuers": []}) == []


def test_production_refuses_secrets_that_all_can_read(ring, own_clients, tmp_path):
    secret, key = tmp_path / "password", tmp_path / "tls.key"
    for path in (secret, key):
        path.write_text("s3cret")
        path.chmod(0o644)
    portals = {
        "watiqa": {"mode": "live", "secrets": {"client_secret": {"file": str(secret)}}, "tls": {"key": str(key)}},
        "barid": {"enabled": False},
    }
    found = problems(ring, own_clients, portals=portals)
    assert len(found) == 2
    assert f"portals.watiqa.secrets.client_secret: {secret}" in "\n".join(found)
    assert all(f"chmod o= {path}" in "\n".join(found) for path in (secret, key))
    for path in (secret, key):
        path.chmod(0o640)  # its group may read
    assert problems(ring, own_clients, portals=portals) == []
    secret.chmod(0o660)
    assert len(problems(ring, own_clients, portals=portals)) == 1


def test_production_refuses_a_readable_password_in_settings(ring, own_clients, tmp_path):
    config = tmp_path / "gateway.toml"
    config.write_text('[store]\nurl = "postgresql+psycopg://gateway:s3cret@db/gateway"\n')
    config.chmod(0o644)
    [found] = refuse_demo(load(config, **GOOD), ring, own_clients)
    assert str(config) in found
    assert "s3cret" not in found
    config.chmod(0o600)
    assert refuse_demo(load(config, **GOOD), ring, own_clients) == []
    config.write_text('[store]\nurl = "postgresql+psycopg://gateway@db/gateway"\n')
    config.chmod(0o644)
    assert refuse_demo(load(config, **GOOD), ring, own_clients) == []
