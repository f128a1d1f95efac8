"""`mre-gateway connector probe`, and what a probe makes of a portal's answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.connectors import sources
from gateway.connectors.contract import Operation, Refused, Tracking, Unavailable
from gateway.connectors.registry import LoadedPlugin
from gateway.settings import Probe, bundled
from gateway.testing.loaded import load
from gateway.testing.probe import Comparison, NotAReference, ask, ask_stand_in, checked, read_reference, readable
from gateway.testing.scaffold import create_plugin


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> LoadedPlugin:
    folder = create_plugin("parcels", tmp_path_factory.mktemp("mine"), ("filing", "tracking"))
    return load(sources.at(folder))


def probed(plugin: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["connector", "probe", str(plugin), *options])


def test_a_new_connector_answers_as_recorded(plugin: Path) -> None:
    done = probed(plugin, "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["ok"], told["asked"], told["not_asked"]) == (0, True, "stand-in", [])
    assert {"file", "find", "progress"} <= {each["operation"] for each in told["operations"]}
    assert all(each["calls"] and not each["drift"] for each in told["operations"])


def test_a_member_that_the_recordings_lack_is_told(plugin: Path, spoil: Callable[[str, str, str], None]) -> None:
    """The stand-in stands for a portal that has gone on since it was recorded."""
    for name in ("find-found", "find-foreign"):
        spoil(f"exchanges/{name}.json", '"status": "', '"state": 7, "was": "')
    done = probed(plugin)
    assert done.exit_code == 1
    assert {line for line in done.output.splitlines() if line.startswith("find:")} == {
        "find: [].status is new (text)", "find: [].state is missing (number)", "find: [].was is missing (text)",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["track", "=x", "track=", "track=x,email", "track=x,=y"])
def test_what_is_no_reference_is_wrong_usage(text: str, plugin: Path) -> None:
    done = probed(plugin, "--reference", text)
    assert (done.exit_code, "OPERATION=REFERENCE" in done.output) == (2, True)


def test_a_reference_has_an_operation_and_words() -> None:
    found = read_reference("track=A=1,email=a@b.example,pin=9")
    assert found == Probe(operation="track", reference="A=1", words={"email": "a@b.example", "pin": "9"})
    found = read_reference("track=RR,,1,,,pin=9,,0,word=x")
    assert found == Probe(operation="track", reference="RR,1,", words={"pin": "9,0", "word": "x"})


def test_live_asks_only_what_is_named(plugin: Path) -> None:
    done = probed(plugin, "--live")
    assert (done.exit_code, "--reference" in done.output) == (2, True)


def test_only_what_changes_nothing_can_be_asked(parcels: LoadedPlugin) -> None:
    kind = parcels.connector_class
    assert set(readable(kind)) == {"find", "progress", "track"}
    assert checked(Probe(operation="track", reference="X"), kind) is Tracking.track
    for wrong in ("file", "withdraw", "act", "check", "trace", "__init__"):
        with pytest.raises(NotAReference, match="track"):
            checked(Probe(operation=wrong, reference="X"), kind)
    with pytest.raises(NotAReference, match="mail"):
        checked(Probe(operation="find", reference="X", words={"mail": "x"}), kind)


async def test_nothing_is_asked_if_one_reference_is_wrong(parcels: LoadedPlugin) -> None:
    async def call(operation: Operation[..., Any], probe: Probe, answers: list[httpx.Response]) -> Any:
        pytest.fail("asked")

    with pytest.raises(NotAReference):
        await ask(parcels, [Probe(operation="track", reference="X"), Probe(operation="file", reference="X")], call)


async def test_what_the_connector_makes_of_an_answer_counts(parcels: LoadedPlugin) -> None:
    compared = Comparison(parcels.folder)
    page = [httpx.Response(200, html="<html>")]
    compared.add("track", page, None, Unavailable("portal_answer_unexpected"))
    compared.add("find", [], None, Unavailable("portal_timeout"))
    compared.add("progress", [], None, Refused("not_found"))
    drift, failed, good = (
        next(each for each in compared.results() if each.operation == name) for name in ("track", "find", "progress")
    )
    assert {each.change for each in drift.drift} >= {"unreadable", "media_type"}
    assert (drift.outcome, failed.outcome, failed.code, good.outcome) == (
        "drift", "failed", "portal_timeout", "as_recorded",
    )  # fmt: skip


@pytest.mark.soak
@pytest.mark.parametrize("id", sorted(each.parent.name for each in bundled("plugins").glob("*/plugin.toml")))
async def test_each_stand_in_answers_as_its_recordings_say(id: str) -> None:
    """`etimbre` is only asked about references."""
    found = await ask_stand_in(sources.at(bundled("plugins") / id))
    assert found or id == "etimbre"
    assert [str(drift) for each in found for drift in each.drift] == []
