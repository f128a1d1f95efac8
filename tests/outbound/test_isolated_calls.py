"""What the gateway and a connector's process say to each other: both ends here in one process, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from itertools import product

import httpx
import msgspec
import pytest
import structlog

from gateway.audit.entry import Entry
from gateway.cases.portals import ConnectedPortal, Portals
from gateway.connectors.contract import (
    CaseStatus,
    Connector,
    NotYet,
    Parcel,
    Portal,
    Progress,
    Refused,
    Shipment,
    Shipping,
    Unavailable,
)
from gateway.outbound import result_type
from gateway.outbound.call_context import current
from gateway.outbound.client import LayeredClient
from gateway.outbound.errors import (
    BreakerOpen,
    ConnectorStopped,
    CredentialsFailed,
    DeadlineExceeded,
    HostRefused,
    NotPermitted,
    NotSent,
)
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.isolation import calls, frames
from gateway.outbound.isolation.calls import Calls, Nonsense
from gateway.outbound.isolation.child import Link, Requests, Serving
from gateway.outbound.isolation.frames import (
    Beat,
    Cancel,
    Dropped,
    HttpAnswer,
    Invoke,
    Raised,
    Request,
    Returned,
    frame,
)
from gateway.outbound.isolation.remote import remote_class
from gateway.outbound.result_type import WrongResult
from gateway.settings import Plugins
from gateway.telemetry.metrics import portal_metrics
from tests.outbound.raw import until
from tests.waiting import PATIENCE

LIMITS = Plugins(isolated_frame_bytes=1_048_576)
MOST = LIMITS.isolated_frame_bytes
NO_OPTIONS = {}
BASE = "https://carrier.invalid"
VALUES = {"case_id": "case_1", "recipient": {"name": "N", "lines": ["1"], "city": "C"}, "sender": "office"}
PARCEL = msgspec.convert(VALUES | {"key": "key-1", "content": "a passport"}, Parcel)


class Carrier(Connector, Shipping):
    """Does with an error of its request what its option says."""

    async def find_shipment(self, idempotency_key):
        return None

    async def ship(self, parcel):
        await self._ask("POST")
        return Shipment(number="RR123456785MA")

    async def trace(self, number):
        match number:
            case "waits":
                await asyncio.Event().wait()
            case "text":
                raise Refused("too_heavy", "\ud800")
            case "no code":
                raise Refused(None)
            case "large":
                return Progress(reference="x" * MOST, status=CaseStatus.IN_PROGRESS, portal_status="x")
        response = await self._ask("GET")
        return Progress(reference=number, status=CaseStatus.IN_PROGRESS, portal_status=str(len(response.content)))

    async def _ask(self, method):
        options = self.portal.options
        content = self._pieces() if options.get("body") == "pieces" else b"x" * int(options.get("body") or 0)
        try:
            headers = {"x-long": "y" * int(options.get("header", 0))}
            return await self.http.request(method, "/", content=content, headers=headers)
        except Exception as error:
            match options.get("then"):
                case "waits as told":
                    raise NotYet("portal_busy", retry_after=getattr(error, "retry_after", None)) from None
                case "asks whether it was sent":
                    raise NotYet("sent" if getattr(error, "sent", True) else "not_sent") from None
                case "asks whether it was denied":
                    raise NotYet("denied" if getattr(error, "denied", False) else "not_denied") from None
                case "raises one of the same kind":
                    raise type(error)(*error.args) from None
            raise

    async def _pieces(self):
        yield b"one"
        yield b"two"


class Layers(httpx.AsyncBaseTransport):
    """In the place of the layers. `said`: what it raises, or the content that it answers."""

    def __init__(self, said, *, sent=False):
        self.said, self.sent, self.seen = said, sent, []

    async def handle_async_request(self, request):
        self.seen.append(request)
        if (call := current.get()) is not None:
            call.attempts += 1
            call.exposures += self.sent and request.method == "POST"
        if isinstance(self.said, BaseException):
            raise self.said
        await request.aread()
        return httpx.Response(200, content=self.said)


def portal(layers, options):
    client = LayeredClient(layers, base_url=httpx.URL(BASE), user_agent="x")
    return Portal(id="far", http=client, secrets={}, options=options, callback_url="", public_base_url="")


class Linked:
    """A connector behind `calls`, and what it said of calls that are slow."""

    def __init__(self, layers, limits=LIMITS):
        self.slow = []
        self.calls = Calls("far", layers, limits, portal_metrics("far"), self.slow.append)

    async def call(self, operation, args, kwargs):
        return await self.calls.call(operation, args, kwargs)


@contextlib.asynccontextmanager
async def isolated(layers, options=NO_OPTIONS):
    """The connector at one end of a socket and the gateway's calls at the other."""
    ours, its = socket.socketpair()
    link = Link(MOST)
    serving = asyncio.create_task(Serving(Carrier(portal(Requests(link), options)), link, "/x").run(its))
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    linked = Linked(layers)
    linked.calls.open(writer)
    linked.reading = asyncio.create_task(linked.calls.read(reader))
    try:
        yield linked
    finally:
        linked.calls.hang_up()
        await asyncio.gather(serving, linked.reading, return_exceptions=True)


