"""`mre-gateway connector serve`: real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gateway.cli.authoring import serve as command
from gateway.cli.authoring.serve import NotServed, explained, put_at, told
from gateway.settings import bundled
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


def test_why_a_demand_was_refused_is_said_as_the_person_reads_it() -> None:
    errors = [{"pointer": "/form/contract", "detail": "No such contract."}]
    refusal = {"text": "Nobody has this contract.", "portal_message": "Contrat inconnu.", "errors": errors}
    case = CASE | {"status": "rejected", "filing": {"reference": None}, "documents": [], "refusal": refusal}
    assert told(FACTS | {"case": case}, stays=False).splitlines() == [
        "",
        "Case       case_1: rejected, not filed",
        "Why        Nobody has this contract. “Contrat inconnu.”",
        "           /form/contract: No such contract.",
    ]


def test_an_example_about_somebody_else_says_whose_name_it_wants() -> None:
    said = explained("POST /v1/cases: another_person: The form names somebody else.")
    assert "ordered by Amina El Fassi, CNIE AB123456, born 1988-03-14" in said
    assert explained("no free slot") == "no free slot"


def test_files_of_the_example_are_put_where_it_names_them() -> None:
    form = {"a/b": {"copies": [{"file": "att_0"}, {"file": "att_0"}]}}
    put_at(form, "/a~1b/copies/1/file", "att_1")
    assert form == {"a/b": {"copies": [{"file": "att_0"}, {"file": "att_1"}]}}


def test_state_is_kept_where_a_failure_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with command._folder(None) as good:
        assert good.is_dir()
    assert not good.exists()
    with pytest.raises(NotServed), command._folder(None) as bad:
        raise NotServed(str(bad))
    assert bad.is_dir()
    with command._folder(bad) as own:
        assert own == bad
    assert bad.is_dir()


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


IN_EACH_RUN = ("rendezvous", "rokhas")
"""They ask for documents, a fee and an appointment on the way."""
WITH_EXAMPLES = sorted(
    path.parent.name for path in bundled("plugins").glob("*/services.toml") if ".example]" in path.read_text()
)


def served(plugin: Path, *options: str) -> dict[str, object]:
    process = serve(plugin, free_port(*DEMO), "--once", "--json", *options)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0, err
    case: dict[str, object] = json.loads(out)["case"]
    return case


@pytest.mark.parametrize(
    "id", [each if each in IN_EACH_RUN else pytest.param(each, marks=pytest.mark.soak) for each in WITH_EXAMPLES]
)
def test_case_of_a_bundled_plugin_comes_to_its_end(id: str) -> None:
    assert served(bundled("plugins") / id)["status"] == "completed"


COPY = """[request.form.properties.copy]
x-use = "file"
x-media-types = ["image/png"]
x-max-bytes = 200
x-title = { ar = "نسخة", fr = "Copie", en = "Copy" }

[[request.subject]]"""


def test_form_that_requires_a_file_is_filed_with_one(tmp_path: Path) -> None:
    """A picture, and a small one: the member takes nothing else. And what is laid over the example is rejected."""
    made = create_plugin("hello", tmp_path, ["filing"])
    table = made / "services.toml"
    text = table.read_text()
    for old, new in (
        ("[[request.subject]]\nwhom", f"{COPY}\nwhom"),
        ('required = ["subject"]', 'required = ["subject", "copy"]'),
        ("[request.example]", f'[request.example]\ncopy = "att_{"0" * 26}"'),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    table.write_text(text)
    assert served(made, "--form", '{"subject": "Refuse this"}')["status"] == "rejected"
