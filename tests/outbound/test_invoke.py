"""Calling a connector: three ways to fail, and which of them when."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors.contract import (
    CaseStatus,
    Connector,
    Filed,
    Filing,
    NotYet,
    Portal,
    Progress,
    Refused,
    Shipping,
    Unavailable,
    Unknown,
    check,
)
from gateway.outbound import invoke as invoke_module
from gateway.outbound.invoke import Callee, invoke, invoke_plain
from gateway.telemetry import metrics
from tests.outbound.raw import answer, put_clock_forward

PERSON = "Fatima AB123456"
ODD = "portal_answer_unexpected"


@pytest.fixture(autouse=True)
def fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger that another test has used keeps the output it had then."""
    monkeypatch.setattr(invoke_module, "logger", structlog.get_logger())


class TwoStepPortal(Connector, Filing):
    """Files in two steps: looks something up, then orders; afterwards reads the order."""

    reread = ""

    async def file(self, filing):
        if filing == "mistake":
            raise KeyError(PERSON)
        check(await self.http.get("/tariff"))
        made = check(await self.http.post("/orders", json={"who": PERSON}), {"act_unknown": "act_not_found"}).json()
        if self.reread:
            check(await self.http.get(f"{self.reread}/{made['id']}"))
        progress = Progress(reference=made["id"], status=CaseStatus.RECEIVED, portal_status="")
        return Filed(reference=made["id"], progress=progress)

    async def progress(self, reference, **access):
        said = check(await self.http.get(f"/orders/{reference}")).json()["status"]
        return Progress(reference=reference, status=CaseStatus.IN_PROGRESS, portal_status=said)


READ_SECONDS = 10.0
"""Of a clock that is put forward where a portal does not answer."""


class Fate:
    """What the portal does with each path."""

    def __init__(self, portal):
        self.portal, self.by_target = portal, {}
        portal.respond = self.respond

    def respond(self, seen):
        default = answer(200, b'{"id": "7", "status": "ready"}')
        return self.by_target.get(seen.target, default)


@pytest.fixture
def fate(portal):
    return Fate(portal)


@pytest.fixture
def two_step_portal(portal, client_to):
    portal_client = client_to(portal.url, breaker={"minimum_calls": 100}, timeouts={"read_seconds": READ_SECONDS})
    return TwoStepPortal(Portal(id="barid", http=portal_client.client, secrets={}))


async def file(two_step_portal, what="form", **limits):
    return await invoke(Callee("barid", two_step_portal, **limits), Filing.file, what)


async def test_what_the_connector_returns_comes_back(fate, two_step_portal):
    assert (await file(two_step_portal)).reference == "7"
    progress = await invoke(Callee("barid", two_step_portal, budget=5), Filing.progress, "7", email="x")
    assert progress.portal_status == "ready"


@pytest.mark.parametrize(
    "reply",
    [
        None,
        answer(500),
        answer(502),
        answer(503),
        b"garbage\r\n\r\n",
        answer(200, b"<html>"),
        answer(200, b"{}"),
        answer(302),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx",
        answer(200, b"x", content_encoding="br"),
    ],
)
async def test_an_order_that_may_have_been_made_is_unknown(fate, two_step_portal, portal, reply):
    fate.by_target["/orders"] = reply
    with pytest.raises(Unknown):
        await file(two_step_portal)
    assert [seen.target for seen in portal.seen].count("/orders") == 1


async def test_an_order_without_an_answer_in_time_is_unknown(portal, two_step_portal):
    async def hang(seen):
        if seen.target == "/orders":
            put_clock_forward(READ_SECONDS)
            await asyncio.sleep(3600)
        return answer()

    portal.respond = hang
    with pytest.raises(Unknown):
        await file(two_step_portal)
    with pytest.raises(Unknown):
        await file(two_step_portal, budget=READ_SECONDS / 2)