@contextlib.asynccontextmanager
async def told_by_hand(layers=None, limits=LIMITS, most=MOST):
    """The gateway's calls, and a process whose every word the test says."""
    ours, its = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    linked = Linked(layers, limits)
    linked.calls.open(writer)
    linked.reading = asyncio.create_task(linked.calls.read(reader))
    linked.reader, linked.writer = await asyncio.open_unix_connection(sock=its)
    linked.say = lambda *said: linked.writer.writelines(frame(each, most) for each in said)
    linked.heard = lambda: frames.read_from_gateway(linked.reader, MOST)
    try:
        yield linked
    finally:
        linked.calls.hang_up()
        linked.writer.transport.abort()
        await asyncio.gather(linked.reading, return_exceptions=True)


def here(layers, options=NO_OPTIONS):
    return Carrier(portal(layers, options))


def there(linked, options=NO_OPTIONS):
    return remote_class(Carrier, linked)(portal(None, options))


async def outcome(connector, operation):
    """What `invoke` decides, and what of it a caller or an operator sees."""
    with structlog.testing.capture_logs() as logs:
        argument = PARCEL if operation is Shipping.ship else "RR1"
        try:
            said = await invoke(Callee("far", connector), operation, argument)
        except Exception as error:
            cause = type(error.__cause__).__name__
            said = (type(error), getattr(error, "code", str(error)), getattr(error, "retry_after", None), cause)
            said = (*said, getattr(error, "perhaps_done", None))
    return said, [(each["event"], each.get("code"), each.get("error")) for each in logs]


def not_permitted():
    error = NotPermitted("no longer permitted")
    error.__cause__ = PermissionError("the mandate has ended")
    return error


class KeyIsGone(LookupError):
    pass


FAILING = {
    "breaker": lambda: BreakerOpen("open", retry_after=7.0),
    "not sent": lambda: NotSent("x", retry_after=3.0),
    "another host": lambda: HostRefused("x"),
    "denied": lambda: CredentialsFailed("x", denied=True),
    "no token": lambda: CredentialsFailed("x"),
    "late, not sent": lambda: DeadlineExceeded("x", sent=False),
    "late, sent": lambda: DeadlineExceeded("x", sent=True),
    "not permitted": not_permitted,
    "reset": lambda: httpx.ReadError("x"),
    "no connection": lambda: httpx.ConnectError("x"),
    "address": lambda: httpx.InvalidURL("x"),
    "signer": lambda: RuntimeError("the key is of-the-signer"),
    "own class": lambda: KeyIsGone("the key is of-the-signer"),
    "value": lambda: UnicodeDecodeError("utf-8", b"x", 0, 1, "x"),
    "too slow": lambda: TimeoutError("x"),
    "exits": lambda: SystemExit(3),
    "memory": lambda: MemoryError(),
}
THEN = ("", "waits as told", "asks whether it was sent", "asks whether it was denied", "raises one of the same kind")


