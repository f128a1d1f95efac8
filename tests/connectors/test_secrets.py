from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.connectors.manifest import read_manifest
from gateway.connectors.secrets import portal_secrets, resolve
from gateway.settings import PortalSettings, SecretRef, SettingsError
from gateway.testing.scaffold import create_plugin

with TemporaryDirectory() as made:
    MANIFEST = read_manifest(create_plugin("skeleton", Path(made)) / "plugin.toml")


def portal(**reference: str) -> PortalSettings:
    return PortalSettings(secrets={"api_key": SecretRef(**reference)})


@pytest.fixture
def sources(workshop):
    return workshop.load().secret_sources


def test_a_secret_comes_from_the_environment(sources, monkeypatch):
    monkeypatch.setenv("PORTAL_KEY", "hush-hush")

    found = portal_secrets(MANIFEST, portal(env="PORTAL_KEY"), sources)

    assert found["api_key"].reveal() == "hush-hush"
    assert "hush-hush" not in repr(found)


def test_a_secret_comes_from_a_file(sources, tmp_path):
    (tmp_path / "key").write_text("hush\n")

    assert portal_secrets(MANIFEST, portal(file=str(tmp_path / "key")), sources)["api_key"].reveal() == "hush"


def test_a_secret_that_the_settings_leave_out_is_named(sources):
    with pytest.raises(SettingsError, match=r"portals\.skeleton\.secrets\.api_key"):
        portal_secrets(MANIFEST, PortalSettings(), sources)


def test_a_source_that_nobody_registered_is_named_with_those_there_are(sources):
    with pytest.raises(SettingsError, match=r"'vault'; there are env, file"):
        resolve(SecretRef(vault="kv/portal"), sources)
