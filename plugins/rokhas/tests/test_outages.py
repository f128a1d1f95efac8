"""Certificates that do not fit, and answers that no portal should give: a typed outcome, never wrong data."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors.contract import Connector, Filing, Portal, Tracking, Unavailable, Unknown
from gateway.outbound import invoke as outbound
from gateway.outbound.pipeline import open_portal_client
from gateway.sandbox.certificates import FOLDER, GATEWAY_NAME, Authority
from gateway.settings import PortalSettings
from gateway.testing import Harness

REFERENCE = "PR-2026-000001"
MAINTENANCE = b"<!doctype html><html><title>Maintenance</title><h1>Site en maintenance</h1></html>"
RENAMED = b'{"REFERENCE": "PR-2026-000001", "historique": [], "DOCUMENTS": [{"ID": "permis"}]}'
SIGNED = (
    '{"REFERENCE":"PR-2026-000001","CLIENT_REFERENCE":"key-1","historic":[{"LABEL":"تسليم الرخصة",'
    '"START_TIME":"02/11/2026 09:30:00","STATUS":"done"}],"COMPLEMENT":null,"TAXE":null,"MOTIF":null,"DOCUMENTS":[]}'
)


@asynccontextmanager
async def showing(rokhas: Harness, **tls: str) -> AsyncIterator[Connector]:
    """The connector behind a way of its own to the same stand-in, with these `tls` settings."""
    base_url = str(rokhas.connector.http.base_url).rstrip("/")
    settings = PortalSettings.model_validate({"tls": tls, "sign": False})
    portal_client = open_portal_client(
        "rokhas", base_url=base_url, allowed=[base_url.rpartition("/")[0]], settings=settings, sign=False
    )
    try:
        yield rokhas.plugin.connector_class(Portal(id="rokhas", http=portal_client.client, secrets={}))
    finally:
        await portal_client.close()


def saying(body: bytes, status: int = 200, media_type: bytes = b"application/json") -> Callable[..., Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """A hundred megabytes whose size is not announced."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"historic": "', "more_body": True})
    for _ in range(100):
        await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
    await send({"type": "http.response.body", "body": b'"}'})