@pytest.mark.parametrize("failing", FAILING)
async def test_layers_that_fail_come_to_the_same_in_the_process(failing):
    """Whatever the connector makes of it, and whether the portal may have got an earlier request or not."""
    options, layers = {}, Layers(None)
    async with isolated(layers, options) as linked:
        near, far = here(layers, options), there(linked, options)
        for then, operation, layers.sent in product(THEN, (Shipping.ship, Shipping.trace), (False, True)):
            layers.said = FAILING[failing]()
            if then == "raises one of the same kind" and not isinstance(layers.said, httpx.ConnectError | NotSent):
                continue  # made of more than its text
            options["then"] = then
            expected = await outcome(near, operation)
            layers.said = FAILING[failing]()
            assert await outcome(far, operation) == expected, (then, operation.name, layers.sent)
        assert linked.calls.running == []
    assert len(layers.seen) >= 32


async def test_the_process_is_not_told_what_a_signer_says():
    async with told_by_hand(Layers(RuntimeError("the key is of-the-signer"))) as linked:
        call = asyncio.create_task(outcome(there(linked), Shipping.trace))
        invoked = await linked.heard()
        linked.say(Request(invoked.call, 1, "GET", BASE, [], b""))
        assert "of-the-signer" not in str(await linked.heard())
        linked.say(Raised(invoked.call, "RuntimeError", request=1))
        assert (await call)[0][1] == "portal_answer_unexpected"


async def test_a_body_in_pieces_is_sent_with_its_length():
    layers = Layers(b"{}")
    async with isolated(layers, {"body": "pieces"}) as linked:
        await invoke(Callee("far", there(linked)), Shipping.ship, PARCEL)
    (request,) = layers.seen
    assert request.content == b"onetwo"
    assert request.headers["content-length"] == "6"
    assert "transfer-encoding" not in request.headers


async def test_a_call_that_is_ended_as_it_begins_is_answered_once():
    ours, its = socket.socketpair()
    link = Link(MOST)
    serving = asyncio.create_task(Serving(here(Layers(b"{}")), link, "/x").run(its))
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    waits = frames.pack([["waits"], {}])
    try:
        writer.write(frame(Invoke(1, "trace", waits), MOST) + frame(Cancel(1), MOST))
        writer.write(frame(Invoke(2, "trace", waits), MOST))
        writer.write(frame(Cancel(9), MOST) + frame(Cancel(2), MOST) + frame(Cancel(2), MOST))
        writer.write(frame(Invoke(3, "trace", frames.pack([["text"], {}])), MOST))
        said = []
        while 3 not in said:
            heard = await frames.read_from_child(reader, MOST)
            said += [] if isinstance(heard, Beat) else [heard.call]
        assert sorted(said) == [1, 2, 3, 9]
    finally:
        writer.transport.abort()
        await asyncio.gather(serving, return_exceptions=True)


async def test_what_cannot_be_sent_either_way_fails_its_call_alone():
    layers = Layers(b"x" * MOST)
    async with isolated(layers) as linked:
        far = there(linked)
        for number in (object(), "y" * MOST):  # no value of the contract; larger than a frame
            with pytest.raises(Unavailable, match="connector_failed"):
                await invoke(Callee("far", far), Shipping.trace, number)
        assert linked.calls.settled  # nothing was begun, so that nothing has to end
        with pytest.raises(Unavailable, match="connector_failed"):
            await invoke(Callee("far", far), Shipping.trace, "large")
        with pytest.raises(Refused, match="too_heavy") as refused:
            await invoke(Callee("far", far), Shipping.trace, "text")
        assert refused.value.portal_message == "?"
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await invoke(Callee("far", far), Shipping.trace, "RR1")
        assert len(layers.seen) == 1
        layers.said = b"{}"
        assert (await invoke(Callee("far", far), Shipping.trace, "RR1")).portal_status == "2"


