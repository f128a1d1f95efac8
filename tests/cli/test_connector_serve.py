"""`mre-gateway connector serve`: real processes. To a case that has ended: tests/testing/test_scaffold.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gateway.cli.authoring.serve import explained, told
from gateway.testing.scaffold import create_plugin
from tests.ports import DEMO, free_port
from tests.waiting import PATIENCE

CASE = {
    "id": "case_1",
    "status": "completed",
    "filing": {"reference": "D-1"},
    "documents": [{"id": "certificate", "title": "Certificat", "media_type": "application/pdf"}],
}
FACTS = {"id": "hello", "gateway": "http://g", "sandbox": "http://s/hello", "token": "t0", "case": CASE}


def test_of_a_gateway_that_is_gone_nothing_is_offered() -> None:
    assert told(FACTS, stays=False).splitlines() == [
        "",
        "Case       case_1: completed, filed as D-1",
        "Document   Certificat (application/pdf)",
    ]
    stays = told(FACTS, stays=True)
    for each in ("curl http://g/v1/cases/case_1", "export TOKEN=t0", "Document   Certificat", "Ctrl-C"):
        assert each in stays


def test_an_example_about_somebody_else_says_whose_name_it_wants() -> None:
    said = explained("POST /v1/cases: another_person: The form names somebody else.")
    assert "ordered by Amina El Fassi, CNIE AB123456, born 1988-03-14" in said
    assert explained("no free slot") == "no free slot"


def serve(plugin: Path, port: int, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "connector", "serve", str(plugin), "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=plugin.parent,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    )


def test_it_stays_up_until_it_is_told_to_end(tmp_path: Path) -> None:
    port = free_port(*DEMO)
    process = serve(create_plugin("hello", tmp_path, ["tracking"]), port)
    assert process.stdout is not None
    printed = []
    try:
        while not printed or "Ctrl-C stops everything." not in printed[-1]:
            printed.append(process.stdout.readline())
            assert printed[-1], process.communicate()[1]
        assert "It has no service with an example: nothing was filed.\n" in printed
        (token,) = [line.split("=", 1)[1].strip() for line in printed if line.startswith("export TOKEN=")]
        url = f"http://127.0.0.1:{port}/v1/tracking/hello/D-1000"
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=PATIENCE)
        assert answer.json()["portal_status"] == "working"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_connector_that_does_not_load_is_told_at_once(tmp_path: Path) -> None:
    made = create_plugin("hello", tmp_path)
    (made / "connector.py").write_text("raise RuntimeError('not yet')\n")
    _, err = serve(made, free_port(*DEMO), "--once").communicate(timeout=PATIENCE)
    assert "hello is left out at stage import: RuntimeError: not yet" in err
    assert "connector.py:1" in err
