from __future__ import annotations

import json

import pytest

from gateway.testing import check_plugin


def only(found):
    (finding,) = found
    return finding


def test_a_new_plugin_conforms(findings):
    assert findings() == []


@pytest.mark.parametrize("name", ["mapping.py", "README.md", "sandbox/__init__.py"])
def test_a_missing_file_is_found(plugin, findings, name):
    (plugin / name).unlink()

    assert ("files", name, "is missing") in findings()


@pytest.mark.parametrize("name", ["exchanges", "tests"])
def test_a_missing_folder_is_found(plugin, findings, name):
    (plugin / name).rename(plugin / f"not-{name}")

    assert ("files", f"{name}/", "is missing") in findings()


@pytest.mark.parametrize("word", ["Known", "Assumed", "What an agreement"])
def test_a_readme_must_tell_what_is_known_from_what_is_assumed(findings, spoil, word):
    spoil("README.md", f"## {word}", "## Otherwise")

    rule, where, message = only(findings())
    assert (rule, where) == ("readme", "README.md")
    assert word.lower().rpartition(" ")[2] in message


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


def test_tests_may_import_what_they_like(plugin, findings):
    (plugin / "tests" / "test_more.py").write_text("from gateway.settings import load\nimport httpx\n")

    assert findings() == []


def test_a_plugin_that_does_not_load_is_told_by_the_loaders_stage(findings, spoil):
    spoil("__init__.py", "register_connectors =", "register_conectors =")

    assert only(findings())[0] == "hooks"


def test_a_file_that_cannot_be_parsed_is_found_and_the_rest_is_still_looked_at(plugin, findings):
    (plugin / "connector.py").write_text("def")
    (plugin / "README.md").unlink()

    assert {rule for rule, _, _ in findings()} == {"files", "imports", "import"}


def test_a_service_needs_an_example(findings, spoil):
    spoil("services.toml", '[request.example]\nsubject = "A question"\n', "")

    assert ("services", "services.toml alpha.request", "has no example") in findings()


def test_an_operation_that_nobody_recorded_is_found(plugin, findings):
    for path in (plugin / "exchanges").glob("find-*.json"):
        path.unlink()

    assert findings() == [("exchanges", "exchanges/", "nothing recorded for `find`")]


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


def test_a_connector_that_breaks_on_an_answer_is_found(plugin, findings):
    exchange(
        plugin,
        "progress-unknown-status.json",
        wire=[{"request": {"method": "GET", "path": "/demands/D-1"}, "response": {}}],
    )

    assert "raised DecodeError" in only(findings())[2]


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


@pytest.mark.parametrize(
    "shape",
    [
        "self.portal.secrets['api_key'].reveal()",
        "__import__('base64').b64encode(self.portal.secrets['api_key'].reveal().encode()).decode()",
        "self.portal.secrets['api_key'].reveal().encode().hex().upper()",
    ],
)
def test_a_secret_in_what_a_connector_returns_is_found_in_any_shape(findings, spoil, shape):
    spoil(
        "connector.py",
        "return mapping.filed(check(response, mapping.REFUSALS).content)",
        "made = mapping.filed(check(response, mapping.REFUSALS).content)\n"
        f"        return Filed(reference=made.reference, progress=made.progress, access={{'pin': {shape}}})",
    )

    message = "the secret 'api_key' is in what the connector returned or raised"
    assert ("secrets", "exchanges/file-accepted.json", message) in findings()


def test_a_secret_in_what_a_connector_raises_is_found(findings, spoil):
    spoil(
        "connector.py",
        "        response = await self.http.post",
        "        raise ValueError(self.portal.secrets['api_key'].reveal())\n        response = await self.http.post",
    )

    assert "secrets" in {rule for rule, _, _ in findings()}


def test_a_recording_may_expect_a_secret_on_the_wire(plugin, findings, spoil):
    spoil(
        "connector.py",
        'self.http.post("/demands", json=mapping.demand(filing))',
        'self.http.post("/demands", json=mapping.demand(filing), headers={"x-key": '
        'self.portal.secrets["api_key"].reveal()})',
    )
    path = plugin / "exchanges" / "file-accepted.json"
    recorded = json.loads(path.read_text())
    recorded["wire"][0]["request"]["headers"] = {"X-Key": "$secret:api_key"}
    path.write_text(json.dumps(recorded))

    assert findings() == []


def test_a_sandbox_that_does_not_start_is_found(findings, spoil):
    spoil(
        "sandbox/routes.py", "    demands = context.table", "    raise RuntimeError('no')\n    demands = context.table"
    )

    assert only(findings()) == ("sandbox", "sandbox/", "does not start: RuntimeError: no")


def test_a_sandbox_that_records_no_effect_is_found(findings, spoil):
    spoil("sandbox/routes.py", '            context.effects.record("demand", number)\n', "")

    assert [message for _, _, message in findings()] == [
        "`file` recorded no effect",
        "`file` had no effect to drop the answer of",
    ]


def test_an_effect_recorded_twice_is_found(findings, spoil):
    line = '            context.effects.record("demand", number)\n'
    spoil("sandbox/routes.py", line, line * 2)

    assert {message for _, _, message in findings()} == {"one `file` recorded 'demand' 2 times"}


