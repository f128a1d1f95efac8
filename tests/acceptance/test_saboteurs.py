"""Nine plugins that do their worst in one gateway, beside one that works: it serves on, and the operator is told which
of them it was, where, and why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.saboteurs import AT_IMPORT, Gateway, line_of, running, source
from gateway.settings import bundled
from tests import quick_gateway
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running(tmp_path_factory.mktemp("saboteurs")) as made:
        yield made


@pytest.fixture(scope="module")
def listed(gateway: Gateway) -> list[dict[str, Any]]:
    """What the operator reads of all plugins."""
    command = [quick_gateway.folder() / "mre-gateway", "connector", "list", "--json", "--config", gateway.config]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE * 3, check=False)
    assert done.returncode == 1
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


AT_START = {
    "exits": ("import", "ends the process with status 3 when it is loaded", "leave the process alone"),
    "hangs": ("import", "is not imported within 12 s: it waits in {file}", "look at {file}"),
    "raises": ("import", "LookupError: no such table", "correct {file}"),
}


@pytest.mark.parametrize("id", AT_START)
def test_one_that_fails_at_import_is_left_out_and_named(id: str, gateway: Gateway, listed: Any) -> None:
    assert [each["stage"] for each in gateway.told("plugin_quarantined", id)] == ["import"]
    (row,) = [each for each in listed if each["id"] == id]
    file = f"{gateway.config.parent}/plugins/{id}/connector.py:{line_of(AT_IMPORT[id], source(id))}"
    stage, reason, remedy = AT_START[id]
    assert (row["stage"], row["reason"]) == (stage, reason.format(file=file))
    assert row["remedy"].startswith(remedy.format(file=file))
    assert gateway.track(id).json()["code"] == "connector_quarantined"
    assert gateway.track("steady").status_code == 200


def test_one_that_hangs_is_told_while_it_hangs(gateway: Gateway) -> None:
    (told,) = gateway.told("plugin_import_slow", "hangs")
    (left_out,) = gateway.told("plugin_quarantined", "hangs")
    assert told["timestamp"] < left_out["timestamp"]
    assert told["location"] == f"connector.py:{line_of('time.sleep(600)', source('hangs'))}"


def test_one_that_cannot_be_built_is_left_out_and_named(gateway: Gateway) -> None:
    assert [each["stage"] for each in gateway.told("plugin_quarantined", "unbuilt")] == ["build"]
    assert gateway.track("unbuilt").json()["code"] == "connector_quarantined"


def test_one_that_takes_anothers_id_is_left_out_and_the_other_stays(gateway: Gateway, listed: Any) -> None:
    loaded, left_out = [each for each in listed if each["id"] == "echo"]
    assert (loaded["state"], loaded["origin"]) == ("loaded", str(bundled("plugins") / "echo"))
    taken = f"{gateway.config.parent}/plugins/echo has the same id as {loaded['origin']}, which comes first"
    assert (left_out["stage"], left_out["reason"]) == ("collision", taken)
    assert [each["stage"] for each in gateway.told("plugin_quarantined", "echo")] == ["collision"]


def test_one_that_blocks_is_ended_and_named(gateway: Gateway) -> None:
    theirs, others = gateway.beside("blocks", "x")
    assert theirs.json()["code"] == "connector_failed"
    assert set(others) == {200}
    (told,) = gateway.told("isolated_connector_stopped", "blocks")
    where = f"connector.py:{line_of('time.sleep(600)', source('blocks'))}"
    assert (told["operation"], told["reason"], told["location"]) == ("track", "blocked", where)
    health = gateway.web.get("/health/ready").json()
    assert health["status"] == "degraded"
    (stopped,) = [each for each in health["stopped_connectors"] if each["portal"] == "blocks"]
    assert (stopped["reason"], stopped["location"]) == ("blocked", where)
    assert gateway.told("event_loop_blocked", "blocks") == []


def test_one_that_leaks_is_ended_and_named(gateway: Gateway) -> None:
    others = []
    for _ in range(20):
        theirs, meanwhile = gateway.beside("leaks", "leak")
        others += meanwhile
        if theirs.status_code != 200:
            break
    told = gateway.until(lambda: gateway.told("isolated_connector_stopped", "leaks"))
    assert told[0]["reason"] == "memory"
    assert gateway.told("isolated_connector_memory_high", "leaks")[0]["timestamp"] < told[0]["timestamp"]
    assert set(others) == {200}
    gateway.until(lambda: gateway.track("leaks").status_code == 200)


def test_one_that_floods_the_log_is_limited_and_named(gateway: Gateway) -> None:
    theirs, others = gateway.beside("floods", "x")
    assert theirs.status_code == 200
    assert set(others) == {200}
    assert len(gateway.told("answer_odd", "floods")) < 300
    (told,) = gateway.told("plugin_log_lines_dropped", "floods")
    assert told["count"] >= 1


def test_one_that_crowds_its_portal_is_named_and_not_the_portal(gateway: Gateway) -> None:
    _, others = gateway.beside("crowds", "crowd")
    assert set(others) == {200}
    said = gateway.track("crowds", "x", "fr").json()
    assert (said["code"], said["origin"]) == ("connector_overloaded", "connector")
    assert said["title"] == "Notre connexion au portail est surchargée"
    (told,) = gateway.told("connector_overloaded", "crowds")
    assert (told["operation"], told["count"]) == ("track", 4)
