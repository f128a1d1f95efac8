"""Answers that no portal should give, through the gateway's real layers: a typed outcome, nothing wrong passed on."""

from __future__ import annotations

import json

import pytest
import structlog
from litestar import Litestar, Request, Response, route
from litestar.response import Stream

from gateway.connectors.contract import CaseStatus, Refused, Unavailable, Unknown
from gateway.testing import running

FILE = {
    "numero": "PP-2025-0000001",
    "reference_client": "key-1",
    "type": "renouvellement",
    "statut": "pre_enregistree",
    "motif": None,
    "historique": [{"statut": "pre_enregistree", "le": "2025-11-03T09:00:00+00:00", "libelle": "Enregistree"}],
    "documents": [],
}
PROOF = {"last_name": "El Fassi", "first_name": "Amina", "birth_date": "1988-03-14"}


class Strange:
    """A portal that gives tokens and otherwise answers as it is told."""

    def __init__(self):
        self.answer = Response(FILE)
        self.asked = []

        @route("/oauth/token", http_method=["POST"], status_code=200)
        async def token() -> dict[str, object]:
            return {"access_token": "t", "token_type": "Bearer", "expires_in": 300}

        @route("/{path:path}", http_method=["GET", "POST"])
        async def anything(request: Request) -> Response:
            self.asked.append((request.method, request.url.path, request.url.query, await request.body()))
            return self.answer

        self.app = Litestar([token, anything], openapi_config=None, logging_config=None)


@pytest.fixture
async def strange(open_portal):
    portal = Strange()
    async with running(portal.app) as url:
        portal.called = open_portal(url)
        yield portal


def without(member):
    return {name: value for name, value in FILE.items() if name != member}


async def endless():
    piece = b" " * 1_000_000
    for _ in range(100):
        yield piece


RENAMED = {name: Response({**without(name), f"{name}_v2": FILE[name]}) for name in FILE if name != "type"}
ODD = {
    **{f"{name} renamed": answer for name, answer in RENAMED.items()},
    "a page of maintenance": Response("<html>Maintenance</html>", media_type="text/html", status_code=200),
    "a page under the name of JSON": Response("<html>Maintenance</html>", media_type="application/json"),
    "Windows-1256": Response(json.dumps({**FILE, "statut": "جاهز"}, ensure_ascii=False).encode("cp1256")),
    "a time without a zone": Response({**FILE, "historique": [{**FILE["historique"][0], "le": "2025-11-03T09:00:00"}]}),
    "a number for a word": Response({**FILE, "statut": 3}),
    "a list": Response([FILE]),
}


@pytest.mark.parametrize("kind", ODD)
async def test_an_answer_of_another_shape_is_told_and_never_passed_on(strange, filing, kind):
    strange.answer = ODD[kind]
    with structlog.testing.capture_logs() as said:
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await strange.called.progress("PP-2025-0000001")
        with pytest.raises(Unknown, match="portal_answer_unexpected"):
            await strange.called.file(filing())
    told = [(each["portal"], each["operation"]) for each in said if each["event"] == "connector_error"]
    assert told == [("passeport", "progress"), ("passeport", "file")]
    assert "Amina" not in str(said)


async def test_a_refusal_in_windows_1256_decides_nothing(strange, filing):
    body = '{"error": "timbre_invalide", "message": "الطابع غير صالح", "champs": []}'.encode("cp1256")
    strange.answer = Response(body, status_code=422, media_type="application/json")
    with pytest.raises(Unknown, match="portal_answer_unexpected"):
        await strange.called.file(filing())


@pytest.mark.parametrize("announced", [True, False])
async def test_a_hundred_megabytes_are_not_read(strange, announced):
    headers = {"content-length": "100000000"} if announced else {}
    strange.answer = Stream(endless(), headers=headers, media_type="application/json")
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await strange.called.progress("PP-2025-0000001")


@pytest.mark.parametrize("state", ["transmise_rabat", "PRETE", "x" * 500])
async def test_an_unknown_state_is_in_progress_with_a_warning(strange, state):
    strange.answer = Response({**FILE, "statut": state, "historique": [{**FILE["historique"][0], "statut": state}]})
    progress = await strange.called.progress("PP-2025-0000001")
    assert (progress.status, progress.milestone, progress.steps[0].milestone) == (CaseStatus.IN_PROGRESS, None, None)
    assert len(progress.warnings) == 1
    assert len(progress.warnings[0]) < 100


async def test_names_and_birth_date_are_never_in_an_address(strange):
    strange.answer = Response({name: FILE[name] for name in ("numero", "statut", "motif", "historique")})
    assert (await strange.called.track("PP-2025-0000001", **PROOF)).status is CaseStatus.RECEIVED
    ((method, path, query, body),) = strange.asked
    assert (method, path, query) == ("POST", "/suivi", "")
    assert b"Amina" in body


async def test_another_demand_in_the_answer_is_not_taken_for_ours(strange):
    strange.answer = Response({"pre_demandes": [{**FILE, "reference_client": "someone-else"}]})
    assert await strange.called.find("key-1") is None


@pytest.mark.parametrize("reference", ["..", "a/b", "a?b", "", "é", "a%2Fb", "x" * 41])
async def test_a_reference_cannot_become_another_address(strange, reference):
    called = strange.called
    for call in (
        called.progress(reference),
        called.withdraw(reference),
        called.document(reference, "recepisse"),
        called.act(reference, "reissue", {"parcel": "RR123456785MA"}),
        called.track(reference, **PROOF),
    ):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await call
    with pytest.raises(Refused, match="document_not_found"):
        await called.document("PP-2025-0000001", reference)
    assert strange.asked == []


@pytest.mark.parametrize(
    ("media_type", "content"), [("text/html", b"<html>"), ("application/pdf", b"<html>"), ("text/html", b"%PDF-1.4")]
)
async def test_an_error_page_is_not_a_document(strange, media_type, content):
    strange.answer = Response(content, media_type=media_type)
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await strange.called.document("PP-2025-0000001", "recepisse")
