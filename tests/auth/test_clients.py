from __future__ import annotations

import pytest

from gateway.auth.clients import Clients
from gateway.settings import SettingsError, load


def written(tmp_path, text):
    path = tmp_path / "clients.toml"
    path.write_text(text)
    return path


FRONTEND = '[f]\nname = "F"\nkind = "frontend"\nscopes = ["cases:read"]\n'


@pytest.fixture
def frontend(tmp_path):
    urls = '["https://mre.example.org/retour", "http://127.0.0.1:*/"]'
    text = f'{FRONTEND}return_urls = {urls}\nredirect_uris = ["http://127.0.0.1:*/callback", "https://mre.example.org/cb"]\n'
    return Clients.read(written(tmp_path, text)).get("f")


def test_the_bundled_clients_are_all_demo_clients(clients):
    assert {client.id for client in clients} == {
        "demo-frontend",
        "demo-app",
        "demo-agent",
        "demo-auditor",
        "demo-operator",
        "demo-agency",
        "demo-window",
        "demo-auditors",
        "demo-operators",
        "demo-agencies",
    }
    assert all(client.demo for client in clients)
    assert clients.get("nobody") is None


def test_the_settings_may_name_another_file(tmp_path):
    path = written(tmp_path, FRONTEND)
    assert [client.id for client in Clients.load(load(auth={"clients_file": str(path)}))] == ["f"]


@pytest.mark.parametrize(
    "url",
    [
        "https://mre.example.org/retour",
        "https://mre.example.org/retour/merci?case=1#done",
        "https://MRE.example.org/retour",
        "http://127.0.0.1:5173/",
        "http://127.0.0.1:5173",
        "http://127.0.0.1/any/where",
    ],
)
def test_a_payer_may_return_below_the_registered_addresses(frontend, url):
    assert frontend.may_return_to(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/retour",
        "//mre.example.org/retour",
        "http://mre.example.org/retour",
        "https://mre.example.org/",
        "https://mre.example.org/retour-faux",
        "https://mre.example.org/retour/../admin",
        "https://mre.example.org/retour/%2e%2e/admin",
        "https://mre.example.org/retour/..%2Fadmin",
        "https://mre.example.org:8443/retour",
        "https://mre.example.org.evil.example/retour",
        "https://evil.example/https://mre.example.org/retour",
        "https://mre.example.org@evil.example/retour",
        "http://someone@127.0.0.1:5173/",
        "https://mre.example.org\\@evil.example/retour",
        "https://mre.example.org/retour\nx",
        "https://mre.example.org/retour\u202e",
        "https://127.0.0.1:5173/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1.evil.example/",
        "javascript:alert(1)",
        "https://[/retour",
    ],
)
def test_a_payer_is_sent_nowhere_else(frontend, url):
    assert not frontend.may_return_to(url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8499/callback", True),
        ("https://mre.example.org/cb", True),
        ("https://mre.example.org/cb/more", False),
        ("https://mre.example.org/cb?x=1", False),
        ("http://127.0.0.1:8499/callback#x", False),
        ("http://127.0.0.1:8499/other", False),
        ("http://localhost:8499/callback", False),
    ],
)
def test_a_redirect_uri_is_exact_but_for_a_loopback_port(frontend, url, allowed):
    assert frontend.may_redirect_to(url) is allowed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FRONTEND.replace("cases:read", "audit:bodies"), "f: a client of kind frontend cannot have the scope"),
        (FRONTEND.replace("frontend", "god"), "god"),
        (FRONTEND + 'color = "red"\n', "color"),
        (FRONTEND + 'return_urls = ["http://mre.example.org/"]\n', "only https"),
        (FRONTEND + 'return_urls = ["https://mre.example.org:*/"]\n', "fixed port"),
        (FRONTEND + 'return_urls = ["mre.example.org"]\n', "absolute"),
        ("[f", "clients.toml"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path, text, says):
    with pytest.raises(SettingsError, match=r".*") as caught:
        Clients.read(written(tmp_path, text))
    assert says in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"auth\.clients_file"):
        Clients.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("origin", "problem"),
    [
        ("https://www.example.org/", "more than an origin"),
        ("https://www.example.org/shop", "more than an origin"),
        ("http://www.example.org", "only https"),
        ("*", "not an absolute"),
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(tmp_path, origin, problem):
    with pytest.raises(SettingsError, match=problem):
        Clients.read(written(tmp_path, f'{FRONTEND}origins = ["{origin}"]\n'))


@pytest.mark.parametrize(
    "scopes", ['["portal:watiqa", "operate"]', '["portal:"]', '["portal:Watiqa"]', '["portal:*"]', '["audit:list"]']
)
def test_an_agency_is_granted_its_portals_and_nothing_else(tmp_path, scopes):
    path = tmp_path / "clients.toml"
    path.write_text(f'[a]\nname = "A"\nkind = "agency"\nscopes = {scopes}\n')
    with pytest.raises(SettingsError, match="agency cannot have the scope"):
        Clients.read(path)


def test_only_an_agency_is_granted_a_portal(tmp_path):
    path = tmp_path / "clients.toml"
    path.write_text('[a]\nname = "A"\nkind = "operator"\nscopes = ["portal:watiqa"]\n')
    with pytest.raises(SettingsError, match="operator cannot have the scope"):
        Clients.read(path)
