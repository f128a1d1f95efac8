"""What the connector sends and how it reads answers the sandbox never gives."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from gateway.connectors.contract import (
    CaseStatus,
    Filing,
    Portal,
    Refused,
    ServerFailed,
    Tracking,
    Unavailable,
    operations,
)
from plugins.watiqa.connector import Watiqa

BASE = "https://www.watiqa.ma"
ORDER = {
    "number": "WQ-2025-000001",
    "client_reference": "key-1",
    "state": "creation",
    "motive": None,
    "history": [{"state": "creation", "at": "2025-11-03T09:00:00+00:00", "label": "Commande créée"}],
    "documents": [],
}


@pytest.fixture
async def live(respx_mock):
    async with httpx.AsyncClient(base_url=BASE, trust_env=False, verify=False) as client:
        yield Watiqa(Portal(id="watiqa", http=client, secrets={}))


def test_it_files_and_tracks_and_nothing_else():
    assert Watiqa.capabilities == (Filing, Tracking)
    assert operations(Watiqa)["file"].finder is Filing.find
    assert Watiqa.tracking_proof == ("email",)


async def test_the_key_of_the_filing_reaches_the_portal(live, respx_mock, filing):
    sent = respx_mock.post(f"{BASE}/orders").respond(201, json=ORDER)
    filed = await live.file(filing(key="key-1"))
    body = msgspec.json.decode(sent.calls.last.request.content)
    assert (body["client_reference"], body["stamp"]) == ("key-1", "1234567890123456")
    assert filed.reference == "WQ-2025-000001"
    assert filed.access == {}


async def test_an_address_is_never_in_a_url(live, respx_mock):
    tracked = {name: ORDER[name] for name in ("number", "state", "motive", "history")}
    sent = respx_mock.post(f"{BASE}/tracking").respond(200, json=tracked)
    progress = await live.track("WQ-2025-000001", email="amina.elfassi@example.org")
    assert progress.status is CaseStatus.RECEIVED
    assert "amina" not in str(sent.calls.last.request.url)


async def test_another_demand_in_the_answer_is_not_taken_for_ours(live, respx_mock):
    respx_mock.get(f"{BASE}/orders").respond(200, json={"orders": [{**ORDER, "client_reference": "someone-else"}]})
    assert await live.find("key-1") is None


@pytest.mark.parametrize("reference", ["..", "a/b", "a?b", "", "é", "a%2Fb", "x" * 41])
async def test_a_reference_cannot_become_another_address(live, reference):
    for call in (live.progress(reference), live.withdraw(reference), live.document(reference, "recu")):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await call
    with pytest.raises(Refused, match="document_not_found"):
        await live.document("WQ-2025-000001", reference)


@pytest.mark.parametrize("member", ["number", "client_reference", "state", "motive", "history", "documents"])
async def test_a_renamed_field_is_noticed(live, respx_mock, member):
    renamed = {**ORDER, f"{member}_v2": ORDER[member]}
    del renamed[member]
    respx_mock.get(f"{BASE}/orders/WQ-2025-000001").respond(200, json=renamed)
    with pytest.raises(msgspec.ValidationError):
        await live.progress("WQ-2025-000001")


async def test_a_time_without_a_zone_is_noticed(live, respx_mock):
    history = [{"state": "creation", "at": "2025-11-03T09:00:00", "label": ""}]
    respx_mock.get(f"{BASE}/orders/WQ-2025-000001").respond(200, json={**ORDER, "history": history})
    with pytest.raises(msgspec.ValidationError):
        await live.progress("WQ-2025-000001")


async def test_a_page_instead_of_json_is_noticed(live, respx_mock):
    respx_mock.get(f"{BASE}/orders/WQ-2025-000001").respond(200, text="<html>maintenance</html>")
    with pytest.raises(msgspec.DecodeError):
        await live.progress("WQ-2025-000001")


@pytest.mark.parametrize(
    ("content_type", "content"), [("text/html", b"<html>"), ("application/pdf", b"<html>"), ("text/html", b"%PDF-1.4")]
)
async def test_an_error_page_is_not_a_document(live, respx_mock, content_type, content):
    respx_mock.get(f"{BASE}/orders/WQ-2025-000001/documents/recu").respond(
        200, headers={"content-type": content_type}, content=content
    )
    with pytest.raises(msgspec.ValidationError):
        await live.document("WQ-2025-000001", "recu")


@pytest.mark.parametrize(
    ("status", "headers", "error", "code"),
    [
        (500, {}, ServerFailed, "portal_failed"),
        (503, {"retry-after": "30"}, Unavailable, "portal_busy"),
        (429, {}, Unavailable, "portal_busy"),
        (302, {"location": "https://elsewhere.invalid"}, Unavailable, "portal_redirected"),
    ],
)
async def test_a_portal_in_trouble_is_unavailable(live, respx_mock, filing, status, headers, error, code):
    respx_mock.post(f"{BASE}/orders").respond(status, headers=headers, text="trouble")
    with pytest.raises(error, match=code):
        await live.file(filing())


async def test_an_objection_in_new_words_is_still_final(live, respx_mock, filing):
    body = {"error": "quota_depasse", "message": "Trop de commandes", "fields": ["copies", "act.number"]}
    respx_mock.post(f"{BASE}/orders").respond(422, json=body)
    with pytest.raises(Refused, match="portal_refused") as refused:
        await live.file(filing())
    assert refused.value.portal_message == "Trop de commandes"
    assert refused.value.fields == {"/act/number": "portal_refused"}


async def test_an_objection_without_json_decides_nothing(live, respx_mock, filing):
    respx_mock.post(f"{BASE}/orders").respond(422, text="<html>non</html>")
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await live.file(filing())
