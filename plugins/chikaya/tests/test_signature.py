"""Who may ask the portal anything: the gateway, about now, once."""

from __future__ import annotations

import httpx
import pytest

from gateway.connectors.contract import Unavailable
from plugins.chikaya.tests.sandbox_portal import Signed

EVERYTHING = [
    ("POST", "/complaints"),
    ("GET", "/complaints?client_reference=k"),
    ("GET", "/complaints/CH-2025-000001"),
    ("POST", "/complaints/CH-2025-000001/withdrawal"),
    ("POST", "/complaints/CH-2025-000001/rating"),
    ("POST", "/complaints/CH-2025-000001/reopening"),
    ("POST", "/complaints/CH-2025-000001/mediation"),
    ("GET", "/complaints/CH-2025-000001/documents/accuse"),
    ("POST", "/tracking"),
]


async def asked(sandbox_portal, auth, method="GET", path="/complaints?client_reference=k&b=2", **given):
    """Status and word of the answer."""
    async with httpx.AsyncClient(
        base_url=sandbox_portal.context.base_url, auth=auth, trust_env=False, verify=False
    ) as client:
        answer = await client.request(method, path, **given)
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_nothing_is_told_or_done_without_a_signature(sandbox_portal, method, path):
    assert await asked(sandbox_portal, None, method, path) == (401, "signature_missing")
    assert sandbox_portal.effects() == []


async def test_a_signed_request_is_let_in_whatever_the_order_of_its_query(sandbox_portal):
    assert await asked(sandbox_portal, Signed()) == (200, "")
    assert await asked(sandbox_portal, Signed(), path="/complaints?b=2&client_reference=k") == (200, "")


@pytest.mark.parametrize(
    ("auth", "word"),
    [
        (Signed(secret="another"), "signature_invalid"),
        (Signed(client="somebody"), "signature_invalid"),
        (Signed(ahead=-300), "clock_skew"),
        (Signed(ahead=300), "clock_skew"),
        (Signed(leave_out="host"), "signature_too_narrow"),
        (Signed(leave_out="x-nonce"), "signature_too_narrow"),
        (Signed(leave_out="x-timestamp"), "signature_too_narrow"),
        (Signed(leave_out="x-content-sha256"), "signature_too_narrow"),
    ],
)
async def test_a_signature_that_is_not_right_is_refused_with_its_word(sandbox_portal, auth, word):
    assert await asked(sandbox_portal, auth) == (401, word)


@pytest.mark.parametrize("seconds", [-100, 100])
async def test_clocks_may_be_two_minutes_apart(sandbox_portal, seconds):
    assert await asked(sandbox_portal, Signed(ahead=seconds)) == (200, "")


async def test_a_request_serves_once_even_over_a_restart(sandbox_portal):
    auth = Signed(nonce="the-same-nonce")
    assert await asked(sandbox_portal, auth) == (200, "")
    assert await asked(sandbox_portal, auth) == (401, "nonce_replayed")
    await sandbox_portal.restart()
    assert await asked(sandbox_portal, auth) == (401, "nonce_replayed")


async def test_a_wrong_signature_does_not_use_up_a_nonce(sandbox_portal):
    assert await asked(sandbox_portal, Signed(nonce="n", secret="another")) == (401, "signature_invalid")
    assert await asked(sandbox_portal, Signed(nonce="n")) == (200, "")


def other(**changes):
    """Send something else than what was signed."""

    def tamper(request):
        parts = {"method": request.method, "url": request.url, "content": request.content, "headers": request.headers}
        made = {name: change(parts[name]) for name, change in changes.items()}
        return httpx.Request(**parts | made)

    return tamper


@pytest.mark.parametrize(
    ("tamper", "word"),
    [
        (other(url=lambda url: url.copy_with(path="/tracking/")), "signature_invalid"),
        (other(url=lambda url: url.copy_merge_params({"more": "1"})), "signature_invalid"),
        (other(method=lambda _: "PUT"), None),
        (other(content=lambda body: body.replace(b"example.org", b"example.com")), "digest_mismatch"),
        (other(headers=lambda h: {**h, "content-type": "text/plain"}), "signature_invalid"),
        (other(headers=lambda h: {**h, "x-timestamp": str(int(h["x-timestamp"]) + 1)}), "signature_invalid"),
        (other(headers=lambda h: {**h, "x-nonce": "another"}), "signature_invalid"),
    ],
)
async def test_nothing_of_a_request_can_be_changed_on_the_way(sandbox_portal, tamper, word):
    number = await sandbox_portal.lodged()
    body = {"number": number, "email": "amina.elfassi@example.org"}
    assert (await asked(sandbox_portal, Signed(), "POST", "/tracking", json=body))[0] == 200
    status, said = await asked(sandbox_portal, Signed(tamper=tamper), "POST", "/tracking", json=body)
    assert (status, said) == ((401, word) if word else (405, "demande_invalide"))


async def test_a_gateway_that_is_locked_out_is_unavailable_not_refused(sandbox_portal):
    number = await sandbox_portal.lodged()
    sandbox_portal.http.auth = Signed(secret="rotated by the other side")
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await sandbox_portal.chikaya.progress(number)