def test_a_finder_that_does_not_find_is_found(findings, spoil):
    spoil("sandbox/routes.py", "demands.where(key=key)", "demands.where(key=None)")

    assert [message for _, _, message in findings()] == [
        "`find` does not find what `file` made",
        "`find` does not find what a `file` with a lost answer made",
    ]


def test_a_finder_that_finds_anything_is_found(findings, spoil):
    somebody = '[{"number": "D-0", "key": "other", "subject": "", "filed": 0}]'
    spoil("sandbox/routes.py", "demands.where(key=key)", f"demands.where() or {somebody}")
    spoil("mapping.py", "with_key(msgspec.json.decode(body, type=list[_Demand]), key, _filed", "first(body")
    spoil("mapping.py", ', member="key")', ")")
    spoil(
        "mapping.py",
        "class _Demand",
        "def first(body):\n    return _filed(msgspec.json.decode(body, type=list[_Demand])[0])\n\n\nclass _Demand",
    )

    assert "`find` finds a key that was never used" in {message for _, _, message in findings()}


def test_an_example_that_the_sandbox_refuses_is_found(findings, spoil):
    spoil("services.toml", 'subject = "A question"', 'subject = " "')

    assert "`file` with the example: Refused('form_not_accepted')" in {message for _, _, message in findings()}


def test_a_connector_that_hides_a_lost_answer_is_found(findings, spoil):
    spoil(
        "connector.py",
        "        response = await self.http.post",
        "        from gateway.connectors.contract import Refused\n        import httpx\n        try:\n"
        "            response = await self.http.post",
    )
    spoil(
        "connector.py",
        "json=mapping.demand(filing))\n",
        "json=mapping.demand(filing))\n        except httpx.TransportError:\n            raise Refused('gone')\n",
    )

    assert ("sandbox", "connector.py", "`file` with a lost answer: Refused('gone'), not Unknown") in findings()


def test_a_folder_that_is_no_plugin_has_findings(tmp_path):
    (tmp_path / "empty").mkdir()

    assert {"files", "manifest"} <= {finding.rule for finding in check_plugin(tmp_path / "empty")}


def test_a_connector_that_takes_a_page_for_a_no_is_found(findings, spoil):
    spoil("connector.py", "check(response, mapping.REFUSALS)", "denied(response)")
    spoil(
        "connector.py",
        "class Alpha",
        "def denied(response):\n    if response.is_client_error:\n        raise Refused('not_found_at_portal')\n"
        "    return response\n\n\nclass Alpha",
    )
    spoil("connector.py", "Submission, check", "Refused, Submission")

    found = findings()
    assert {rule for rule, _, _ in found} >= {"strange_answer"}
    said = [message for rule, _, message in found if rule == "strange_answer"]
    assert any("an empty 404" in each and "Refused('not_found_at_portal')" in each for each in said)


def test_a_finder_that_takes_a_404_for_nothing_is_found(findings, spoil):
    spoil(
        "connector.py",
        'params={"key": idempotency_key})\n',
        'params={"key": idempotency_key})\n        if response.status_code == 404:\n            return None\n',
    )

    found = findings()
    assert {rule for rule, _, _ in found} == {"strange_answer"}
    assert all("`find`" in message and "came to the result None" in message for _, _, message in found)


MANY = """
    progress_many_most = 10

    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        return [await self.progress(each.reference) for each in demands%s]
"""


@pytest.mark.parametrize(
    ("which", "said"),
    [("", "with two demands of the example"), ("[:1]", "of exactly the demands"), ("[::2]", "with another key")],
    ids=["one's no is everybody's", "one is forgotten", "the key is not compared"],
)
def test_progress_many_is_tried_with_two_demands(plugin, findings, which, said):
    path = plugin / "connector.py"
    made = path.read_text().replace("import Connector", "import Connector, DemandRef")
    path.write_text(made.rstrip() + "\n" + MANY % which)

    found = [message for rule, _, message in findings() if rule == "sandbox"]
    assert [each for each in found if "progress_many" in each and said in each], findings()


ASKED_FIRST = """
    async def check(self, filing: Submission) -> list[CheckFinding]:
        response = await self.http.get("/demands", params={"key": "none"})
        %s
        return []
"""


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ('return [CheckFinding(code="identity_mismatch")]', "finds identity_mismatch in the example"),
        ('raise Refused("stamp_missing")', "with the example: Refused('stamp_missing')"),
        ("await self.file(filing)", "recorded an effect"),
        ('if response.is_server_error: raise Refused("down")', "at a portal that fails: Refused('down')"),
    ],
    ids=["the example is wrong", "a stamp is missed", "something happens", "a failure is a refusal"],
)
def test_check_is_tried_with_the_example(plugin, findings, does, said):
    path = plugin / "connector.py"
    made = path.read_text().replace("import Connector", "import CheckFinding, Refused, Connector")
    path.write_text(made.rstrip() + "\n" + ASKED_FIRST % does)

    found = [message for rule, _, message in findings() if rule == "sandbox"]
    assert [each for each in found if "`check`" in each and said in each], findings()
