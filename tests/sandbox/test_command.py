"""The command as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from gateway.settings import load
from tests.ports import free_port
from tests.waiting import PATIENCE

COMMAND = [sys.executable, "-c", "from gateway.cli import main; main()", "sandbox"]


def test_it_prepares_the_state_serves_and_stops_when_told(tmp_path):
    port = free_port(1, 3)
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--state", str(tmp_path / "s"), "--speed", "60"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stderr.readline()
        url = re.search(r"http://\S+", line)[0]
        with urllib.request.urlopen(f"{url}/health") as answer:
            health = json.load(answer)
        with urllib.request.urlopen(f"{url}/_clock") as answer:
            assert json.load(answer)["speed"] == 60
        settings = load(state_dir=tmp_path / "s")
        sealed, tls = settings.portal("rokhas").base_url, settings.portal("rokhas").tls
        context = ssl.create_default_context(cafile=tls.ca)
        context.load_cert_chain(tls.cert, tls.key)
        with (
            pytest.raises(urllib.error.HTTPError) as unknown,
            urllib.request.urlopen(f"{sealed}/api/dossiers/PC-1", context=context),
        ):
            pass
        with unknown.value as answer:
            assert (answer.code, json.load(answer)["error"]) == (404, "dossier_inconnu")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    assert url == f"http://127.0.0.1:{port}"
    assert sealed == f"https://127.0.0.1:{port + 1}/rokhas"
    assert health["status"] == "up"
    assert "idp" in health["portals"]
    assert process.returncode in (0, -signal.SIGTERM)
    assert os.path.exists(tmp_path / "s" / "gateway.toml")


def test_a_taken_port_is_told_and_the_exit_code_is_1(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = subprocess.run(
            [*COMMAND, "--port", str(port), "--state", str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE
        )

    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr


def test_config_and_state_together_are_wrong_usage(tmp_path):
    done = subprocess.run(
        [*COMMAND, "--config", str(tmp_path / "c"), "--state", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 2
