"""Behind the gateway's own outbound layers and signature, with answers that get lost, lie or never end."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Filing, PortalError, Tracking, Unavailable, Unknown
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source
from gateway.sandbox.context import Effects, SandboxContext
from gateway.testing import harness
from plugins.chikaya.sandbox import sandbox
from plugins.chikaya.tests.sandbox_portal import submission

FOLDER = Path(__file__).parents[1]
PHOTO = Attachment(
    id="att_1", filename="photo.png", media_type="image/png", content=b"\x89PNG" + bytes(range(256)) * 64
)
EMAIL = "amina.elfassi@example.org"
DAY = 86400


@pytest.fixture
async def found():
    plugin = load_one(Source(id="chikaya", package="plugins.chikaya", folder=FOLDER, origin="test"))
    async with harness(plugin) as made:
        yield made


def kinds(found):
    return [each["kind"] for each in found.effects()]


@contextmanager
def in_place_of_the_portal(found, app):
    original = found.host.apps["chikaya"]
    found.host.apps["chikaya"] = app
    try:
        yield
    finally:
        found.host.apps["chikaya"] = original


async def filed(found, **changes):
    return await found.call(Filing.file, submission(**changes))


async def answered(found):
    number = (await filed(found)).reference
    found.host.clock.set(advance=31 * DAY)
    return number


async def test_a_complaint_with_evidence_goes_its_way_signed_for_real(found):
    number = (await filed(found, attachments=[PHOTO])).reference
    assert (await found.call(Filing.progress, number)).status is CaseStatus.RECEIVED
    assert (await found.call(Filing.find, "key-1")).reference == number
    assert (await found.call(Tracking.track, number, email=EMAIL)).reference == number
    assert (await found.call(Filing.document, number, "accuse")).media_type == "text/plain"
    found.host.clock.set(advance=31 * DAY)
    assert (await found.call(Filing.act, number, "rate", {"choice": "1"})).ask.options == ["reopen", "mediator"]
    assert (
        await found.call(Filing.act, number, "appeal", {"choice": "reopen", "text": ""})
    ).portal_status == "rouverte"
    assert (await found.call(Filing.withdraw, number)).status is CaseStatus.WITHDRAWN
    assert kinds(found) == ["complaint", "rating", "reopening", "withdrawal"]


async def test_a_complaint_whose_answer_was_lost_is_unknown_and_then_found(found):
    found.fault("commit_then_drop")
    with pytest.raises(Unknown):
        await filed(found, attachments=[PHOTO])
    found.fault("none")
    assert (await found.call(Filing.find, "key-1")).progress.status is CaseStatus.RECEIVED
    assert kinds(found) == ["complaint"]


@pytest.mark.parametrize(
    ("action", "answer", "effect"),
    [
        ("rate", {"choice": "4"}, "rating"),
        ("appeal", {"choice": "reopen", "text": "x"}, "reopening"),
        ("appeal", {"choice": "mediator", "text": "x"}, "mediation"),
    ],
)
async def test_what_a_person_does_survives_a_lost_answer_and_happens_once(found, action, answer, effect):
    number = await answered(found)
    found.fault("commit_then_drop")
    await found.call(
        Filing.act, number, action, answer
    )  # the second attempt has no effect, so its answer comes through
    found.fault("none")
    assert kinds(found) == ["complaint", effect]


@pytest.mark.parametrize("mode", ["error", "garbage", "reset"])
async def test_a_portal_in_trouble_files_nothing_and_afterwards_exactly_one(found, mode):
    found.fault(mode)
    with pytest.raises(PortalError):
        await filed(found)
    with pytest.raises(Unavailable):
        await found.call(Filing.progress, "CH-2025-000001")
    found.fault("none")
    assert await found.call(Filing.find, "key-1") is None
    await filed(found)
    assert kinds(found) == ["complaint"]


# --- The portal does not believe us -------------------------------------------------------------------------------


def another_portal(found, *, secrets=None, **options):
    """The same stand-in, agreed on something else than the gateway thinks."""
    agreed = {name: secret.reveal() for name, secret in found.connector.portal.secrets.items()}
    host = found.host
    return sandbox(
        SandboxContext(
            portal="chikaya",
            base_url=f"{found.url}/chikaya",
            store=host.store,
            clock=host.clock,
            effects=Effects(host.store, "chikaya", host.clock),
            secrets={**agreed, **(secrets or {})},
            options={"client_id": "mre-gateway", **options},
        )
    )


@pytest.mark.parametrize(
    "agreed",
    [
        {"skew_seconds": "300"},
        {"skew_seconds": "-300"},
        {"secrets": {"request_secret": "rotated by the other side"}},
        {"client_id": "somebody"},
    ],
    ids=["clock ahead", "clock behind", "another secret", "another client"],
)
async def test_a_portal_that_does_not_believe_us_is_unavailable_and_nothing_happened(found, agreed):
    portal = another_portal(found, **agreed)
    with in_place_of_the_portal(found, portal):
        for call in (
            filed(found),
            found.call(Filing.progress, "CH-2025-000001"),
            found.call(Tracking.track, "CH-1", email=EMAIL),
        ):
            with pytest.raises(Unavailable, match="portal_denied_gateway"):
                await call
    await portal.shutdown()
    assert await found.call(Filing.find, "key-1") is None
    await filed(found)
    assert kinds(found) == ["complaint"]


# --- Answers that are none ----------------------------------------------------------------------------------------


class Says:
    """A portal that answers everything with the same."""

    def __init__(self, body=b"", *, status=200, media_type="application/json", pieces=1, announce=None):
        self.body, self.status, self.pieces = body, status, pieces
        self.headers = [(b"content-type", media_type.encode())]
        if announce is not None:
            self.headers.append((b"content-length", str(announce).encode()))

    async def __call__(self, scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for piece in range(self.pieces):
            await send({"type": "http.response.body", "body": self.body, "more_body": piece < self.pieces - 1})


NO_ANSWERS = {
    "a page with status 200": Says(b"<html><h1>Maintenance</h1></html>", media_type="text/html"),
    "letters in windows-1256": Says('{"number":"CH-2025-000001","state":"تم الجواب"}'.encode("cp1256")),
    "100 MB in pieces": Says(bytes(1_000_000), pieces=100),
    "a renamed field": Says(msgspec.json.encode({"numero": "CH-2025-000001", "client_reference": "key-1"})),
    "nothing": Says(),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_an_answer_that_is_none_is_told_as_such_and_never_read_as_something_else(found, name):
    with in_place_of_the_portal(found, NO_ANSWERS[name]):
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await found.call(Filing.progress, "CH-2025-000001")
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await found.call(Tracking.track, "CH-2025-000001", email=EMAIL)
        with pytest.raises(Unknown):
            await filed(found)


async def test_a_refusal_in_windows_1256_decides_nothing(found):
    refusal = Says('{"error":"مرفوض"}'.encode("cp1256"), status=422)
    with in_place_of_the_portal(found, refusal), pytest.raises(Unknown, match="portal_answer_unexpected"):
        await filed(found)
