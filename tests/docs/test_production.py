"""The production example is complete: with it, `doctor` asks only for what nobody can give but the operator."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.api.cases.attachments import AttachmentsController
from gateway.api.cases.callbacks import CallbacksController
from gateway.api.routes import CONTROLLERS
from gateway.audit.cosignature import WitnessKey
from gateway.auth.clients import Clients
from gateway.cli import main
from gateway.sandbox.certificates import Authority
from gateway.settings import bundled, load
from tests import quick_gateway
from tests.ports import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "production.example.toml"


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


EXAMPLES = "jwks_url|folders|timeouts|tls|email|[a-z]+_address|case_url|preferences_url|host|username|password"
"""Commented settings that show what one may write, and not the default."""


def test_what_it_gives_as_a_comment_is_the_default(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    plain = load(EXAMPLE).model_dump()
    (tmp_path / "all.toml").write_text(
        re.sub(
            rf"^#(?=[a-z_.]+ = )(?!{EXAMPLES})",
            "",
            text,
            flags=re.MULTILINE,
        )
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
    assert found.keys() == {"keys", "clients", "portals", "issuers", "store"}
    assert "keys create" in found["keys"]["remedy"]
    assert [name for name, each in found.items() if not each["remedy"]] == []
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
                Path(reference["file"]).chmod(0o600)
    monkeypatch.setenv("BARID_API_KEY", "agreed")
    for portal in ("alhalalmadania", "rokhas"):
        pair = Authority(tmp_path / "authority").issue(portal, "services.mre.example")
        shutil.copy(pair.cert, tmp_path / "etc" / f"{portal}.pem")
        shutil.copy(pair.key, tmp_path / "secrets" / f"{portal}.key")
    shutil.copy(tmp_path / "authority" / "ca.pem", tmp_path / "etc" / "alhalalmadania-ca.pem")
    assert wrong(config).keys() == {"issuers"}  # the identity provider is somebody else's


class Issuers:
    """The three identity providers of the example, over TLS by an authority of their own."""

    def __init__(self, folder: Path) -> None:
        pair = Authority(folder).issue("idp", "127.0.0.1", server=True)
        key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(key).decode().rstrip("=")
        keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1", "use": "sig"}]}
        issuers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                told = {"issuer": f"{issuers.url}/{name}", "jwks_uri": f"{issuers.url}/keys"}
                body = json.dumps(keys if name == "keys" else told).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self.ca = folder / "ca.pem"

    def __enter__(self) -> Issuers:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def provided(tmp_path: Path, issuers: Issuers, store_url: str) -> tuple[Path, dict[str, str]]:
    """The example with all that an operator has to bring, made for real, and nothing of ours: the settings file, and
    the environment of the process."""
    etc, secrets = tmp_path / "etc", tmp_path / "secrets"
    for folder in (etc, secrets):
        folder.mkdir()
    text = EXAMPLE.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    port = free_port()
    for old, new in {
        "/var/lib/mre-gateway": str(tmp_path / "state"),
        "/etc/mre-gateway": str(etc),
        "/run/secrets/mre-gateway": str(secrets),
        "port = 8400": f"port = {port}",
        "postgresql+psycopg://mre_gateway@db.mre.example/mre_gateway": store_url,
        "https://login.mre.example": f"{issuers.url}/login",
        "https://id.agency.example": f"{issuers.url}/agency",
        "https://staff.mre.example": f"{issuers.url}/staff",
        '#ca_bundle = ""': f'ca_bundle = "{issuers.ca}"',
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    config = tmp_path / "gateway.toml"
    config.write_text(text)
    shutil.copy(ROOT / "docs" / "examples" / "clients.toml", etc / "clients.toml")
    for portal in tomllib.loads(text)["portals"].values():
        for reference in portal.get("secrets", {}).values():
            if "file" in reference:
                Path(reference["file"]).write_text("agreed-with-the-portal-in-its-agreement")
                Path(reference["file"]).chmod(0o600)
    for portal in ("alhalalmadania", "rokhas"):
        pair = Authority(tmp_path / "authority").issue(portal, "services.mre.example")
        shutil.copy(pair.cert, etc / f"{portal}.pem")
        shutil.copy(pair.key, secrets / f"{portal}.key")
    shutil.copy(tmp_path / "authority" / "ca.pem", etc / "alhalalmadania-ca.pem")
    return config, {**os.environ, "BARID_API_KEY": "agreed-with-the-portal"}


def command(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([quick_gateway.folder() / "mre-gateway", *arguments], env=env, capture_output=True, text=True)


def test_example_that_is_filled_in_is_clean_and_serves(tmp_path: Path, postgres_url: str) -> None:
    """What `docs/guides/production.md` says, step by step: keys, doctor, start; and the doctor once more."""
    with Issuers(tmp_path / "idp") as issuers:
        config, env = provided(tmp_path, issuers, postgres_url)
        made = command(env, "keys", "create", "--config", str(config))
        assert made.returncode == 0, made.stderr
        before = command(env, "doctor", "--json", "--config", str(config))
        found = json.loads(before.stdout)["findings"]
        assert [each for each in found if each["level"] == "wrong"] == []
        assert before.returncode == 0
        serving = subprocess.Popen(
            [quick_gateway.folder() / "mre-gateway", "serve", "--config", str(config)],
            env=env, stdout=subprocess.DEVNULL, stderr=(tmp_path / "log").open("w"),
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{tomllib.loads(config.read_text())['server']['port']}"
            ready = answered(f"{address}/health/ready", serving, tmp_path / "log")
            assert ready["status"] == "ok", ready
            assert len(ready["portals"]) == 8
            during = command(env, "doctor", "--json", "--config", str(config))
            found = json.loads(during.stdout)["findings"]
            assert [each for each in found if each["level"] == "wrong"] == []
            assert during.returncode == 0
        finally:
            serving.terminate()
            serving.wait(PATIENCE)


def answered(url: str, serving: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False) as http:
        while True:
            try:
                body: dict[str, Any] = http.get(url).json()
                return body
            except httpx.TransportError:
                assert serving.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)


def test_the_proxy_passes_all_public_paths() -> None:
    """What the page tells operators to pass on is all that there is, but for what stays inside."""
    text = " ".join((ROOT / "docs" / "guides" / "production.md").read_text(encoding="utf-8").split())
    sentence = re.search(r"It passes to the outside (.*?); (.*?) stay inside", text)
    assert sentence is not None
    outside, inside = (set(re.findall(r"`(/[a-z0-9.-]+)`", part)) for part in sentence.groups())
    served = {f"/{each.path.split('/')[1]}" for each in (*CONTROLLERS, AttachmentsController, CallbacksController)}
    assert outside | inside == served | {"/schema", "/docs"}
    assert inside == {"/metrics", "/health"}


def test_the_wheel_brings_the_example() -> None:
    assert (bundled("config") / EXAMPLE.name).exists()
