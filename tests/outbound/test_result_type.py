"""What a connector hands back is of the types that the contract declares, or it is the connector's fault."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors.contract import (
    Booking,
    CaseStatus,
    Connector,
    Filed,
    Filing,
    NotYet,
    Paying,
    Portal,
    PortalError,
    Progress,
    Refused,
    Reply,
    RequiredAction,
    Slot,
    Step,
    Unavailable,
    Unknown,
    Verdict,
)
from gateway.foreign_text import MOST_SECONDS
from gateway.outbound import invoke as invoke_module
from gateway.outbound.invoke import Callee, invoke, invoke_plain
from gateway.outbound.isolation import frames
from gateway.outbound.result_type import checked

PROGRESS = Progress(reference="D-1", status=CaseStatus.IN_PROGRESS, portal_status="PERSON")
AWARE = datetime(2026, 12, 1, 9, tzinfo=UTC)
NAIVE = AWARE.replace(tzinfo=None)


@pytest.fixture(autouse=True)
def fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoke_module, "logger", structlog.get_logger())


class Clerk(Connector, Filing, Paying):
    """Files by one request, if it has a client, and hands back what it is told."""

    gives = None

    async def file(self, filing):
        if self.http is not None:
            await self.http.post("/orders")
        return self._said()

    async def progress(self, reference, **access):
        return self._said()

    def answer(self, verdict):
        return self._said()

    def _said(self):
        if isinstance(self.gives, BaseException):
            raise self.gives
        return self.gives


def clerk(gives, http=None):
    made = Clerk(Portal(id="clerk", http=http, secrets={}))
    made.gives = gives
    return made


async def progress(gives):
    return await invoke(Callee("clerk", clerk(gives)), Filing.progress, "D-1")


def with_(**members):
    return msgspec.structs.replace(PROGRESS, **members)


WRONG = {
    "nothing": (None, "result"),
    "a text": ("done", "result"),
    "another value": (Filed(reference="D-1", progress=PROGRESS), "result"),
    "no status": (with_(status=None), "result.status"),
    "a document that is none": (with_(documents=[{"id": "x"}]), "result.documents[0]"),
    "half a character": (with_(portal_status="\ud800"), "result"),
    "a reference that is a number": (with_(reference=5), "result.reference"),
    "an action that is a text": (with_(ask="pay"), "result.ask"),
    "a time that is no number": (with_(check_after=math.nan), "result: check_after is no number"),
    "endless time": (with_(check_after=math.inf), "result: check_after is no number"),
    "a step of no zone": (with_(steps=[Step(at=NAIVE, label="x")]), "result: steps.at without a time zone"),
    "an end of no zone": (
        with_(ask=RequiredAction(type="pay", code="x", until=NAIVE)),
        "result: ask.until without a time zone",
    ),
    "very long": (with_(portal_status="x" * 9_000_000), "result of"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_result_of_another_type_is_the_connectors_fault(wrong):
    gives, location = WRONG[wrong]
    with capture_logs() as logged, pytest.raises(Unavailable, match="connector_failed"):
        await progress(gives)

    (told,) = [each for each in logged if each["event"] == "connector_error"]
    assert told["location"].startswith(location)
    assert "PERSON" not in str(logged)


async def test_a_wrong_result_after_a_creation_leaves_it_unknown(portal, client_to):
    portal_client = client_to(portal.url)
    with pytest.raises(Unknown, match="portal_answer_unexpected") as told:
        await invoke(Callee("clerk", clerk(None, portal_client.client)), Filing.file, None)
    assert told.value.perhaps_done


async def test_a_result_is_made_anew_as_the_promised_type():
    class Wider(Progress, frozen=True, kw_only=True):
        more: str = ""

    result = await progress(Wider(reference="D-1", status="completed", portal_status="x", steps=(), more="y"))
    assert type(result) is Progress
    assert (result.status, result.steps) == (CaseStatus.COMPLETED, [])


@pytest.mark.parametrize("gives", [None, "done", {"body": "done"}])
def test_a_plain_function_returns_what_it_promises(gives):
    with capture_logs(), pytest.raises(Unavailable, match="connector_failed"):
        invoke_plain("clerk", clerk(gives).answer, Verdict.NOTED, Reply)


def damaged(error, **attributes):
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


class Unmade(Refused):
    def __init__(self):
        """Leaves its base as it is."""


class Unreadable(Refused):
    @property
    def code(self):
        raise LookupError

    @code.setter
    def code(self, _):
        pass


@pytest.mark.parametrize(
    "raised",
    [Refused(None), Refused({"x": 1}), Refused(""), Refused("\ud800"), Refused("a\nb"), Refused("x" * 201), Unmade(),
     Unreadable("x"), PortalError("x"), KeyboardInterrupt(), GeneratorExit()],
)  # fmt: skip
async def test_an_error_without_a_code_is_the_connectors_fault(raised):
    with capture_logs() as logged, pytest.raises(Unavailable, match="connector_failed"):
        await progress(raised)
    assert "connector_error" in [each["event"] for each in logged]


@pytest.mark.parametrize(("said", "kept"), [(None, ""), (b"x", ""), ("a\ud800", "a?"), ("x" * 9_000, "x" * 8_192)])
async def test_a_message_of_the_portal_is_a_text(said, kept):
    with pytest.raises(Refused, match="too_late") as told:
        await progress(Refused("too_late", said))
    assert told.value.portal_message == kept


@pytest.mark.parametrize("fields", [{"/a": "b", "/c": None, 5: "d", "/e": "\ud800"}, ["/a"], None])
async def test_fields_of_a_refusal_are_texts(fields):
    with pytest.raises(Refused) as told:
        await progress(damaged(Refused("too_late"), fields=fields))
    assert told.value.fields == ({"/a": "b"} if isinstance(fields, dict) else {})


@pytest.mark.parametrize(
    ("said", "kept"),
    [(math.nan, None), (math.inf, None), (-math.inf, None), ("soon", None), (True, None), (-5, 0),
     (1e300, MOST_SECONDS), (2**70, MOST_SECONDS), (7, 7)],
)  # fmt: skip
async def test_a_time_to_wait_is_a_number_of_seconds(said, kept):
    with pytest.raises(NotYet) as told:
        await progress(NotYet("portal_busy", retry_after=said))
    assert told.value.retry_after == kept


async def test_an_error_of_a_class_of_the_connectors_own_is_the_contracts():
    class TooLate(Refused):
        pass

    with pytest.raises(Refused, match="too_late") as told:
        await progress(TooLate("too_late", "Trop tard"))
    assert type(told.value) is Refused
    assert told.value.portal_message == "Trop tard"


class Counts:
    def __init__(self):
        self.calls = []

    def call(self, portal, operation, outcome, code, seconds):
        self.calls.append((outcome, code))


async def test_many_unknown_words_are_few_lines():
    warnings = [f"status_unknown: {number}" for number in range(20_000)]
    warnings += [f"kind {number}: x" for number in range(20_000)]
    counts = Counts()
    with capture_logs() as logged:
        callee = Callee("clerk", clerk(with_(warnings=warnings)), counts=counts)
        await invoke(callee, Filing.progress, "D-1")
    assert counts.calls == [("ok", "")]
    codes = [each["code"] for each in logged]
    assert codes == ["status_unknown", *(f"kind_{number}" for number in range(7))]


def test_times_keep_the_offset_of_their_place() -> None:
    """In one process and between two: half past one in Dubai is not half past nine in the morning."""
    start = datetime(2027, 7, 12, 13, 30, tzinfo=timezone(timedelta(hours=4)))
    slot = Slot(id="s", post="dubai", service="cnie", start=start, end=start + timedelta(minutes=15), version="0")
    (found,) = checked(Booking.slots, [slot])
    ((handed,), _) = frames.unpack(frames.pack([[slot], {}]))
    for each in (found, handed):
        assert each == slot
        assert each.start.utcoffset() == timedelta(hours=4)
