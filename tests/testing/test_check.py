from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from gateway.connectors import sources
from gateway.connectors.contract import Refused
from gateway.connectors.levels import UnfitFiles
from gateway.testing import check_plugin, run_checks
from gateway.testing.attacks import GivenAnswer, Played, Scene
from gateway.testing.check import write_report
from gateway.testing.checks import answers, recordings
from gateway.testing.checks.base import Check, Notes
from gateway.testing.exchanges import Replayed
from gateway.testing.findings import error, told
from gateway.testing.shape import files, imports


def only(found):
    (finding,) = found
    return finding


def test_a_new_plugin_conforms(findings):
    assert findings() == []


@pytest.mark.parametrize(
    ("file", "line", "module"),
    [
        ("connector.py", "from gateway.settings import load", "gateway.settings.load"),
        ("connector.py", "from gateway import ids", "gateway.ids"),
        ("sandbox/routes.py", "import gateway.storage", "gateway.storage"),
        ("mapping.py", "from plugins.barid import mapping", "plugins.barid.mapping"),
        ("mapping.py", "from ..barid import mapping", "..barid.mapping"),
        ("sandbox/routes.py", "from ...barid import s10", "...barid.s10"),
        ("connector.py", "from .sandbox import routes", ".sandbox.routes"),
        ("mapping.py", "import httpx", "httpx"),
        ("mapping.py", "from time import time", "time.time"),
    ],
)
def test_an_import_beyond_the_contract_is_found(findings, spoil, file, line, module):
    spoil(file, "from __future__ import annotations\n", f"from __future__ import annotations\n{line}\n")

    rule, where, message = only(findings())
    assert (rule, message) == ("imports", f"imports {module}")
    assert where.startswith(f"{file}:")


@pytest.mark.parametrize(
    "line",
    [
        "from plugins.alpha.sandbox import routes",
        "import plugins.alpha.sandbox.routes as routes",
        "from plugins.alpha import tests",
        "from ...sandbox.routes import App",
        "from ... import sandbox",
        "import importlib; importlib.import_module('..sandbox', __package__)",
        "__import__(f'plugins.{name}.sandbox.routes')",
    ],
)
def test_no_module_of_the_connector_imports_the_stand_in(plugin, line):
    inner = plugin / "inner" / "deep"
    inner.mkdir(parents=True)
    (inner / "ways.py").write_text(f"def go(name):\n    {line}\n")

    (found,) = imports(plugin, "plugins.alpha")

    assert found.where == "inner/deep/ways.py:2"
    assert found.message.startswith("imports ")
    assert found.remedy in ("in production there is no stand-in", "in production there are no tests")


def test_a_distribution_does_not_import_its_stand_in_either(plugin):
    (plugin / "ways.py").write_text("import acme.first.sandbox\n")

    assert "ways.py:1" in [each.where for each in imports(plugin, "acme.first")]


def test_the_stand_in_may_import_the_connector_and_tests_everything(plugin):
    (plugin / "sandbox" / "more.py").write_text("from .. import mapping\nfrom . import routes\n")
    (plugin / "tests" / "test_more.py").write_text("from ..sandbox import routes\nfrom plugins.alpha import tests\n")

    assert list(imports(plugin, "plugins.alpha")) == []


def test_a_link_is_found(plugin):
    (plugin / "words.json").symlink_to(plugin / "plugin.toml")

    (found,) = files(plugin)

    assert (found.where, found.message) == ("alpha", "words.json is a symbolic link")


def test_results_of_files_that_changed_meanwhile_are_not_written(plugin, tmp_path, in_process):
    async def change(exam, notes):
        (plugin / "mapping.py").write_text("# other code\n")
        notes.count()

    check = Check(id="changes", level="connected", proves="", example="", run=change, unloaded=True)
    report = run_checks(plugin, checks=[check])

    with pytest.raises(UnfitFiles, match="its files have changed while it was checked"):
        write_report(report, sources.at(plugin), tmp_path)