async def test_an_error_of_wrong_types_fails_its_call_alone():
    async with isolated(Layers(b"{}")) as linked:
        with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="connector_failed"):
            await invoke(Callee("far", there(linked)), Shipping.trace, "no code")
        assert [each["error"] for each in logs if each["event"] == "connector_error"] == ["Refused"]
        assert not linked.reading.done()
        assert (await invoke(Callee("far", there(linked)), Shipping.trace, "RR1")).reference == "RR1"


@pytest.mark.parametrize("options", [{"body": str(MOST)}, {"header": str(frames.HEADER_BYTES)}])
async def test_a_request_that_is_too_large_is_never_sent(options):
    layers = Layers(b"{}")
    async with isolated(layers, options) as linked:
        with pytest.raises(Unavailable):
            await invoke(Callee("far", there(linked)), Shipping.ship, PARCEL)
        assert layers.seen == []
        assert not linked.reading.done()


def request(number=1, call=1, headers=()):
    return Request(call, number, "GET", BASE, list(headers), b"")


def raw(body):
    return len(body).to_bytes(4, "big") + body


DEEP = b"\x91" * 100_000 + b"\x00"


NONSENSE = {
    "too long": (MOST + 1).to_bytes(4, "big"),
    "no MessagePack": raw(b"\xc1"),
    "unknown": raw(msgspec.msgpack.encode(["Whatever", 1])),
    "said before": frame(frames.Built({}), MOST),
    "nested too deep": raw(b"\x93\xa4Beat\x00" + DEEP),
    "a number twice": frame(request(2), MOST) * 2,
    "a smaller number": frame(request(2), MOST) + frame(request(1), MOST),
    "many headers": frame(request(headers=[(b"a", b"b")] * 257), MOST),
    "long headers": frame(request(headers=[(b"a", b"b" * 65_536)]), MOST),
}


@pytest.mark.parametrize("said", NONSENSE)
async def test_nonsense_is_known_as_such(said):
    async with told_by_hand(Layers(b"{}")) as linked:
        linked.writer.write(NONSENSE[said])
        with pytest.raises(Nonsense):
            await linked.reading


HOLLOW = {
    "nested too deep": b"\x81\xa1x" + DEEP,
    "larger than a result": b"\x81\xa8warnings\xdd" + (9_000_000).to_bytes(4, "big") + b"\xa0" * 9_000_000,
}


@pytest.mark.parametrize(
    ("result", "kind"), [("nested too deep", "RecursionError"), ("larger than a result", "WrongResult")]
)
async def test_a_result_that_makes_too_much_fails_its_call_alone(result, kind):
    async with told_by_hand(limits=Plugins(), most=16_777_216) as linked:
        with structlog.testing.capture_logs() as logs:
            call = asyncio.create_task(invoke(Callee("far", there(linked)), Shipping.trace, "RR1"))
            invoked = await linked.heard()
            linked.say(Returned(invoked.call, HOLLOW[result]))
            with pytest.raises(Unavailable, match="connector_failed"):
                await call
        assert [each["error"] for each in logs if each["event"] == "connector_error"] == [kind]
        assert not linked.reading.done()


class Held(httpx.AsyncBaseTransport):
    """Answers nothing until it is let go."""

    def __init__(self):
        self.go = asyncio.Event()

    async def handle_async_request(self, request):
        await self.go.wait()
        return httpx.Response(200, content=b"{}")


async def test_a_call_makes_so_many_requests_and_no_more(monkeypatch):
    monkeypatch.setattr(calls, "REQUESTS", 5)
    monkeypatch.setattr(calls, "REQUESTS_AT_ONCE", 3)
    layers = Held()
    async with told_by_hand(layers) as linked:
        call = asyncio.create_task(linked.call(Shipping.trace, ("RR1",), {}))
        number = (await linked.heard()).call
        linked.say(*(request(each, number) for each in (1, 2, 3, 4)))
        at_once = await linked.heard()
        assert (at_once.number, at_once.kind) == (4, "ConnectorOverloaded")
        layers.go.set()
        assert {(await linked.heard()).number for _ in range(3)} == {1, 2, 3}
        linked.say(request(5, number), request(6, number))
        answers = sorted([await linked.heard(), await linked.heard()], key=lambda each: each.number)
        assert [type(each) for each in answers] == [HttpAnswer, frames.Failed]
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)


