"""Receipts that people keep: as a page and on paper, and how anybody checks one."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from lxml import html
from PIL.Image import Image

from gateway.api.receipts import page, paper
from gateway.api.receipts.facts import facts_of
from gateway.api.views import claims_of
from gateway.cards.verify import trust_in
from gateway.cases.receipt_check import verify
from gateway.cli import main
from tests.browser import in_browser

from .conftest import PDF, YOUSSEF, World
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

SCRIPT = Path(__file__).parent.parent / "api" / "receipts" / "check.mjs"
TITLES = {"ar": "وصل إيداع الطلب", "fr": "Récépissé de dépôt", "en": "Receipt of your request"}


async def filed(world: World, language: str = "en") -> str:
    asked = {"service": "echo.note", "form": {"text": "Bonjour"}, "language": language}
    answer = await world.post("/v1/cases", asked)
    assert answer.status_code == 201, answer.text
    case_id = str(answer.json()["id"])
    await world.until(case_id, lambda case: case["filing"]["reference"])  # signed anew, with the portal's reference
    return case_id


async def receipt_of(world: World, case_id: str, kind: str = "", **more: Any) -> httpx.Response:
    return await world.get(f"/v1/cases/{case_id}/receipt{f'?format={kind}' if kind else ''}", **more)


async def keys(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (await world.web.get(f"{world.url}/.well-known/jwks.json")).json()
    return found


def drawn(pdf: bytes) -> Image:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    picture: Image = document[0].render(scale=3).to_pil()
    return picture


def scanned(picture: Image) -> str:
    # Of other kinds it finds one now and then that is none: a Micro QR code in a corner of the real one.
    [code] = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCodeModel2)
    return str(code.text)


@pytest.mark.parametrize("language", list(TITLES))
async def test_paper_has_a_code_that_proves_it(
    world: World, language: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = await filed(world, language)
    with caplog.at_level(logging.WARNING, "fpdf"):
        answer = await receipt_of(world, case_id, "pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert f'filename="receipt-{case_id}.pdf"' in answer.headers["content-disposition"]
    assert "no-store" in answer.headers["cache-control"]
    assert not [each for each in caplog.records if "glyph" in each.getMessage().lower()]  # every letter is in the font
    code = scanned(await asyncio.to_thread(drawn, answer.content))
    assert code.startswith(f"{world.url}/receipts/verify#")
    verdict = verify(code, trust_in(await keys(world)))
    assert (verdict.genuine, verdict.claims["sub"], verdict.claims["language"]) == (True, case_id, language)
    assert verdict.claims == (await receipt_of(world, case_id)).json()["claims"]
    (tmp_path / "jwks.json").write_text(json.dumps(await keys(world)))
    shown = await receipt_of(world, case_id, "html")
    for kept in (code.encode(), answer.content, shown.content):
        (tmp_path / "kept").write_bytes(kept)
        words = ["receipt", "verify", str(tmp_path / "kept"), "--keys", str(tmp_path / "jwks.json")]
        done = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert (done.exit_code, done.output.splitlines()[0]) == (0, "genuine"), done.output
        assert case_id in done.output


async def test_same_receipt_gives_the_same_paper(world: World) -> None:
    case_id = await filed(world, "ar")
    first, second = [await receipt_of(world, case_id, "pdf") for _ in range(2)]
    assert first.content == second.content


@pytest.mark.parametrize("language", list(TITLES))
async def test_page_says_what_was_signed(world: World, language: str) -> None:
    case_id = await filed(world, language)
    answer = await receipt_of(world, case_id, "html")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    root = html.fromstring(answer.text)
    assert (root.get("lang"), root.get("dir")) == (language, "rtl" if language == "ar" else "ltr")
    text = root.text_content()
    assert all(each in text for each in (TITLES[language], case_id, world.url))
    assert len(list(root.iter("svg"))) == 1
    assert not list(root.iter("script", "img", "link"))


async def test_form_of_a_receipt_is_chosen_by_accept(world: World) -> None:
    case_id = await filed(world)
    for accept, kind in (
        ("application/pdf", "application/pdf"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ):
        answer = await receipt_of(world, case_id, Accept=accept)
        assert answer.headers["content-type"].split(";")[0] == kind, accept
        assert "Accept" in answer.headers["vary"].split(", ")
    assert (await receipt_of(world, case_id, "json", Accept="text/html")).json()["object"] == "receipt"
    body = problem(await receipt_of(world, case_id, "docx"), 400, "invalid_request")
    assert set(body["errors"][0]["allowed"]) == {"json", "html", "pdf"}


async def test_anothers_paper_is_not_found(world: World) -> None:
    case_id = await filed(world)
    for kind in ("html", "pdf"):
        answer = await receipt_of(world, case_id, kind, token=await world.citizen(YOUSSEF))
        problem(answer, 404, "case_not_found")


async def test_receipt_that_no_code_can_hold_says_how_to_check_it(world: World) -> None:
    claims = claims_of((await receipt_of(world, await filed(world))).json()["receipt"])
    claims["attachments"] = [f"att_{n:026}" for n in range(100)]
    long = world.gateway.ring.sign_jws("receipts", msgspec.json.encode(claims), typ="mre-receipt+jwt")
    facts = facts_of(long, claims, world.gateway.messages)
    assert facts.code is None
    assert "paste the signed text" in facts.check
    assert "<svg" not in page.render(facts)
    assert paper.render(facts, made=datetime(2026, 11, 29, tzinfo=UTC)).startswith(b"%PDF-")


# --- Checking one -------------------------------------------------------------------------------------------------


def encoded(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def variants(world: World, receipt: str) -> dict[str, tuple[str, str]]:
    """What it is: the text, and the reason why it is not genuine; empty if it is."""
    header, payload, signature = receipt.split(".")
    claims, ring = claims_of(receipt), world.gateway.ring
    told = jwt.get_unverified_header(receipt)

    def signed(body: Any, typ: str = "mre-receipt+jwt", use: Any = "receipts") -> str:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return ring.sign_jws(use, content, typ=typ)

    twice = json.dumps(claims)[:-1].encode() + b', "sub": "case_other"}'
    return {
        "as issued": (receipt, ""),
        "with spaces around": (f"\n {receipt} \r\n", ""),
        "an address": (f"https://elsewhere.example/#{receipt}", ""),
        "the answer of the API": (json.dumps({"object": "receipt", "receipt": receipt}), ""),
        "nothing": ("", "not_a_receipt"),
        "a word": ("receipt", "not_a_receipt"),
        "an answer without one": ('{"receipt": 1}', "not_a_receipt"),
        "broken JSON": ("{", "not_a_receipt"),
        "far too long": (receipt + "A" * 70_000, "not_a_receipt"),
        "letters of another script": (receipt + "\u0627", "not_a_receipt"),
        "another case": (f"{header}.{encoded({**claims, 'sub': 'case_other'})}.{signature}", "bad_signature"),
        "another signature": (f"{header}.{payload}.{encoded(bytes(64))}", "bad_signature"),
        "a short signature": (f"{header}.{payload}.{encoded(bytes(63))}", "malformed"),
        "no algorithm": (f"{encoded({**told, 'alg': 'none'})}.{payload}.{signature}", "malformed"),
        "a header with a key of its own": (f"{encoded({**told, 'jwk': {}})}.{payload}.{signature}", "malformed"),
        "a padded part": (f"{header}.{payload}=.{signature}", "malformed"),
        "a key that is not ours": (f"{encoded({**told, 'kid': 'x'})}.{payload}.{signature}", "unknown_key"),
        "no key": (f"{encoded({'alg': 'EdDSA', 'typ': told['typ']})}.{payload}.{signature}", "unknown_key"),
        "of another kind": (signed(claims, typ="JWT"), "malformed"),
        "of another gateway": (signed({**claims, "iss": "https://other.example"}), "other_issuer"),
        "a member twice": (signed(twice), "malformed"),
        "a number with a fraction": (signed({**claims, "iat": 1.5}), "malformed"),
        "too deep": (signed({**claims, "x": [[[[[[[[[1]]]]]]]]]}), "malformed"),
        "no object": (signed(b"[]"), "malformed"),
        "without a service": (signed({**claims, "service": None}), "claims_invalid"),
        "a service that is a word": (signed({**claims, "service": "echo.note"}), "claims_invalid"),
        "filed at true": (signed({**claims, "iat": True}), "claims_invalid"),
        "more than a receipt has": (signed({**claims, "later": "claim"}), ""),
    }


async def test_page_in_a_browser_and_command_judge_alike(world: World) -> None:
    case_id = await filed(world, "fr")
    receipt = (await receipt_of(world, case_id)).json()["receipt"]
    table = variants(world, receipt)
    trust = trust_in({**await keys(world), "issuer": world.url})
    for name, (text, reason) in table.items():
        verdict = verify(text, trust)
        assert (verdict.reason, verdict.genuine) == (reason, reason == ""), name
    seen = await in_browser(
        SCRIPT,
        address=f"{world.url}/receipts/verify?lang=fr#{receipt}",
        altered=table["another case"][0],
        texts=[text for text, _ in table.values()],
    )
    for (name, (text, reason)), judged in zip(table.items(), seen["judged"], strict=True):
        assert (judged["reason"], judged["genuine"]) == (reason, reason == ""), name
        assert judged["claims"] == verify(text, trust).claims, name
    assert seen["scanned"]["result"] == "genuine"
    assert all(each in seen["scanned"]["text"] for each in ("Récépissé authentique", case_id))
    assert (seen["arabic"]["result"], seen["arabic"]["dir"]) == ("genuine", "rtl")
    assert "وصل صحيح" in seen["arabic"]["text"]
    assert seen["wrong"]["result"] == "not_genuine"
    assert case_id not in seen["wrong"]["text"]
    asked = [each for each in seen["asked"] if "favicon" not in each]
    assert asked in ([f"{world.url}/receipts/verify?lang=fr"], [f"{world.url}/receipts/verify?lang=fr#{receipt}"])
    assert not await world.records(operation="receipts.page")


async def test_command_refuses_what_is_not_genuine(world: World, tmp_path: Path) -> None:
    receipt = (await receipt_of(world, await filed(world))).json()["receipt"]
    (tmp_path / "receipt").write_text(receipt[:-8] + "AAAAAAAA")
    (tmp_path / "jwks.json").write_text(json.dumps(await keys(world)))
    words = ["receipt", "verify", str(tmp_path / "receipt"), "--keys", str(tmp_path / "jwks.json")]
    done = await asyncio.to_thread(CliRunner().invoke, main, [*words, "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["reason"] in ("bad_signature", "malformed")
    (tmp_path / "receipt").write_text(receipt)
    done = await asyncio.to_thread(CliRunner().invoke, main, [*words, "--issuer", "https://other.example"])
    assert (done.exit_code, done.output) == (1, "not genuine: another gateway signed it\n")
    for other in (PDF, b"%PDF-nonsense", b"<!doctype html><meta name=receipt>"):
        (tmp_path / "receipt").write_bytes(other)
        done = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert (done.exit_code, done.output) == (1, "not genuine: there is no receipt in it\n")
    done = await asyncio.to_thread(CliRunner().invoke, main, [*words[:3], "--keys", str(tmp_path / "receipt")])
    assert done.exit_code == 2