def test_an_exemption_is_written_down_with_its_end(plugin, spoil, tmp_path, in_process):
    async def fail(exam, notes):
        notes.error("mapping.py", "is wrong", "mend it")

    until = date.today() + timedelta(days=9)
    given = f'exemptions = [{{ check = "fails", reason = "the portal is closed", until = {until} }}]'
    spoil("plugin.toml", "api = 1\n", f"api = 1\n{given}\n")
    check = Check(id="fails", level="connected", proves="", example="", run=fail)
    report = run_checks(plugin, checks=[check])

    written = json.loads(write_report(report, sources.at(plugin), tmp_path).read_bytes())

    assert report.level is None
    assert [(each["status"], each["until"], each["reason"]) for each in written["results"]] == [
        ("exempt", str(until), "the portal is closed")
    ]


def test_tests_may_import_what_they_like(plugin, findings):
    (plugin / "tests" / "test_more.py").write_text("from gateway.settings import load\nimport httpx\n")

    assert findings() == []


def test_a_plugin_that_does_not_load_is_told_by_the_loaders_stage(findings, spoil):
    spoil("__init__.py", "register_connectors =", "register_conectors =")

    assert only(findings())[0] == "hooks"


def test_a_scheme_that_lacks_an_option_is_told(findings, spoil):
    spoil("plugin.toml", 'scheme = "api_key"\nheader = "X-API-Key"\n', 'scheme = "hmac_request"\n')

    found = [each for each in findings() if each[0] == "sandbox"]
    assert "needs the option 'client_id'" in only(found)[2]


def test_credentials_that_the_stand_in_does_not_take_are_told_by_their_table(plugin, spoil, in_process):
    spoil("plugin.toml", 'header = "X-API-Key"', 'header = "X-Other-Key"')

    denied = [each for each in check_plugin(plugin) if "portal_denied_gateway" in each.message]
    assert {each.rule for each in denied} >= {"examples", "unknown_key"}
    assert [each for each in denied if "[auth]" not in each.remedy] == []


def test_a_code_without_words_is_found_whatever_its_table_is_called(findings, spoil):
    spoil("mapping.py", "REFUSALS: Final", 'WHY: Final = {"subject_empty": "of_another_table"}\n\nREFUSALS: Final')
    spoil(
        "mapping.py",
        "progress_by(STATUSES, demand.reference, demand.status, [])",
        'progress_by(STATUSES, demand.reference, demand.status, [], reason=motive(WHY, ""))',
    )
    spoil("mapping.py", "    progress_by,", "    motive,\n    progress_by,")

    assert only(findings())[::2] == (
        "refusal_texts",
        "'subject_empty' is told as 'of_another_table', for which there is no text",
    )


def test_a_key_that_is_glued_to_its_prefix_is_a_warning(findings, spoil):
    spoil("plugin.toml", 'header = "X-API-Key"', 'header = "X-API-Key"\nprefix = "Bearer"')
    spoil("sandbox/routes.py", '"x-api-key", secret', '"x-api-key", secret, prefix="Bearer"')

    rule, where, message = only(findings())
    assert (rule, where) == ("loads", "plugin.toml auth.prefix")
    assert "has no blank at its end" in message


def test_a_file_that_cannot_be_parsed_is_found_and_the_rest_is_still_looked_at(plugin, findings):
    (plugin / "connector.py").write_text("def")
    (plugin / "README.md").unlink()

    assert {rule for rule, _, _ in findings()} == {"files", "imports", "import"}


def exchange(plugin, name, **change):
    path = plugin / "exchanges" / name
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def test_another_result_is_found_and_both_are_shown(plugin, findings):
    exchange(plugin, "file-accepted.json", result={"reference": "D-2", "progress": {"colour": "red"}})

    messages = [message for _, where, message in findings() if where == "exchanges/file-accepted.json"]
    assert messages == ['result.reference is "D-1", not "D-2"', "result.progress.colour is missing"]