@pytest.mark.parametrize(
    ("reply", "code", "retry_after"),
    [
        (answer(429, retry_after="7"), "portal_busy", 7),
        (answer(503, retry_after="7"), "portal_busy", 7),
        (answer(429, retry_after="²"), "portal_busy", None),
        (answer(429, retry_after="Sun, 06 Nov 1994 08:49:37 GMT"), "portal_busy", 0),
        (answer(429, retry_after="Sunday, 06-Nov-94 08:49:37 GMT"), "portal_busy", 0),
        (answer(401), "portal_denied_gateway", None),
        (answer(401, b"<html>"), "portal_denied_gateway", None),
        (answer(408), "portal_busy", None),
    ],
)
async def test_an_order_that_was_turned_away_may_be_made_later(fate, two_step_portal, reply, code, retry_after):
    fate.by_target["/orders"] = reply
    with pytest.raises(Unavailable) as failed:
        await file(two_step_portal)
    assert (failed.value.code, failed.value.retry_after) == (code, retry_after)


PAGE = b"<html><body><h1>Not here</h1></body></html>"
STRANGE = {
    **{f"a page, {status}": answer(status, PAGE) for status in (400, 403, 404, 405, 409, 410, 413, 422, 451)},
    "an empty 404": answer(404, b""),
    "another shape": answer(404, b'{"message": "no Route matched with those values"}'),
    "a word that is nobody's": answer(404, b'{"error": "not_found", "message": "x"}'),
    "another alphabet": answer(422, '{"error":"مرفوض"}'.encode("cp1256")),
}


@pytest.mark.parametrize("reply", STRANGE.values(), ids=STRANGE)
async def test_a_strange_4xx_to_an_order_is_unknown_and_told(fate, two_step_portal, portal, reply):
    """Somebody on the way may have put his page in the place of the portal's yes."""
    fate.by_target["/orders"] = reply
    with capture_logs() as logs, pytest.raises(Unknown) as failed:
        await file(two_step_portal)
    assert failed.value.code == ("portal_denied_gateway" if reply.startswith(b"HTTP/1.1 403") else ODD)
    assert failed.value.portal_message == ""
    assert [seen.target for seen in portal.seen].count("/orders") == 1
    assert ("portal_answer_odd" in {each["event"] for each in logs}) == (failed.value.code == ODD)


@pytest.mark.parametrize("reply", STRANGE.values(), ids=STRANGE)
async def test_a_strange_4xx_to_a_question_is_trouble_for_now(fate, two_step_portal, reply):
    fate.by_target["/orders/7"] = reply
    with pytest.raises(Unavailable):
        await invoke(Callee("barid", two_step_portal), Filing.progress, "7")


async def test_an_order_that_the_portal_puts_off_may_be_made_later(fate, two_step_portal, monkeypatch):
    async def put_off(form):
        await two_step_portal.http.post("/orders", json={})
        raise NotYet("payment_pending", retry_after=1.0)

    monkeypatch.setattr(two_step_portal, "file", put_off)
    fate.by_target["/orders"] = answer(409, b'{"error": "payment_pending"}')
    with pytest.raises(NotYet):
        await file(two_step_portal)


async def test_an_order_the_portal_refuses_is_refused(fate, two_step_portal):
    fate.by_target["/orders"] = answer(422, b'{"error": "act_unknown", "message": "no such act"}')
    with pytest.raises(Refused) as failed:
        await file(two_step_portal)
    assert (failed.value.code, failed.value.portal_message) == ("act_not_found", "no such act")


async def test_trouble_before_the_order_leaves_nothing_behind(fate, two_step_portal, portal):
    fate.by_target["/tariff"] = answer(500)
    with pytest.raises(Unavailable) as failed:
        await file(two_step_portal)
    assert failed.value.code == "portal_failed"
    assert [seen.target for seen in portal.seen] == ["/tariff"]


