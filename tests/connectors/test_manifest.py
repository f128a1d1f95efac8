from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.connectors import auth_schemes
from gateway.connectors.manifest import ApiMismatch, ManifestError, read_manifest
from gateway.outbound import schemes as outbound_schemes
from gateway.testing.scaffold import create_plugin

with TemporaryDirectory() as made:
    GOOD = (create_plugin("skeleton", Path(made)) / "plugin.toml").read_text()


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "plugin.toml"
        path.write_text(text)
        return read_manifest(path)

    return read_text


def test_a_manifest_is_read_with_its_defaults(read):
    found = read(GOOD.replace("sign = true\n", ""))

    assert (found.id, found.api, found.sign, found.options) == ("skeleton", 1, True, {})
    assert found.auth == {"scheme": "api_key", "header": "X-API-Key", "secret": "api_key"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "skeleton"', 'id = "Skele-ton"', "id"),
        ('lifecycle = "preview"', 'lifecycle = "new"', "lifecycle"),
        ("owners = [", "owners = [] #", "owners"),
        ("hosts = [", "hosts = 3 #", "hosts"),
        ("sign = true", 'sign = "yes"', "sign"),
        ('fr = "Skeleton"', 'fr = " "', "title.fr"),
        ('fr = "Skeleton"', "fr = 1", "title"),
        ('scheme = "api_key"', "", "auth.scheme"),
        ('secret = "api_key"', 'secret = "other"', "auth.secret"),
    ],
)
def test_an_error_names_the_file_and_the_key(read, old, new, key):
    assert old in GOOD

    with pytest.raises(ManifestError) as raised:
        read(GOOD.replace(old, new))

    assert raised.value.key.startswith(key)
    assert str(raised.value).startswith(f"plugin.toml: {key}")


@pytest.mark.parametrize(
    ("table", "key", "says"),
    [
        ('scheme = "bearer"', "auth.scheme", "'bearer'; known: none, api_key"),
        ('scheme = "bearer"', "auth.scheme", 'header = "Authorization", prefix = "Bearer "'),
        ('scheme = "api_key"', "auth.secret", "is missing: the scheme 'api_key' needs it"),
        ('scheme = "api_key"\nsecret = "api_key"\nprefx = "Bearer "', "auth.prefx", "it has secret, header, prefix"),
        ('scheme = "none"\nsecret = "api_key"', "auth.secret", "it has no others"),
        ('scheme = "api_key"\nsecret = "api_key"\nheader = 3', "auth.header", "must be a text"),
        ('scheme = "dpop"\nsecret = "api_key"', "auth.token_path", "is missing"),
        (
            'scheme = "dpop"\nsecret = "api_key"\ntoken_path = "/t"\nclient_auth = "body"',
            "auth.client_auth",
            "must be basic or post",
        ),
        ('scheme = "ws_security"\nwindow_seconds = "60"', "auth.window_seconds", "must be a whole number"),
    ],
)
def test_a_table_auth_that_no_scheme_reads_says_which_member_and_what_is_known(read, table, key, says):
    with pytest.raises(ManifestError) as raised:
        read(GOOD.partition("[auth]")[0] + "[auth]\n" + table)

    assert raised.value.key == key
    assert says in raised.value.problem


def test_every_scheme_that_the_gateway_has_can_be_written():
    assert set(auth_schemes.SCHEMES) == set(outbound_schemes.SCHEMES)


def test_a_missing_key_is_named(read):
    with pytest.raises(ManifestError, match=r"plugin\.toml: .*`version_added`"):
        read(GOOD.replace('version_added = "0.1.0"', ""))


@pytest.mark.parametrize("api", ["0", "2", "99"])
def test_another_api_is_told_apart_even_when_the_rest_is_unknown(read, api):
    with pytest.raises(ApiMismatch, match=f"version {api}"):
        read(f"api = {api}\nunheard_of = true")


@pytest.mark.parametrize("api", ['"1"', "true", "1.0"])
def test_an_api_that_is_no_number_is_an_error(read, api):
    with pytest.raises(ManifestError, match="api"):
        read(f"api = {api}")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ManifestError, match=r"plugin\.toml: cannot be read"):
        read_manifest(tmp_path / "plugin.toml")


def test_a_file_that_is_not_utf8_says_so(tmp_path):
    path = tmp_path / "plugin.toml"
    path.write_bytes(b'id = "\xff"')

    with pytest.raises(ManifestError, match="not valid TOML"):
        read_manifest(path)