def test_another_request_is_found(findings, spoil):
    spoil("mapping.py", '"subject": filing.form["subject"]', '"topic": filing.form["subject"]')

    assert ("exchange", "exchanges/file-accepted.json", "POST /demands: json.subject is missing") in findings()


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"filename": "a.bin", "media_type": "image/png", "base64": "AA0KDQD/"}, None),
        ({"name": "other"}, 'parts[1].name is "file", not "other"'),
        ({"filename": "b.bin"}, 'parts[1].filename is "a.bin", not "b.bin"'),
        ({"media_type": "image/gif"}, 'parts[1].media_type is "image/png", not "image/gif"'),
        ({"base64": "AA=="}, "parts[1] has other bytes"),
        ({"text": "x"}, "parts[1] is another text"),
        ({"json": {}}, "parts[1] is not JSON"),
    ],
)
def test_the_parts_of_a_multipart_message_are_compared(plugin, findings, spoil, part, problem):
    spoil(
        "connector.py",
        "json=mapping.demand(filing)",
        """files=[("demand", (None, b'{"a": 1, "b": 2}', "application/json")),
                ("file", ("a.bin", b"\\x00\\r\\n\\r\\x00\\xff", "image/png"))]""",
    )
    path = plugin / "exchanges" / "file-accepted.json"
    turn = json.loads(path.read_text())["wire"][0]
    parts = [{"name": "demand", "json": {"a": 1}}, {"name": "file"} | part]
    exchange(plugin, path.name, wire=[turn | {"request": {"method": "POST", "path": "/demands", "parts": parts}}])

    messages = [message for _, where, message in findings() if where == "exchanges/file-accepted.json"]
    assert messages == ([f"POST /demands: {problem}"] if problem else [])


def test_a_missing_part_is_found(plugin, findings):
    path = plugin / "exchanges" / "file-accepted.json"
    turn = json.loads(path.read_text())["wire"][0]
    request = {"method": "POST", "path": "/demands", "parts": [{"name": "demand"}]}
    exchange(plugin, path.name, wire=[turn | {"request": request}])

    assert "POST /demands: the body has 0 parts, not 1" in [message for _, _, message in findings()]


def test_a_request_that_was_not_recorded_is_found(plugin, findings):
    exchange(plugin, "file-accepted.json", wire=[])

    assert findings() == [("exchange", "exchanges/file-accepted.json", "POST /demands was not recorded")]


def test_a_request_that_was_recorded_and_not_made_is_found(plugin, findings):
    turns = json.loads((plugin / "exchanges" / "find-nothing.json").read_text())["wire"]
    exchange(plugin, "find-nothing.json", wire=turns * 2)

    assert findings() == [("exchange", "exchanges/find-nothing.json", "the request GET /demands was not made")]


def test_another_error_is_found(plugin, findings):
    exchange(plugin, "file-refused.json", error={"type": "Refused", "code": "other"})

    message = only(findings())[2]
    assert message == "raised Refused('form_not_accepted'), not Refused('other')"


def test_an_error_where_a_result_was_recorded_is_found(plugin, findings):
    path = plugin / "exchanges" / "file-refused.json"
    recorded = json.loads(path.read_text())
    del recorded["error"]
    path.write_text(json.dumps(recorded | {"result": {}}))

    assert only(findings())[2] == "raised Refused('form_not_accepted')"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"operation": "fly"}, "there is no operation 'fly'"),
        ({"arguments": {"filing": {}}}, "arguments: Object missing required field `case_id`"),
        ({"arguments": {}}, "arguments: missing a required argument: 'filing'"),
        ({"error": {"type": "Refused", "code": "x"}}, "has no single end"),
        ({"speling": 1}, "cannot be read: Object contains unknown field `speling`"),
    ],
)
def test_a_recording_that_makes_no_sense_is_found(plugin, findings, change, problem):
    exchange(plugin, "file-accepted.json", **change)

    assert [message for _, where, message in findings() if where.endswith("accepted.json")] == [problem]


def test_a_refusal_before_any_request_is_no_reading_of_an_answer(plugin, findings, spoil):
    """What was recorded of it is not replayed any more, and is attacked no more either."""
    here = 'response = await self.http.get(f"{DEMANDS}/{in_address(reference)}")'
    spoil(
        "connector.py",
        here,
        f'if reference == "X-0":\n            raise Refused("not_found_at_portal")\n        {here}',
    )
    spoil("connector.py", "Submission, check", "Refused, Submission, check")

    where, message = "exchanges/progress-unknown-reference.json", "the request GET /demands/X-0 was not made"
    assert findings() == [("exchange", where, message)]


