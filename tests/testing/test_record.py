"""Exchanges that a run against the stand-in makes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.authoring.named import source_named
from gateway.connectors.contract import (
    Attachment,
    Booking,
    Filing,
    Messaging,
    Operation,
    Paying,
    Refused,
    Shipping,
    Slot,
    Submission,
    Tracking,
)
from gateway.connectors.contract_checks import implements
from gateway.settings import bundled
from gateway.testing import check_plugin, tour
from gateway.testing.exchanges import typed
from gateway.testing.loaded import load
from gateway.testing.record import NotRecorded, Recorder, Recording, record
from gateway.testing.scaffold import CAPABILITIES, create_plugin

BUNDLED = sorted(path.parent.name for path in bundled("plugins").glob("*/plugin.toml"))
CONTRACT = (Filing, Tracking, Paying, Shipping, Booking, Messaging)


def recorded(plugin: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["connector", "record", str(plugin), "--json", *options])


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A connector with every capability, whose exchanges were all made by the command."""
    made = create_plugin("recorded", tmp_path_factory.mktemp("mine"), CAPABILITIES)
    for path in (made / "exchanges").iterdir():
        path.unlink()
    done = recorded(made, "--reference", "D-1000")
    assert done.exit_code == 0, done.output
    return made


def test_the_kit_takes_what_was_recorded(everything: Path) -> None:
    """Words that the stand-in says only of other demands are missing: `--form` and people's own hands bring those, and
    a README."""
    assert {(each.severity, each.rule) for each in check_plugin(everything)} == {
        ("warning", "own_words"),
        ("warning", "refusal_words"),
        ("warning", "status_words"),
    }


def test_every_operation_is_recorded(everything: Path) -> None:
    operations = {json.loads(path.read_text())["operation"] for path in (everything / "exchanges").iterdir()}
    assert operations >= {"file", "find", "progress", "track", "checkout", "payment", "issue", "refund", "settle"}
    assert operations >= {"ship", "trace", "posts", "slots", "book", "cancel", "send", "delivery"}


def test_a_second_run_makes_the_same_files(everything: Path) -> None:
    before = {path.name: path.read_text() for path in (everything / "exchanges").iterdir()}
    assert recorded(everything, "--force", "--reference", "D-1000").exit_code == 0
    assert {path.name: path.read_text() for path in (everything / "exchanges").iterdir()} == before


def test_what_is_there_is_left_alone(plugin: Path) -> None:
    kept = plugin / "exchanges" / "file-accepted.json"
    kept.write_text("{}")
    (plugin / "exchanges" / "find-nothing.json").unlink()
    rows = {Path(row["file"]).name: row["written"] for row in json.loads(recorded(plugin).output)["exchanges"]}
    assert (rows["file-accepted.json"], rows["find-nothing.json"]) == (False, True)
    assert kept.read_text() == "{}"


