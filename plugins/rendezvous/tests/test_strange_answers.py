"""A portal that answers what nobody expected: a typed outcome, never wrong data, and a line in the log."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.connectors.contract import (
    Booking,
    CaseStatus,
    Filing,
    Person,
    Portal,
    Refused,
    ServerFailed,
    Slot,
    Unavailable,
    Unknown,
    Window,
)
from gateway.outbound.invoke import Callee, invoke
from gateway.testing import running
from plugins.rendezvous.connector import Rendezvous
from plugins.rendezvous.tests.conftest import client_to

SLOT = {
    "id": "lyon-20270329T0700Z",
    "post": "lyon",
    "start": "2027-03-29T09:00:00+02:00",
    "end": "2027-03-29T09:15:00+02:00",
    "version": "0",
}
BOOKED = {"number": "RDV-1", "client_reference": "book-1", "service": "cnie", "slot": SLOT, "state": "confirme"}
REQUEST = {
    "number": "DC-2026-000001",
    "client_reference": "key-1",
    "state": "validee",
    "motive": None,
    "missing": [],
    "history": [{"state": "deposee", "at": "2026-11-03T09:00:00+00:00", "label": "Demande déposée"}],
    "papers": [],
}
POST = {
    "id": "lyon",
    "name": {"fr": "Lyon"},
    "country": "FR",
    "city": "Lyon",
    "timezone": "Europe/Paris",
    "services": ["cnie", "nouveaute"],
    "address": "",
    "opening_hours": [],
    "illustrative": True,
}
MAINTENANCE = b"<!doctype html><html><h1>Maintenance</h1></html>"
ARABIC = json.dumps(REQUEST, ensure_ascii=False).replace("Demande déposée", "طلب").encode("windows-1256")
MEGABYTE = b" " * 1_000_000
WINDOW = Window(first=date(2027, 3, 29), last=date(2027, 3, 29))
AT = datetime(2027, 3, 29, 7, tzinfo=UTC)
WANTED = Slot(id=SLOT["id"], post="lyon", service="cnie", start=AT, end=AT, version="0")
ME = Person(key="book-1", name="A", national_id="AB123456")


class Strange:
    """Gives tokens, and answers everything else as it is told: (status, body, content type)."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.padding = 0
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        padding = 0
        if scope["path"] == "/oauth/token":
            status, body = 200, {"access_token": "t", "token_type": "DPoP", "expires_in": 300}
        else:
            padding = self.padding
            self.asked.append(f"{scope['method']} {scope['path']}")
            status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
        for _ in range(padding):
            await send({"type": "http.response.body", "body": MEGABYTE, "more_body": True})
        await send({"type": "http.response.body", "body": content})


@pytest.fixture
async def portal() -> AsyncIterator[Any]:
    """The strange portal, and how to call the connector: `strange.call(Filing.progress, ...)`."""
    strange: Any = Strange()
    async with running(strange) as url:
        portal_client = client_to(url)
        connector = Rendezvous(Portal(id="rendezvous", http=portal_client.client, secrets={}))
        strange.call = lambda operation, *args: invoke(Callee("rendezvous", connector), operation, *args)
        yield strange
        await portal_client.close()


READS = [
    (Filing.progress, "DC-2026-000001"),
    (Filing.find, "key-1"),
    (Booking.find_booking, "book-1"),
    (Booking.posts, "cnie"),
    (Booking.slots, "cnie", "lyon", WINDOW),
    (Filing.document, "DC-2026-000001", "agenda"),
    (Booking.cancel, "RDV-1"),
    (Filing.withdraw, "DC-2026-000001"),
]


@pytest.mark.parametrize("call", READS, ids=lambda call: call[0])
@pytest.mark.parametrize(
    "body", [MAINTENANCE, ARABIC, b"", b"[]", b"null"], ids=["page", "windows-1256", "", "[]", "null"]
)
async def test_an_answer_that_is_none_is_unavailable(portal, call, body):
    portal.answers = [(200, body)]
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(*call)


async def test_a_hundred_megabytes_are_not_read(portal):
    """They end in an answer that would be right."""
    portal.answers, portal.padding = [(200, REQUEST)], 100
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Filing.progress, "DC-2026-000001")
    portal.answers, portal.padding = [(200, BOOKED)], 100
    with pytest.raises(Unknown):
        await portal.call(Booking.book, WANTED, ME)
    portal.answers, portal.padding = [(200, REQUEST)], 1
    assert await portal.call(Filing.progress, "DC-2026-000001")


@pytest.mark.parametrize("body", [MAINTENANCE, ARABIC, {**BOOKED, "client_reference": "another"}])
async def test_a_booking_whose_answer_is_strange_is_settled_by_the_finder(portal, body):
    portal.answers = [(201, {"hold": "H1", "slot": SLOT}), (201, body)]
    with pytest.raises(Unknown):
        await portal.call(Booking.book, WANTED, ME)
    assert portal.asked == [f"POST /slots/{SLOT['id']}/hold", "POST /holds/H1/confirm"]


async def test_a_hold_of_another_slot_is_not_confirmed(portal):
    portal.answers = [(201, {"hold": "H1", "slot": {**SLOT, "id": "lyon-20270329T0715Z"}})]
    with pytest.raises(Unknown):
        await portal.call(Booking.book, WANTED, ME)
    assert len(portal.asked) == 1


