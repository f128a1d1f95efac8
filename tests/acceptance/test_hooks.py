"""What a plugin that is no connector can add: a signer, a copy of the audit log, a command."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import quick_gateway

from .conftest import world_in

PLUGIN = '''
"""A signer as a security module would give it, a copy of the log, and a command."""
import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gateway.connectors.hookspecs import hookimpl

class Module:
    algorithm = "EdDSA"
    def __init__(self, options):
        self.key_id = options["label"]
        self._key = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
        self.public = self._key.public_key().public_bytes_raw()
    def sign(self, message):
        return self._key.sign(message)

@hookimpl
def gateway_register_signers(register):
    register("module", Module)

@hookimpl
def gateway_register_audit_sinks(register):
    register("copy", lambda index, leaf: open(__file__ + ".copy", "ab").write(leaf + b"\\n"))

@hookimpl
def gateway_register_commands(cli):
    @cli.command("hello")
    def hello():
        click.echo("hello from a plugin")
'''
MANIFEST = """
id = "security"
api = 1
lifecycle = "preview"
version_added = "0.1.0"
owners = ["Tests"]
title = { ar = "وحدة", fr = "module", en = "module" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "more" / "security"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    (home / "plugin.toml").write_text(MANIFEST, encoding="utf-8")
    return home


async def test_a_plugins_signer_signs_what_leaves_and_its_key_is_published(tmp_path: Path, folder: Path) -> None:
    plugins = {"folders": [str(folder.parent)], "enabled": ["watiqa", "etimbre", "barid", "echo", "security"]}
    signing = {"outbound": {"kind": "module", "label": "hsm-1"}}
    async with world_in(tmp_path / "state", "", plugins=plugins, signing=signing) as world:
        keys = (await world.get("/.well-known/jwks.json")).json()["keys"]
        assert "hsm-1" in [key["kid"] for key in keys]
        assert (await world.get("/v1/tracking/barid/RR123456785MA")).status_code == 200
        (record,) = await world.records(portal="barid")
        assert record["hops"][0]["key_id"] == "hsm-1"
    copied = [json.loads(line) for line in Path(f"{folder / '__init__.py'}.copy").read_bytes().splitlines()]
    assert record in copied


def test_a_plugins_command_is_one_of_ours(folder: Path) -> None:
    plugins = json.dumps({"folders": [str(folder.parent)], "enabled": ["security"]})
    ran = subprocess.run(
        [quick_gateway.folder() / "mre-gateway", "hello"],
        env={**os.environ, "MRE_GATEWAY__PLUGINS": plugins},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "hello from a plugin\n"