async def announced(scope: Any, receive: Any, send: Any) -> None:
    """A hundred megabytes that say so."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(100):
        await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


ODD = {
    "a maintenance page": saying(MAINTENANCE, media_type=b"text/html"),
    "a maintenance page that says it is JSON": saying(MAINTENANCE),
    "a renamed member": saying(RENAMED),
    "Windows-1256 bytes": saying(SIGNED.encode("cp1256")),
    "half an answer": saying(SIGNED.encode()[:100]),
    "a list": saying(b"[]"),
    "nothing": saying(b""),
}


@pytest.mark.parametrize("app", ODD.values(), ids=ODD)
async def test_an_answer_of_another_shape_is_no_answer_and_is_logged(rokhas, filing, app, monkeypatch):
    rokhas.host.apps["rokhas"] = app
    monkeypatch.setattr(outbound, "logger", structlog.get_logger())  # one that was used keeps the output it had then
    with capture_logs() as logs:
        for operation, arguments in (
            (Filing.progress, (REFERENCE,)),
            (Filing.find, ("key-1",)),
            (Filing.withdraw, (REFERENCE,)),
        ):
            with pytest.raises(Unavailable, match="portal_answer_unexpected"):
                await rokhas.call(operation, *arguments)
        with pytest.raises(Unavailable, match="portal_answer_unexpected"):
            await rokhas.call(Tracking.track, "PR-2026-000001", owner_id="AB123456")
        with pytest.raises(Unknown, match="portal_answer_unexpected"):
            await rokhas.call(Filing.file, filing())
    odd = [each for each in logs if each["event"] == "connector_error"]
    assert [each["operation"] for each in odd] == ["progress", "find", "withdraw", "track", "file"]
    assert {each["error"] for each in odd} == {"UnexpectedAnswer"}
    assert "AB123456" not in str(logs)


@pytest.mark.parametrize("app", [endless, announced])
async def test_a_hundred_megabytes_are_not_read(rokhas, app):
    rokhas.host.apps["rokhas"] = app
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await rokhas.call(Filing.progress, REFERENCE)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (MAINTENANCE, b"text/html"),
        ('{"error": "تعذر", "message": "تعذر"}'.encode("cp1256"), b"application/json"),
    ],
)
async def test_a_refusal_that_nobody_can_read_decides_nothing(rokhas, filing, body, media_type):
    rokhas.host.apps["rokhas"] = saying(body, 422, media_type)
    with pytest.raises(Unknown, match="portal_answer_unexpected"):
        await rokhas.call(Filing.file, filing())


# --- Certificates -------------------------------------------------------------------------------------------------


async def test_the_certificate_of_another_portal_is_not_ours(rokhas, filing):
    """Issued by the same authority, for somebody else: the stand-in itself has to refuse it."""
    state = rokhas.settings.state_dir / FOLDER
    other = Authority(state).issue("passeport.gateway", GATEWAY_NAME, "passeport")
    ca = rokhas.settings.portal("rokhas").tls.ca
    async with showing(rokhas, ca=ca, cert=str(other.cert), key=str(other.key)) as connector:
        for call in ((Filing.file, filing()), (Filing.progress, REFERENCE), (Filing.find, "key-1")):
            with pytest.raises(Unavailable, match="portal_denied_gateway"):
                await outbound.invoke(outbound.Callee("rokhas", connector), *call)
    assert rokhas.effects() == []


async def test_without_a_certificate_nothing_is_filed_and_nothing_is_in_doubt(rokhas, filing):
    async with showing(rokhas, ca=rokhas.settings.portal("rokhas").tls.ca) as connector:
        with pytest.raises(Unavailable, match="portal_unavailable"):
            await outbound.invoke(outbound.Callee("rokhas", connector), Filing.file, filing())
    assert rokhas.effects() == []


async def test_a_portal_of_another_authority_is_not_told_anything(rokhas, filing, tmp_path):
    ours = rokhas.settings.portal("rokhas").tls
    Authority(tmp_path)
    async with showing(rokhas, ca=str(tmp_path / "ca.pem"), cert=ours.cert, key=ours.key) as connector:
        with pytest.raises(Unavailable, match="portal_unavailable"):
            await outbound.invoke(outbound.Callee("rokhas", connector), Filing.file, filing())
    assert rokhas.effects() == []


async def test_a_web_server_that_wants_a_certificate_denies_the_gateway_and_not_the_person(rokhas, filing):
    page = b"<html><head><title>400 No required SSL certificate was sent</title></head></html>"
    rokhas.host.apps["rokhas"] = saying(page, 400, b"text/html")
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await rokhas.call(Filing.file, filing())


async def test_the_portal_cannot_be_reached_in_the_clear(rokhas):
    import httpx

    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        answer = await stranger.get(f"{rokhas.url}/rokhas/api/dossiers/{REFERENCE}")
    assert answer.status_code == 421
    assert not re.search("DOSSIER|historic", answer.text)


@pytest.mark.parametrize(
    ("mode", "filing_outcome", "reading_outcome"),
    [
        ("error", Unknown, Unavailable),
        ("garbage", Unknown, Unavailable),
        ("reset", Unknown, Unavailable),
        ("commit_then_drop", Unknown, None),
    ],
)
async def test_each_fault_has_its_outcome_and_at_most_one_effect(rokhas, filing, mode, filing_outcome, reading_outcome):
    rokhas.fault(mode)
    with pytest.raises(filing_outcome):
        await rokhas.call(Filing.file, filing())
    if reading_outcome is None:
        assert (await rokhas.call(Filing.find, "key-1")).reference
    else:
        with pytest.raises(reading_outcome):
            await rokhas.call(Filing.find, "key-1")
    rokhas.fault("none")
    found = await rokhas.call(Filing.find, "key-1")
    assert (found is not None) == (len(rokhas.effects()) == 1) == (mode == "commit_then_drop")