@pytest.mark.parametrize("reply", [None, answer(503, retry_after="1"), answer(500), answer(200, b"<html>")])
async def test_trouble_after_the_order_was_made_is_unknown_not_try_again(fate, two_step_portal, reply):
    """The order stands at the portal: filing it again would make a second one."""
    two_step_portal.reread = "/orders"
    fate.by_target["/orders/7"] = reply
    if reply == answer(200, b"<html>"):
        await file(two_step_portal)  # nobody reads that answer
        return
    with pytest.raises(Unknown):
        await file(two_step_portal)


async def test_that_holds_when_the_later_request_was_never_sent(fate, two_step_portal):
    fate.by_target["/orders"] = answer(200, b'{"id": "7"}')
    two_step_portal.reread = "http://undeclared.invalid/orders"
    with pytest.raises(Unknown):
        await file(two_step_portal)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (None, "portal_unavailable"),
        (answer(500), "portal_failed"),
        (b"garbage\r\n\r\n", "portal_answer_unexpected"),
        (answer(200, b"<html>"), "portal_answer_unexpected"),
        (answer(200, b"{}"), "portal_answer_unexpected"),
    ],
)
async def test_a_question_without_a_usable_answer_may_be_asked_again(fate, two_step_portal, reply, code):
    fate.by_target["/orders/7"] = reply
    with pytest.raises(Unavailable) as failed:
        await invoke(Callee("barid", two_step_portal), Filing.progress, "7")
    assert failed.value.code == code


async def test_a_question_that_takes_too_long_may_be_asked_again(listen, client_to):
    async def hang(reader, _):
        await reader.read()

    portal_client = client_to(await listen(hang))
    two_step_portal = TwoStepPortal(Portal(id="barid", http=portal_client.client, secrets={}))
    with pytest.raises(Unavailable) as failed:
        await invoke(Callee("barid", two_step_portal, budget=0.05), Filing.progress, "7")
    assert failed.value.code == "portal_timeout"