@pytest.mark.parametrize("id", ["strange_answers", "broken_answers", "failing_portal", "lost_connections"])
async def test_an_attack_that_nobody_asked_for_has_examined_nothing(monkeypatch, id):
    async def unasked(*_, **__):
        return Played(error=Refused("document_not_found"))

    async def scenes():
        return [Scene(where="", operation="document", args=(), words={}, answers=(GivenAnswer(body=b"{}"),))]

    monkeypatch.setattr(answers, "play", unasked)
    exam = SimpleNamespace(scenes=scenes, objections=scenes, plugin=None, secrets={}, chance=Random)
    check = next(each for each in answers.CHECKS if each.id == id)
    notes = Notes(id)
    await check.run(exam, notes)

    result = check.result(notes)
    assert (result.status, result.findings) == ("empty", [])
    assert result.reason == "no operation asked for what it was answered, at the stand-in or in a recording"


async def test_many_recordings_that_fail_are_a_protocol_that_has_changed(tmp_path):
    def failed(name, *problems, way):
        return Replayed(tmp_path / name, [error("exchange", name, each, "correct it") for each in problems], way)

    async def replays():
        return [
            failed("bad", "cannot be read", way=""),
            failed("good", way=""),
            *(failed(name, "1", "2", way="requests") for name in "abc"),
            *(failed(name, "3", way="end") for name in "de"),
        ]

    notes = Notes("exchanges")
    exam = SimpleNamespace(folder=tmp_path, replays=replays)
    await next(each for each in recordings.CHECKS if each.id == "exchanges").run(exam, notes)

    remedy = "correct the connector, or the recording; if the protocol has changed: "
    remedy += f"`mre-gateway connector record {tmp_path} --force --remove-outdated`"
    assert [(each.where, each.message, each.remedy) for each in notes.findings] == [
        ("bad", "cannot be read", "correct it"),
        ("a", "1; in 2 more the requests differ, too (`--json` has each in full): b, c", remedy),
        ("d", "3", remedy),
        ("e", "3", remedy),
    ]
    assert notes.findings[1].details == ["a: 1", "a: 2", "b: 1", "b: 2", "c: 1", "c: 2"]
    assert list(told(notes.findings[1:])) == [
        "error: a: 1; in 2 more the requests differ, too (`--json` has each in full): b, c",
        "error: d: 3",
        "error: e: 3",
        f"    {remedy}",
    ]
    assert notes.examined == 7


def test_each_thing_to_do_is_told_once():
    found = [error("a", "x", "1", "mend"), error("a", "y", "2", "mend"), error("b", "z", "3", "mend", "line\nline")]
    assert list(told(found)) == [
        "error: x: 1",
        "error: y: 2",
        "    mend",
        "error: z: 3",
        "    mend",
        "    | line",
        "    | line",
    ]


def test_answers_that_come_to_the_same_are_told_once(findings, spoil):
    here = "return mapping.found(_accepted(response).content, idempotency_key)"
    spoil("connector.py", here, f"if response.is_client_error:\n            return None\n        {here}")

    found = [(rule, message) for rule, _, message in findings()]
    assert [rule for rule, _ in found] == ["wrong_key", "strange_answers", "failing_portal"]
    told = dict(found)
    assert "`find`, answered by a proxy's 400 page, by a WAF's 403 page, by" in told["strange_answers"]
    wrong = "401, 407, 408, 429 with the body of a success: came to the result None"
    assert told["failing_portal"] == f"`find`, answered {wrong}"


def test_a_recording_may_expect_a_secret_on_the_wire(plugin, findings, spoil):
    spoil(
        "connector.py",
        "self.http.post(DEMANDS, json=mapping.demand(filing))",
        'self.http.post(DEMANDS, json=mapping.demand(filing), headers={"x-key": '
        'self.portal.secrets["api_key"].reveal()})',
    )
    path = plugin / "exchanges" / "file-accepted.json"
    recorded = json.loads(path.read_text())
    recorded["wire"][0]["request"]["headers"] = {"X-Key": "$secret:api_key"}
    path.write_text(json.dumps(recorded))

    assert findings() == []


def test_a_folder_that_is_no_plugin_has_findings(tmp_path):
    (tmp_path / "empty").mkdir()

    assert {"files", "manifest"} <= {finding.rule for finding in check_plugin(tmp_path / "empty")}


MANY = """
    progress_many_most = 10

    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        return [await self.progress(each.reference) for each in demands%s]
"""
