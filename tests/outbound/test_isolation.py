"""A connector in a process of its own: the same answers, and nothing that it does reaches the others.

What is true of any process (its end, its new start, what it says) is tested without one of Python's:
`test_isolated_calls.py`, `test_isolated_process.py`. The worlds here are shared, since each costs two processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace

import pytest
import pytest_asyncio
import structlog

from gateway.app.portals import build_connector
from gateway.connectors.contract import Refused, Unavailable, Unknown
from gateway.connectors.levels import Standing
from gateway.connectors.loader import PluginError
from gateway.telemetry import logging
from gateway.telemetry.log_allowance import LogAllowance
from gateway.telemetry.metrics import REGISTRY, exposition
from tests.outbound.isolated_world import USUAL, line_of, open_world
from tests.outbound.raw import answer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SECRET_OF_THE_GATEWAY", "never")
        async with open_world(tmp_path_factory.mktemp("shared")) as made:
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def impatient(tmp_path_factory):
    """Ends a process soon for its silence."""
    async with open_world(tmp_path_factory.mktemp("impatient"), isolated_silent_seconds=1.5) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def made(shared):
    """The shared world, with a process that serves."""
    shared.entry.hops.clear()
    shared.portal.seen.clear()
    shared.portal.respond = lambda seen: answer(body=USUAL)
    await shared.back()
    return shared


@pytest.fixture
def portal(made):
    return made.portal


async def test_an_isolated_connector_answers_as_any_other(made, portal):
    here, there = await made.trace("where", "near"), await made.trace("where")
    assert here.reference == str(os.getpid())
    assert there.reference == str(made.process.pid) != here.reference
    assert await made.trace("RR1") == await made.trace("RR1", "near")
    assert (await made.ship("a passport")).number == "RR123456785MA"
    assert made.portals.connector("far").not_served == {"AQ"}
    first, second, third = portal.seen
    assert (first.target, dict(first.headers)) == (second.target, dict(second.headers))
    assert json.loads(third.body) == {"key": "key-1"}
    assert third.headers["x-api-key"] == "the-key-of-the-carrier"
    hop = made.entry.hops[0]
    assert (hop.portal, hop.operation, hop.method, hop.status, hop.outcome) == ("far", "trace", "GET", 200, "answered")
    assert b"the-key-of-the-carrier" not in hop.request
    assert (await made.trace("secret")).reference == "the-key-of-the-carrier"


@pytest.mark.parametrize("portal", ["near", "far"])
async def test_pages_are_at_the_declared_hosts_and_where_the_operator_says(made, portal):
    base_url = made.settings.portal(portal).base_url
    assert made.portals.get(portal).pages == {"https://carrier.invalid:443", base_url}


async def test_what_comes_of_a_request_is_the_same_across_the_process(made, portal):
    said = {"error": "too_heavy", "message": "plus de 30 kg"}
    portal.respond = lambda _: answer(422, json.dumps(said).encode())
    with pytest.raises(Refused) as refused:
        await made.ship("a stone")
    assert (refused.value.code, refused.value.portal_message) == ("too_heavy", "plus de 30 kg")

    portal.respond = lambda _: None
    with pytest.raises(Unavailable, match="portal_unavailable"):
        await made.trace("RR1")
    with pytest.raises(Unknown, match="outcome_unknown"):
        await made.ship("a passport")


async def test_what_a_connector_raises_is_told_by_kind_and_place_alone(made):
    with structlog.testing.capture_logs() as logs:
        for number in ("raises", "exits", "wrong"):
            with pytest.raises(Unavailable, match="connector_failed"):
                await made.trace(number)
    assert [(each["error"], each["location"]) for each in logs if each["event"] == "connector_error"] == [
        ("LookupError", f"connector.py:{line_of('a person')}"),
        ("SystemExit", f"connector.py:{line_of('raise SystemExit(3)')}"),
        ("WrongResult", "result.reference"),
    ]
    assert "a person's name" not in str(logs)
    assert made.process.alive


async def test_a_caller_that_leaves_ends_its_call_alone(made):
    pid = made.process.pid
    waiting = asyncio.create_task(made.trace("waits"))
    await until(lambda: not made.process.settled)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: made.process.settled)
    assert (await made.trace("RR1")).portal_status == "depot"
    assert made.process.pid == pid


async def test_a_process_that_dies_after_a_creation_was_sent_leaves_it_unknown(made, portal):
    with structlog.testing.capture_logs() as logs, pytest.raises(Unknown) as unknown:
        await made.ship("dies")
    assert unknown.value.perhaps_done
    assert len(portal.seen) == 1
    (told,) = [each for each in logs if each["event"] == "isolated_connector_stopped"]
    assert (told["portal"], told["operation"], told["reason"], told["status"]) == ("far", "ship", "ended", 7)
    await made.back()
    assert (await made.ship("a passport")).number


async def test_a_process_that_dies_before_anything_was_sent_did_nothing(made, portal):
    with pytest.raises(Unavailable, match="connector_failed"):
        await made.ship("nothing sent")
    assert portal.seen == []
    assert made.portals.state("far") == "down"
    assert made.portals.retry_after("far") is not None
    with pytest.raises(Unavailable, match="connector_failed"):
        await made.trace("RR1")
    await made.back()
    assert made.portals.state("far") == "up"


@pytest.mark.parametrize("how", ["loops", "sleeps"])
async def test_a_process_that_does_not_yield_is_ended_and_the_others_serve_on(impatient, how):
    await impatient.back()
    stuck = asyncio.create_task(impatient.trace(how))
    beside = asyncio.create_task(impatient.trace("RR1"))
    assert (await impatient.trace("RR1", "near")).portal_status == "depot"
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="connector_failed"):
        await stuck
    await asyncio.gather(beside, return_exceptions=True)
    (told,) = [each for each in logs if each["event"] == "isolated_connector_stopped"]
    first = {"loops": line_of("while True:"), "sleeps": line_of("time.sleep(60)")}[how]
    assert (told["portal"], told["operation"], told["reason"]) == ("far", "trace", "blocked")
    assert told["location"] in (f"connector.py:{first}", f"connector.py:{first + 1}")
    assert impatient.process.latest.location == told["location"]
    assert impatient.portals.stopped() == [impatient.process.latest]
    assert impatient.portals.state("near") == "up"
    assert b'process_stops_total{portal="far",reason="blocked"}' in exposition()


async def test_a_connector_that_cannot_be_made_there_is_quarantined(tmp_path):
    async with open_world(tmp_path, options={"broken": "yes"}) as made:
        out = made.registry.why_out("far")
        assert (out.stage, out.reason) == ("build", "LookupError: no such depot")
        assert f"connector.py:{line_of('raise LookupError(')}" in out.remedy
        assert out.trace
        assert (await made.trace("RR1", "near")).portal_status == "depot"


async def test_in_production_a_new_process_runs_the_files_that_have_the_level(made):
    """Its level is bound to them; what somebody puts there later is not run because the process has ended."""
    plugin = replace(made.registry.connectors["far"], standing=Standing(level="dependable"))
    settings = made.settings.model_copy(update={"profile": "production"})
    _, process = await asyncio.to_thread(
        build_connector, plugin, made.portals.get("far").connector.portal, None, settings
    )
    try:
        with (plugin.folder / "connector.py").open("a") as code:
            code.write("# later\n")
        with pytest.raises(PluginError, match="its files have changed since it was loaded"):
            await asyncio.to_thread(process.spawn)
    finally:
        await process.close()


async def test_a_signal_to_its_group_reaches_the_process_alone(made):
    seen = []
    before = signal.signal(signal.SIGWINCH, lambda *_: seen.append("here"))  # by itself it does nothing to anybody
    try:
        with pytest.raises(Unavailable):
            await made.trace("signals")
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert seen == []


async def test_what_it_writes_is_marked_as_the_plugins_and_bounded(made, capfd, monkeypatch):
    def dropped():
        return REGISTRY.get_sample_value("mre_gateway_portal_log_lines_dropped_total", {"portal": "far"}) or 0

    before = dropped()
    monkeypatch.setattr(logging, "_allowance", LogAllowance(per_second=0.001, burst=3))
    with pytest.raises(Refused, match="written"):
        await made.trace("writes")
    await until(lambda: dropped() - before >= 998)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "far" in line]
    assert [(each["plugin"], each["event"]) for each in lines if "plugin" in each] == [
        ("far", "audit_checkpoint_failed"),
        ("far", "plugin_wrote"),
        ("far", "plugin_wrote"),
        ("far", "plugin_log_lines_dropped"),
    ]
    assert "Amina" not in str(lines)
    assert "A B" not in str(lines)