async def test_a_portal_that_is_not_there_is_unavailable_even_for_an_order(client_to):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        portal_client = client_to(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(Unavailable) as failed:
            await file(TwoStepPortal(Portal(id="barid", http=portal_client.client, secrets={})))
    assert failed.value.code == "portal_unavailable"


async def test_an_open_breaker_answers_at_once_with_the_time_to_come_back(fate, portal, client_to):
    portal_client = client_to(portal.url, breaker={"minimum_calls": 1, "open_seconds": 30})
    two_step_portal = TwoStepPortal(Portal(id="barid", http=portal_client.client, secrets={}))
    fate.by_target["/tariff"] = answer(500)
    with pytest.raises(Unavailable):
        await file(two_step_portal)
    with pytest.raises(Unavailable) as failed:
        await file(two_step_portal)
    assert failed.value.code == "breaker_open"
    assert 25 < failed.value.retry_after <= 30
    assert len(portal.seen) == 1


async def test_a_connector_that_fails_before_sending_says_so(fate, two_step_portal, portal):
    with capture_logs() as logs, pytest.raises(Unavailable) as failed:
        await file(two_step_portal, "mistake")
    assert failed.value.code == "connector_failed"
    assert portal.seen == []
    assert logs[0]["location"].startswith("test_invoke.py:")


def test_error_of_a_library_is_placed_where_the_connector_called_it():
    def answer_to(_: str) -> object:
        return json.loads("{")

    with capture_logs() as logs, pytest.raises(Unavailable):
        invoke_plain("barid", answer_to, "x", object)
    assert logs[0]["location"] == f"test_invoke.py:{answer_to.__code__.co_firstlineno + 1}"


async def test_no_error_or_log_carries_personal_data(fate, two_step_portal):
    fate.by_target["/orders"] = answer(200, f'["{PERSON}"]'.encode())
    with capture_logs() as logs, pytest.raises(Unknown) as failed:
        await file(two_step_portal)
    with capture_logs() as more, pytest.raises(Unavailable) as early:
        await file(two_step_portal, "mistake")
    (entry,) = [each for each in logs if each["event"] == "connector_error"]
    assert (entry["portal"], entry["operation"], entry["error"]) == ("barid", "file", "TypeError")
    for error in (failed.value, early.value):
        assert error.__cause__ is None
        assert error.__suppress_context__
        assert PERSON not in str(error)
    assert PERSON not in str(logs + more)


async def test_cancellation_passes(listen, client_to):
    arrived = asyncio.Event()

    async def hang(reader, _):
        await reader.read(10)
        arrived.set()
        await reader.read()

    portal_client = client_to(await listen(hang))
    two_step_portal = TwoStepPortal(Portal(id="barid", http=portal_client.client, secrets={}))
    task = asyncio.create_task(invoke(Callee("barid", two_step_portal), Filing.progress, "7"))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_calls_are_counted_by_outcome(fate, portal, client_to):
    two_step_portal = TwoStepPortal(Portal(id="counted", http=client_to(portal.url).client, secrets={}))
    fate.by_target["/orders"] = answer(422, b'{"error": "act_unknown"}')
    with pytest.raises(Refused):
        await invoke(Callee("counted", two_step_portal), Filing.file, "form")
    value = metrics.REGISTRY.get_sample_value(
        "mre_gateway_portal_operations_total", {"portal": "counted", "operation": "file", "outcome": "refused"}
    )
    assert value == 1


async def test_what_is_no_operation_cannot_be_called(two_step_portal):
    with pytest.raises(KeyError):
        await invoke(Callee("barid", two_step_portal), Shipping.trace, "7")
    with pytest.raises(AttributeError):
        await invoke(Callee("barid", two_step_portal), TwoStepPortal.file, "form")


@pytest.mark.parametrize(
    "raised", [SystemExit(3), asyncio.CancelledError(), BaseExceptionGroup("two", [SystemExit(1)])]
)
async def test_what_is_no_exception_is_the_connectors_fault(raised):
    """`sys.exit` in a connector must not end the gateway, nor a cancellation that nobody asked for the call's task."""

    class Leaving(TwoStepPortal):
        async def file(self, filing):
            raise raised

    with pytest.raises(Unavailable) as told:
        await invoke(Callee("leaving", Leaving(Portal(id="leaving", http=None, secrets={}))), Filing.file, "x")

    assert told.value.code == "connector_failed"


async def test_a_call_that_is_cancelled_stays_cancelled():
    class Waiting(TwoStepPortal):
        async def file(self, filing):
            await asyncio.sleep(60)

    connector = Waiting(Portal(id="waiting", http=None, secrets={}))
    task = asyncio.create_task(invoke(Callee("waiting", connector), Filing.file, "x"))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_that_is_closed_is_closed():
    class Waiting(TwoStepPortal):
        async def file(self, filing):
            await asyncio.sleep(60)

    connector = Waiting(Portal(id="waiting", http=None, secrets={}))
    closed = []

    async def calls() -> None:
        try:
            await invoke(Callee("waiting", connector), Filing.file, "x")
        except BaseException as error:
            closed.append(type(error))
            raise

    call = calls()
    call.send(None)
    call.close()
    assert closed == [GeneratorExit]


@pytest.mark.parametrize("raised", [KeyError(PERSON), SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_plain_function_of_a_connector_fails_in_one_way(raised):
    def answer(_: str) -> str:
        raise raised

    with capture_logs() as logged, pytest.raises(Unavailable) as told:
        invoke_plain("leaving", answer, "x", str)

    assert told.value.code == "connector_failed"
    assert PERSON not in str(logged)


class FailingCounts:
    def call(self, *_):
        raise AssertionError(PERSON)


async def test_counting_that_fails_changes_no_outcome(fate, two_step_portal):
    fate.by_target["/orders"] = answer(502, b"<html><![x")
    callee = Callee("barid", two_step_portal, counts=FailingCounts())
    with capture_logs() as logs, pytest.raises(Unknown):
        await invoke(callee, Filing.file, "order")
    assert {"event": "call_not_counted", "portal": "barid", "operation": "file", "error": "AssertionError"}.items() <= (
        next(each for each in logs if each["event"] == "call_not_counted").items()
    )
    assert PERSON not in str(logs)
