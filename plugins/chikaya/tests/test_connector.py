"""What the connector sends and how it reads answers the sandbox never gives."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from gateway.connectors.contract import (
    Attachment,
    CaseStatus,
    Filing,
    Portal,
    Refused,
    ServerFailed,
    Tracking,
    Unavailable,
    operations,
)
from plugins.chikaya.connector import Chikaya

BASE = "https://www.chikaya.ma"
NUMBER = "CH-2025-000001"
HERE = f"{BASE}/complaints/{NUMBER}"
DEMAND = {
    "number": NUMBER,
    "client_reference": "key-1",
    "state": "deposee",
    "motive": None,
    "history": [{"state": "deposee", "at": "2025-11-03T09:00:00+00:00", "label": "Déposée", "body": "Poste"}],
    "documents": [],
    "offers": [],
}
TRACKED = {name: DEMAND[name] for name in ("number", "state", "motive", "history")}
ANOTHER = "the answer is about another demand"


@pytest.fixture
async def live(respx_mock):
    async with httpx.AsyncClient(base_url=BASE, trust_env=False, verify=False) as client:
        callback_url = "https://gateway.invalid/callbacks/chikaya"
        yield Chikaya(Portal(id="chikaya", http=client, secrets={}, callback_url=callback_url))


def test_it_files_and_tracks_and_nothing_else():
    assert Chikaya.capabilities == (Filing, Tracking)
    assert operations(Chikaya)["file"].finder is Filing.find
    assert Chikaya.tracking_proof == ("email",)


async def test_an_address_is_never_in_a_url(live, respx_mock):
    sent = respx_mock.post(f"{BASE}/tracking").respond(200, json=TRACKED)
    progress = await live.track(NUMBER, email="amina.elfassi@example.org")
    assert progress.status is CaseStatus.RECEIVED
    assert "amina" not in str(sent.calls.last.request.url)


async def test_the_portal_is_told_where_to_post_its_notices(live, respx_mock, filing):
    sent = respx_mock.post(f"{BASE}/complaints").respond(201, json=DEMAND)
    await live.file(filing())
    assert b'"notify_url":"https://gateway.invalid/callbacks/chikaya/status"' in sent.calls.last.request.content


async def test_a_file_name_cannot_break_out_of_its_part(live, respx_mock, filing):
    sent = respx_mock.post(f"{BASE}/complaints").respond(201, json=DEMAND)
    name = 'a"; name="complaint"\r\n\r\n{}.pdf'
    await live.file(filing(attachments=[Attachment(id="a", filename=name, media_type="application/pdf", content=b"x")]))
    body = sent.calls.last.request.content
    assert body.count(b'name="complaint"') == 1
    assert body.count(b"\r\n\r\n") == 2


@pytest.mark.parametrize("reference", ["..", "a/b", "a?b", "", "é", "a%2Fb", "x" * 41])
async def test_a_reference_cannot_become_another_address(live, reference):
    for call in (
        live.progress(reference),
        live.withdraw(reference),
        live.act(reference, "rate", {"choice": "1"}),
        live.document(reference, "reponse"),
        live.track(reference, email="a@example.org"),
    ):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await call
    with pytest.raises(Refused, match="document_not_found"):
        await live.document(NUMBER, reference)


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("rate", {}),
        ("rate", {"choice": "0"}),
        ("rate", {"choice": "6"}),
        ("rate", {"choice": 3}),
        ("rate", {"choice": "mediator"}),
        ("appeal", {"choice": "court"}),
        ("appeal", {"choice": "5"}),
        ("appeal", {"choice": "reopen", "text": 1}),
        ("reissue", {"parcel": "RR123456785MA"}),
    ],
)
async def test_what_was_not_offered_is_not_sent(live, action, answer):
    with pytest.raises(Refused, match="action_not_supported"):
        await live.act(NUMBER, action, answer)


# --- Answers about somebody else ----------------------------------------------------------------------------------


async def test_another_demand_in_the_answer_is_not_taken_for_ours(live, respx_mock, filing):
    other = DEMAND | {"number": "CH-2025-000002", "client_reference": "key-2"}
    respx_mock.get(HERE).respond(200, json=other)
    respx_mock.post(f"{HERE}/withdrawal").respond(200, json=other)
    respx_mock.post(f"{HERE}/rating").respond(200, json=other)
    respx_mock.post(f"{BASE}/tracking").respond(200, json=TRACKED | {"number": "CH-2025-000002"})
    respx_mock.post(f"{BASE}/complaints").respond(201, json=other)
    for call in (
        live.progress(NUMBER),
        live.withdraw(NUMBER),
        live.act(NUMBER, "rate", {"choice": "1"}),
        live.track(NUMBER, email="a@example.org"),
        live.file(filing()),
    ):
        with pytest.raises(msgspec.ValidationError, match=ANOTHER):
            await call


async def test_a_finder_whose_filter_is_ignored_finds_nothing(live, respx_mock):
    other = DEMAND | {"client_reference": "key-2"}
    respx_mock.get(f"{BASE}/complaints").respond(200, json={"complaints": [other]})
    assert await live.find("key-1") is None


# --- Answers in another shape -------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", list(DEMAND))
async def test_a_renamed_field_is_noticed(live, respx_mock, member):
    renamed = {**DEMAND, f"{member}_v2": DEMAND[member]}
    del renamed[member]
    respx_mock.get(HERE).respond(200, json=renamed)
    with pytest.raises(msgspec.ValidationError):
        await live.progress(NUMBER)


async def test_a_further_field_does_no_harm(live, respx_mock):
    respx_mock.get(HERE).respond(200, json=DEMAND | {"priority": "high"})
    assert (await live.progress(NUMBER)).warnings == []


@pytest.mark.parametrize(
    ("history", "offers"),
    [
        ([{**DEMAND["history"][0], "at": "2025-11-03T09:00:00"}], []),
        ([], [{"offer": "mediateur"}]),
        ([], [{"offer": "mediateur", "until": "soon"}]),
    ],
)
async def test_a_time_that_is_none_is_noticed(live, respx_mock, history, offers):
    respx_mock.get(HERE).respond(200, json=DEMAND | {"history": history, "offers": offers})
    with pytest.raises(msgspec.ValidationError):
        await live.progress(NUMBER)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><h1>Maintenance</h1></html>",
        b"",
        msgspec.json.encode(DEMAND)[:-20],
        '{"number":"شكاية"}'.encode("cp1256"),
        b'{"number":"CH-2025-000001","label":"\xe9"}',
    ],
)
async def test_what_is_no_answer_at_all_is_noticed(live, respx_mock, filing, content):
    respx_mock.get(HERE).respond(200, content=content)
    respx_mock.post(f"{BASE}/complaints").respond(200, content=content)
    for call in (live.progress(NUMBER), live.file(filing())):
        with pytest.raises(ValueError, match=r"."):
            await call


async def test_letters_in_windows_1256_are_not_passed_on_as_the_wrong_letters(live, respx_mock):
    garbled = msgspec.json.encode(DEMAND | {"state": "X"}).replace(b'"X"', '"تم الجواب"'.encode("cp1256"))
    respx_mock.get(HERE).respond(200, content=garbled)
    with pytest.raises(UnicodeDecodeError):
        await live.progress(NUMBER)


async def test_an_unknown_status_keeps_what_else_is_known(live, respx_mock):
    history = [*DEMAND["history"], {"state": "gelee", "at": "2025-11-04T09:00:00Z", "label": "Gelée", "body": "Poste"}]
    respx_mock.get(HERE).respond(200, json=DEMAND | {"state": "gelee", "history": history})
    progress = await live.progress(NUMBER)
    assert (progress.status, progress.milestone) == (CaseStatus.IN_PROGRESS, None)
    assert progress.warnings == ["portal_status_unknown"]
    assert [step.label for step in progress.steps] == ["Déposée", "Gelée"]


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/html", b"<html>"),
        ("application/pdf", b"<html>"),
        ("text/html", b"%PDF-1.4"),
        ("text/plain; charset=utf-8", "مؤسسة الوسيط".encode("cp1256")),
        ("text/plain", b"\x00\x01"),
        ("text/plain", b""),
        ("", b"text"),
    ],
)
async def test_an_error_page_or_another_alphabet_is_not_a_letter(live, respx_mock, content_type, content):
    respx_mock.get(f"{HERE}/documents/reponse").respond(200, headers={"content-type": content_type}, content=content)
    with pytest.raises(msgspec.ValidationError):
        await live.document(NUMBER, "reponse")


async def test_a_letter_may_be_a_pdf(live, respx_mock):
    respx_mock.get(f"{HERE}/documents/reponse").respond(
        200, headers={"content-type": "application/pdf"}, content=b"%PDF-1.7 \xff"
    )
    letter = await live.document(NUMBER, "reponse")
    assert (letter.filename, letter.media_type) == (f"{NUMBER}-reponse.pdf", "application/pdf")


# --- Refusals -----------------------------------------------------------------------------------------------------


async def test_a_refusal_names_the_fields_of_our_form_and_none_that_we_do_not_have(live, respx_mock, filing):
    respx_mock.post(f"{BASE}/complaints").respond(
        422, json={"error": "rubrique_inconnue", "message": "Non.", "fields": ["target.theme", "target.colour"]}
    )
    with pytest.raises(Refused, match="category_unknown") as refused:
        await live.file(filing())
    assert refused.value.fields == {"/about/theme": "category_unknown"}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"fields":1}', '{"error":"لا"}'.encode("cp1256")])
async def test_a_refusal_in_another_shape_is_none_of_the_portals(live, respx_mock, filing, body):
    respx_mock.post(f"{BASE}/complaints").respond(422, content=body)
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await live.file(filing())


async def test_a_failing_portal_has_not_refused(live, respx_mock, filing):
    respx_mock.post(f"{BASE}/complaints").respond(502, content=b"<html>Bad gateway</html>")
    with pytest.raises(ServerFailed):
        await live.file(filing())


async def test_a_service_that_is_none_of_ours_is_not_sent(live, filing):
    with pytest.raises(Refused, match="service_not_offered"):
        await live.file(msgspec.structs.replace(filing(), service="chikaya.petition"))


async def test_whoever_reads_another_language_gets_french(live, respx_mock, filing):
    sent = respx_mock.post(f"{BASE}/complaints").respond(201, json=DEMAND)
    for language, wanted in (("ar", "ar"), ("fr", "fr"), ("en", "fr"), ("nl", "fr")):
        await live.file(msgspec.structs.replace(filing(), language=language))
        assert f'"language":"{wanted}"'.encode() in sent.calls.last.request.content