ONE_SECOND = Plugins(isolated_call_seconds=1, isolated_silent_seconds=1)
"""Four beats each."""


async def test_a_call_in_which_nothing_happens_ends_alone():
    layers = Held()
    async with told_by_hand(layers, ONE_SECOND) as linked:
        busy = asyncio.create_task(linked.call(Shipping.trace, ("RR1",), {}))
        asks = (await linked.heard()).call
        linked.say(request(1, asks), *[Beat(0)] * 5)
        idle = asyncio.create_task(linked.call(Shipping.trace, ("waits",), {}))
        number = (await linked.heard()).call
        linked.say(*[Beat(0)] * 4, Beat(0))
        assert await linked.heard() == Cancel(number)
        with pytest.raises(ConnectorStopped):
            await idle
        assert linked.slow == ["trace"]
        layers.go.set()
        assert (await linked.heard()).number == 1
        linked.say(Returned(asks, msgspec.msgpack.encode({"reference": "RR1", "status": "in_progress"})))
        with contextlib.suppress(WrongResult):
            await busy
        assert linked.calls.running == []


async def test_a_request_dropped_as_it_begins_is_forgotten():
    """It takes none of the places of its call, and nothing happens in the call by it."""
    async with told_by_hand(Held(), ONE_SECOND) as linked:
        call = asyncio.create_task(linked.call(Shipping.trace, ("RR1",), {}))
        number = (await linked.heard()).call
        linked.say(request(1, number), Dropped(number, 1), request(2, number + 1))
        assert (await linked.heard()).number == 2  # of no call: now the first one has ended
        linked.say(*[Beat(0)] * 6)
        async with asyncio.timeout(PATIENCE):
            assert await linked.heard() == Cancel(number)
        with pytest.raises(ConnectorStopped):
            await call


async def test_a_process_is_deaf_only_while_it_goes_round():
    """However long the machine lets it wait: what counts are its own beats."""
    async with told_by_hand(None, ONE_SECOND) as linked:
        call = asyncio.create_task(linked.call(Shipping.trace, ("waits",), {}))
        number = (await linked.heard()).call
        call.cancel()
        assert await linked.heard() == Cancel(number)
        linked.say(*[Beat(0)] * 4)
        await asyncio.gather(call, return_exceptions=True)
        linked.calls.spoke = False
        linked.say(Beat(1))
        await until(lambda: linked.calls.spoke)
        assert linked.calls.deaf
        linked.say(Raised(number, "other"))
        await until(lambda: linked.calls.settled)
        assert not linked.calls.deaf


async def test_a_call_that_is_ended_at_once_leaves_a_process_that_answers():
    async with isolated(Layers(b"{}")) as linked:
        call = asyncio.create_task(linked.call(Shipping.trace, ("waits",), {}))
        await until(lambda: linked.calls.running)
        call.cancel()  # so that both frames are read together
        await asyncio.gather(call, return_exceptions=True)
        await until(lambda: linked.calls.settled)
        assert (await linked.call(Shipping.trace, ("RR1",), {})).portal_status == "2"


async def test_a_result_that_was_read_as_it_arrived_is_not_read_again(monkeypatch):
    read = []
    monkeypatch.setattr(result_type, "read_result", lambda *each: read.append(each))
    layers = Layers(b"{}")
    async with isolated(layers) as linked:
        connected = ConnectedPortal(there(linked), None, isolated=object())
        calls_of = Portals({"far": connected}, {}).recorded_in(Entry(call_id="call_1", kind="call"))
        found = await calls_of.call("far", Shipping.trace, "RR1")
    assert found.reference == "RR1"
    assert read == []
