"""The production example is complete: with it, `doctor` asks only for what nobody can give but the operator."""

from __future__ import annotations

import json
import re
import shutil
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.audit.cosignature import WitnessKey
from gateway.auth.clients import Clients
from gateway.cli import main
from gateway.sandbox.certificates import Authority
from gateway.settings import bundled, load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "production.example.toml"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example, with what it names on this machine instead of on `mre.example`: nothing but loopback is asked."""
    text = EXAMPLE.read_text(encoding="utf-8")
    closed = f"127.0.0.1:{free_port()}"
    for old, new in {
        "/var/lib/mre-gateway": str(tmp_path / "state"),
        "/etc/mre-gateway": str(tmp_path / "etc"),
        "/run/secrets/mre-gateway": str(tmp_path / "secrets"),
        "db.mre.example": closed,
        "https://login.mre.example": f"https://{closed}",
        "port = 8400": f"port = {free_port()}",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "gateway.toml").write_text(text)
    return tmp_path / "gateway.toml"


def wrong(config: Path) -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(main, ["doctor", "--json", "--config", str(config)])
    found = json.loads(done.stdout)["findings"]
    return {each["check"]: each for each in found if each["level"] == "wrong"}


def test_the_example_loads() -> None:
    settings = load(EXAMPLE)
    assert settings.profile == "production"
    assert settings.on_postgresql


def test_it_loads_with_all_its_comments_in_force(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    optional = re.findall(r"^#(?=[a-z_.]+ = )", text, re.MULTILINE)
    assert len(optional) > 15
    (tmp_path / "all.toml").write_text(re.sub(r"^#(?=[a-z_.]+ = )", "", text, flags=re.MULTILINE))
    load(tmp_path / "all.toml")


def test_the_anchors_that_it_shows_can_be_set(tmp_path: Path) -> None:
    shown = re.findall(r"^#   (.*)$", EXAMPLE.read_text(encoding="utf-8").partition("[audit]")[2], re.MULTILINE)
    (tmp_path / "anchors.toml").write_text("\n".join(shown))
    audit = load(tmp_path / "anchors.toml").audit
    assert [str(WitnessKey.parse(each.vkey)) for each in audit.witnesses] == [each.vkey for each in audit.witnesses]
    assert (len(audit.witnesses), len(audit.timestamp_authorities)) == (1, 1)


def test_what_it_gives_as_a_comment_is_the_default(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    plain = load(EXAMPLE).model_dump()
    (tmp_path / "all.toml").write_text(
        re.sub(r"^#(?=[a-z_.]+ = )(?!jwks_url|folders|timeouts|tls)", "", text, flags=re.MULTILINE)
    )
    assert load(tmp_path / "all.toml").model_dump() == plain


def test_no_portal_is_switched_on() -> None:
    settings = load(EXAMPLE)
    assert set(settings.plugins.enabled) == set(settings.portals)
    assert [id for id, portal in settings.portals.items() if portal.enabled] == []


def test_the_example_of_clients_can_be_used_and_is_no_demo() -> None:
    clients = list(Clients.read(ROOT / "docs" / "examples" / "clients.toml"))
    assert {client.kind for client in clients} == {"frontend", "app", "agent", "auditor", "operator"}
    assert not any(client.demo for client in clients)


def test_doctor_asks_for_what_must_be_provided_and_for_nothing_else(config: Path) -> None:
    found = wrong(config)
    assert found.keys() == {"keys", "clients", "portals", "issuers", "store", "journeys"}
    assert "keys create" in found["keys"]["remedy"]
    assert "no plugin is enabled" in found["portals"]["message"]


def test_each_thing_provided_is_asked_for_no_more(
    config: Path, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = CliRunner().invoke(main, ["keys", "create", "--config", str(config)])
    assert made.exit_code == 0, made.output
    (tmp_path / "etc").mkdir()
    shutil.copy(ROOT / "docs" / "examples" / "clients.toml", tmp_path / "etc" / "clients.toml")
    monkeypatch.setenv("MRE_GATEWAY__STORE__URL", postgres_url)
    config.write_text(config.read_text().replace("enabled = false", "enabled = true"))
    portals = tomllib.loads(config.read_text())["portals"]
    needing = {f"portal {id}" for id, portal in portals.items() if portal.keys() & {"secrets", "tls"}}
    assert len(needing) >= 4
    assert wrong(config).keys() == {"issuers", *needing}
    (tmp_path / "secrets").mkdir()
    for each in portals.values():
        for reference in each.get("secrets", {}).values():
            if "file" in reference:
                Path(reference["file"]).write_text("agreed")
    monkeypatch.setenv("BARID_API_KEY", "agreed")
    for portal in ("alhalalmadania", "rokhas"):
        pair = Authority(tmp_path / "authority").issue(portal, "services.mre.example")
        shutil.copy(pair.cert, tmp_path / "etc" / f"{portal}.pem")
        shutil.copy(pair.key, tmp_path / "secrets" / f"{portal}.key")
    shutil.copy(tmp_path / "authority" / "ca.pem", tmp_path / "etc" / "alhalalmadania-ca.pem")
    assert wrong(config).keys() == {"issuers"}  # the identity provider is somebody else's


def test_the_wheel_brings_the_example() -> None:
    assert (bundled("config") / EXAMPLE.name).exists()