def test_no_secret_and_no_header_of_ours_is_recorded(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(
        "connector.py",
        "DEMANDS, json=mapping.demand(filing))",
        'DEMANDS, json=mapping.demand(filing), headers={"x-own": self.portal.secrets["api_key"].reveal(), '
        '"authorization": "Bearer of-somebody", "idempotency-key": filing.key})',
    )
    assert recorded(plugin, "--force").exit_code == 0
    text = (plugin / "exchanges" / "file-accepted.json").read_text()
    assert json.loads(text)["wire"][0]["request"]["headers"] == {
        "idempotency-key": "key_1",
        "x-own": "$secret:api_key",
    }
    assert "of-somebody" not in text
    assert "user-agent" not in text.lower()
    assert check_plugin(plugin) == []


def test_a_secret_in_another_shape_is_not_written(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(
        "mapping.py",
        '"requester": who}',
        '"requester": who, "mark": MARK}',
    )
    spoil("mapping.py", "REFUSALS: Final", 'MARK = ""\nREFUSALS: Final')
    spoil(
        "connector.py",
        "    async def file(",
        "    def __init__(self, portal):\n        super().__init__(portal)\n"
        '        mapping.MARK = portal.secrets["api_key"].reveal().encode().hex()\n\n    async def file(',
    )
    before = {path.name: path.read_text() for path in (plugin / "exchanges").iterdir()}
    done = recorded(plugin, "--force")
    assert done.exit_code == 1
    assert "the secret 'api_key' is in an exchange of `file`, in another shape" in done.output
    assert {path.name: path.read_text() for path in (plugin / "exchanges").iterdir()} == before


def test_a_form_brings_the_stand_in_to_say_what_is_rare(plugin: Path) -> None:
    for name in ("progress-refused", "file-refused"):
        (plugin / "exchanges" / f"{name}.json").unlink()
    done = recorded(plugin, "--form", '{"subject": "Refuse this"}', "--form", '{"subject": " "}')
    assert done.exit_code == 0, done.output
    made = {path.stem: json.loads(path.read_text()) for path in (plugin / "exchanges").iterdir()}
    assert made["progress-refused"]["result"]["status"] == "rejected"
    refused = {"type": "Refused", "code": "form_not_accepted", "fields": {"/subject": "form_not_accepted"}}
    assert made["file-form-not-accepted"]["error"] == refused
    assert recorded(plugin, "--form", "[]").exit_code == 2


def test_forms_that_say_nothing_new_are_told_with_the_file_that_has_it(plugin: Path) -> None:
    forms = ("--form", '{"subject": " "}', "--form", '{"subject": "  "}', "--form", '{"subject": "Another"}')
    refused, followed = json.loads(recorded(plugin, *forms).stdout)["kept_once"]
    assert refused == {"form": {"subject": "  "}, "files": ["file-form-not-accepted.json"]}
    assert followed["form"] == {"subject": "Another"}
    assert {"progress-open.json", "progress-done.json"} <= set(followed["files"])
    told = main_record(plugin, *forms)
    assert """kept once: --form '{"subject": "  "}' says the same as file-form-not-accepted.json\n""" in told


def test_two_reasons_under_one_status_are_two_files(plugin: Path) -> None:
    recorder = Recorder(found=None)  # type: ignore[arg-type] # nothing is called
    for reference, reason in (("D-1", "too_old"), ("D-2", "lost"), ("D-3", "lost")):
        end = {"result": {"reference": reference, "status": "rejected", "reason": reason}}
        recorder.add(Recording("refused", "", "progress", {}, [], end))
    for word in ("name_empty", "year_empty"):
        wire = [{"response": {"json": {"error": word}}}]
        recorder.add(Recording("form-not-accepted", "", "file", {}, wire, {"error": {"code": "form_not_accepted"}}))
    assert list(recorder.made) == [
        "progress-refused",
        "progress-refused-lost",
        "file-form-not-accepted",
        "file-form-not-accepted-year-empty",
    ]
    assert recorder.made["progress-refused-lost"].end["result"]["reference"] == "D-2"


def test_what_is_not_replayed_any_more_is_named_and_removed_on_request(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil("mapping.py", '    "working": (', '    "under_way": (')
    spoil("sandbox/routes.py", '(1, "working")', '(1, "under_way")')
    told = json.loads(recorded(plugin).stdout)
    assert [Path(each).name for each in told["outdated"]] == ["find-found.json", "progress-working.json"]
    assert (plugin / "exchanges" / "progress-working.json").exists()
    assert "removed progress-working.json" in main_record(plugin, "--remove-outdated")
    assert not (plugin / "exchanges" / "progress-working.json").exists()


def test_what_is_outdated_is_removed_before_it_is_recorded(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    """One run is enough: what the stand-in says under the name of an outdated file is written."""
    spoil("connector.py", 'DEMANDS: Final = "/demands"', 'DEMANDS: Final = "/dossiers"')
    spoil("sandbox/routes.py", '"/demands', '"/dossiers')
    told = main_record(plugin, "--remove-outdated").splitlines()
    assert f"wrote {plugin}/exchanges/file-accepted.json" in told
    assert "removed file-refused.json: the connector does not replay it" in told
    assert [each for each in told if "removed file-accepted" in each] == []
    assert {"find-found.json", "file-accepted.json"} <= {path.name for path in (plugin / "exchanges").iterdir()}
    assert [each for each in main_record(plugin).splitlines() if each.startswith("outdated")] == []


def main_record(plugin: Path, *options: str) -> str:
    return CliRunner().invoke(main, ["connector", "record", str(plugin), *options]).output


def test_an_answer_that_is_not_the_portals_is_not_kept(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(
        "sandbox/routes.py",
        "Response(shown(demands.known(number)))",
        "Response(shown(demands.known(number))) if demands.with_key('key_1') and number == 'D-1' else "
        'Response("gone", status_code=404)',
    )
    (plugin / "exchanges" / "progress-unknown-reference.json").unlink()
    told = json.loads(recorded(plugin).stdout)
    assert told["left_out"] == ["progress-unknown-reference: portal_answer_unexpected"]
    assert not (plugin / "exchanges" / "progress-unknown-reference.json").exists()


def test_a_connector_that_fails_at_the_stand_in_is_told(plugin: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil("mapping.py", "    status: str\n", "    status: int\n")
    done = recorded(plugin)
    assert done.exit_code == 1
    assert "`file` fails at what the stand-in answers: UnexpectedAnswer" in done.output


NEXT = "next(each for each in filing.attachments if each.id == filing.form['copy'])"


@pytest.fixture
def with_a_file(plugin: Path, spoil) -> Path:  # type: ignore[no-untyped-def]
    """Its form requires a picture, and its portal gets it with the demand; nothing of it is recorded yet."""
    spoil("services.toml", 'required = ["subject"]', 'required = ["subject", "copy"]')
    spoil("services.toml", "[request.example]\n", f'[request.example]\ncopy = "att_{"0" * 26}"\n')
    member = 'x-use = "file"\nx-media-types = ["image/png"]\nx-title = { ar = "نسخة", fr = "Copie", en = "Copy" }\n'
    spoil(
        "services.toml", "\n[[request.subject]]\n", f"\n[request.form.properties.copy]\n{member}\n[[request.subject]]\n"
    )
    spoil("mapping.py", '"requester": who}', f'"requester": who, "copy": {NEXT}.media_type}}')
    for path in (plugin / "exchanges").iterdir():
        path.unlink()
    return plugin


def test_files_that_the_example_names_are_recorded(with_a_file: Path) -> None:
    """Of what the form takes; so for the demand that is filed again, and for one of another form."""
    done = recorded(with_a_file, "--form", '{"subject": "Refuse this"}')
    assert done.exit_code == 0, done.output
    filing = json.loads((with_a_file / "exchanges" / "file-accepted.json").read_text())
    (file,) = filing["arguments"]["filing"]["attachments"]
    assert (file["id"], file["media_type"]) == (f"att_{'0' * 26}", "image/png")
    assert filing["wire"][0]["request"]["json"]["copy"] == "image/png"
    assert {each.rule for each in check_plugin(with_a_file)} <= {"refusal_words", "status_words"}


def test_search_that_finds_nothing_is_told_with_its_line(with_a_file: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    """Python turns what `next` raises in a coroutine into another error; and nothing is logged to the terminal."""
    spoil("mapping.py", "each.id == filing", "not each.id == filing")
    lines = (with_a_file / "mapping.py").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "next(" in text)
    done = recorded(with_a_file)
    assert done.exit_code == 1
    said = "StopIteration: `next` found nothing, and was given no default"
    assert done.output == f"Error: `file` fails before it sends anything: {said}, at mapping.py:{line}\n"


def test_recorded_answer_comes_to_act_in_the_types_of_the_contract() -> None:
    """What is no value of the contract stays as it is."""
    slot = {"id": "s", "post": "p", "service": "x", "start": "2026-01-12T09:00:00Z", "end": "2026-01-12T09:15:00Z"}
    file = {"id": "att_1", "filename": "a.pdf", "media_type": "application/pdf", "content": "AA=="}
    answer = {"attachments": [file], "slot": slot, "booking": "B-1", "own": {"a": 1}}
    given = typed(Filing.act.method, {"self": None, "reference": "D-1", "action": "x", "answer": answer})["answer"]
    assert given["attachments"] == [
        Attachment(id="att_1", filename="a.pdf", media_type="application/pdf", content=b"\0")
    ]
    assert (type(given["slot"]), given["booking"], given["own"]) == (Slot, "B-1", {"a": 1})


async def test_a_portal_that_takes_a_demand_once_is_no_failure() -> None:
    """The second one, which would be taken back, is refused: nothing is recorded of it."""

    async def refuse(*_: object) -> None:
        raise Refused("already_declared")

    recorder: Any = SimpleNamespace(found=SimpleNamespace(call=refuse))
    filing = Submission(case_id="case_1", key="key_1", service="hello.birth", form={})
    assert await tour._another(recorder, filing) is None


async def test_form_leaves_what_it_does_not_name_as_it_is() -> None:
    """`--form '{"person": {"cnie": "BK654321"}}'`: her name stays."""
    filed: list[Submission] = []

    async def refuse(_: object, filing: Submission) -> None:
        filed.append(filing)
        raise Refused("requester_not_entitled")

    async def call(*_: object, **__: object) -> None:
        pass

    (service, *_) = load(source_named("watiqa")).services.values()
    recorder: Any = SimpleNamespace(found=SimpleNamespace(call=refuse), call=call)
    await tour._other_demand(recorder, service, "key_1", {"person": {"cnie": "BK654321"}})
    assert service.example is not None
    assert filed[0].form["person"] == {**service.example["person"], "cnie": "BK654321"}


@pytest.mark.parametrize("id", BUNDLED)
async def test_every_bundled_plugin_can_be_recorded(id: str, in_process: None) -> None:
    """Each in its portal's own words, and each operation, but for what only rare demands bring about (`--form`)."""
    loaded = load(source_named(id))
    made, left_out = await record(loaded, tour.Tour())
    assert left_out == []
    capabilities = [each for each in CONTRACT if issubclass(loaded.connector_class, each)]
    has = {
        name
        for each in capabilities
        for name, operation in vars(each).items()
        if isinstance(operation, Operation) and implements(loaded.connector_class, operation)
    }
    assert has - {json.loads(text)["operation"] for text in made.values()} <= {"act"}


async def test_a_stand_in_that_refuses_on_the_way_is_told(plugin: Path) -> None:
    loaded = load(source_named(str(plugin)))

    async def refused(_: Recorder) -> None:
        raise Refused("stamp_already_used")

    with pytest.raises(NotRecorded, match="does not go the whole way: Refused: stamp_already_used"):
        await record(loaded, refused)