async def test_a_slot_that_always_changes_is_given_up(portal):
    portal.answers = [(412, {"error": "version_perimee", "version": "5"})]
    with pytest.raises(Refused, match="slot_taken"):
        await portal.call(Booking.book, WANTED, ME)
    assert len(portal.asked) == 2


@pytest.mark.parametrize("member", REQUEST)
async def test_a_renamed_member_of_a_request_is_noticed(portal, member):
    renamed = {(f"{name}_v2" if name == member else name): value for name, value in REQUEST.items()}
    portal.answers = [(200, renamed)]
    with capture_logs() as logs, pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Filing.progress, "DC-2026-000001")
    told = [(each["portal"], each["operation"], each["error"]) for each in logs if each["event"] == "connector_error"]
    assert told == [("rendezvous", "progress", "ValidationError")]


@pytest.mark.parametrize("member", SLOT)
async def test_a_renamed_member_of_a_slot_is_noticed(portal, member):
    renamed = {(f"{name}_v2" if name == member else name): value for name, value in SLOT.items()}
    for call, body in (
        ((Booking.slots, "cnie", "lyon", WINDOW), {"slots": [renamed]}),
        ((Booking.find_booking, "book-1"), {"appointments": [{**BOOKED, "slot": renamed}]}),
    ):
        portal.answers = [(200, body)]
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await portal.call(*call)


@pytest.mark.parametrize("member", POST)
async def test_a_renamed_member_of_a_post_is_noticed(portal, member):
    portal.answers = [(200, {"posts": [{name: value for name, value in POST.items() if name != member}]})]
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Booking.posts, "cnie")


@pytest.mark.parametrize(
    "change",
    [
        {"post": "paris"},
        {"start": "2027-03-30T09:00:00+02:00", "end": "2027-03-30T09:15:00+02:00"},
        {"start": "2027-03-29T09:00:00"},
        {"end": "2027-03-29T09:00:00+02:00"},
        {"id": "../../x"},
    ],
)
async def test_a_slot_that_was_not_asked_for_is_never_shown(portal, change):
    portal.answers = [(200, {"slots": [SLOT, {**SLOT, **change}]})]
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Booking.slots, "cnie", "lyon", WINDOW)


async def test_a_post_in_a_zone_that_does_not_exist_is_never_shown(portal):
    portal.answers = [(200, {"posts": [{**POST, "timezone": "Europe/Atlantis"}]})]
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Booking.posts, "cnie")


async def test_a_new_member_and_a_new_service_do_no_harm(portal):
    portal.answers = [(200, {"posts": [{**POST, "fax": "+33"}], "total": 1})]
    [post] = await portal.call(Booking.posts, "cnie")
    assert (post.id, post.services) == ("lyon", ["cnie"])


@pytest.mark.parametrize("state", ["transmise_a_rabat", "HONOREE", "x" * 500])
async def test_an_unknown_status_is_in_progress_with_a_warning(portal, state):
    portal.answers = [(200, {**REQUEST, "state": state, "history": [{**REQUEST["history"][0], "state": state}]})]
    progress = await portal.call(Filing.progress, "DC-2026-000001")
    assert (progress.status, progress.milestone, progress.ask) == (CaseStatus.IN_PROGRESS, None, None)
    assert [len(each) < 100 for each in progress.warnings] == [True]


async def test_an_unknown_kind_of_document_is_asked_for_as_another_with_a_warning(portal):
    portal.answers = [(200, {**REQUEST, "state": "pieces_a_completer", "missing": ["photo", "carnet_de_sante"]})]
    progress = await portal.call(Filing.progress, "DC-2026-000001")
    assert progress.ask.options == ["photo", "other"]
    assert progress.warnings == ["unknown kind of document: carnet_de_sante"]


@pytest.mark.parametrize(
    ("motive", "reason"),
    [("hors_competence", "not_competent"), ("nouveau", "officer_refused"), (None, "officer_refused")],
)
async def test_a_rejection_always_has_a_reason(portal, motive, reason):
    portal.answers = [(200, {**REQUEST, "state": "refusee", "motive": motive})]
    assert (await portal.call(Filing.progress, "DC-2026-000001")).reason == reason


async def test_another_demand_or_booking_in_the_answer_is_not_taken_for_ours(portal):
    portal.answers = [(200, {"requests": [REQUEST]})]
    assert await portal.call(Filing.find, "key-2") is None
    portal.answers = [(200, {"appointments": [BOOKED]})]
    assert await portal.call(Booking.find_booking, "book-2") is None
    portal.answers = [(200, {"appointments": [{**BOOKED, "state": "annule"}]})]
    assert await portal.call(Booking.find_booking, "book-1") is None


async def test_a_cancellation_is_believed_only_when_the_portal_says_so(portal):
    portal.answers = [(200, BOOKED)]
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await portal.call(Booking.cancel, "RDV-1")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, MAINTENANCE),
        (422, "طلب مرفوض".encode("windows-1256")),
        (422, '{"message": "مرفوض"}'.encode("windows-1256")),
    ],
)
async def test_an_objection_that_nobody_can_read_decides_nothing(portal, status, body):
    portal.answers = [(status, body)]
    with pytest.raises(Unknown, match="portal_answer_unexpected"):
        await portal.call(Booking.book, WANTED, ME)


async def test_a_portal_in_trouble_is_unavailable():
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(500, text="trouble")), base_url="https://x.invalid"
    ) as client:
        connector = Rendezvous(Portal(id="rendezvous", http=client, secrets={}))
        with pytest.raises(ServerFailed):
            await connector.progress("DC-2026-000001")
