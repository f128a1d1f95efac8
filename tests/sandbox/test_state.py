from __future__ import annotations

import stat
import tomllib

from gateway.auth.keys import KeyRing
from gateway.connectors.loader import load as load_plugins
from gateway.connectors.secrets import portal_secrets
from gateway.sandbox.state import MARK, prepare
from gateway.settings import load


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_makes_a_working_demo(tmp_path):
    prepare(tmp_path, port=9000, sandbox_port=9001, store_url="postgresql+psycopg://x/y", speed=60)

    settings = load(state_dir=tmp_path)

    assert (settings.profile, settings.server.port, settings.store_url) == ("demo", 9000, "postgresql+psycopg://x/y")
    assert (settings.sandbox.url, settings.sandbox.port, settings.sandbox.speed) == ("http://127.0.0.1:9001", 9001, 60)
    (issuer,) = settings.auth.issuers
    assert (issuer.issuer, issuer.demo) == ("http://127.0.0.1:9001/idp", True)
    assert settings.journeys.poll_seconds == 0.5
    assert KeyRing.open(tmp_path / "keys").has_demo_keys
    registry = load_plugins(settings)
    for id, plugin in registry.connectors.items():
        found = portal_secrets(plugin.manifest, settings.portal(id), registry.secret_sources)
        assert all(len(secret.reveal()) > 30 for secret in found.values())


def test_doing_it_again_changes_nothing(tmp_path):
    prepare(tmp_path, port=9000, sandbox_port=9001, speed=1)
    before = everything(tmp_path)

    prepare(tmp_path, port=9000, sandbox_port=9001, speed=1)

    assert everything(tmp_path) == before


def test_other_ports_keep_keys_and_secrets(tmp_path):
    prepare(tmp_path, port=9000, sandbox_port=9001, speed=1)
    before = everything(tmp_path)

    prepare(tmp_path, port=9100, sandbox_port=9101, speed=1)

    after = everything(tmp_path)
    assert [str(path) for path in after if after[path] != before.get(path)] == ["gateway.toml"]
    assert load(state_dir=tmp_path).server.port == 9100


def test_a_file_that_a_person_took_over_is_left_alone(tmp_path):
    prepare(tmp_path, port=9000, sandbox_port=9001, speed=1)
    config = tmp_path / "gateway.toml"
    mine = config.read_text().removeprefix(MARK)
    config.write_text(mine)

    prepare(tmp_path, port=9100, sandbox_port=9101, speed=1)

    assert config.read_text() == mine


def test_nobody_else_can_read_it(tmp_path):
    folder = tmp_path / "state"

    prepare(folder, port=9000, sandbox_port=9001, speed=1)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_a_path_with_quotes_survives(tmp_path):
    folder = tmp_path / 'a "b" \\ é'

    prepare(folder, port=9000, sandbox_port=9001, speed=1)

    assert tomllib.loads((folder / "gateway.toml").read_text())["server"]["port"] == 9000
    load(state_dir=folder)
