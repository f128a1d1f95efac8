"""Processes of their own, over TCP: two of the window on one database, and the sandbox, whose identity provider ends
its session and says so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from gateway.sandbox.state import prepare
from tests.acceptance.shared import IN_ONE_LOOP
from tests.ports import free_port
from tests.quick_gateway import QuickGateway
from tests.waiting import PATIENCE, eventually
from tests.window.served_window import form_of

pytestmark = IN_ONE_LOOP

AMINA = "AB123456"
YOUSSEF = "BK654321"


@dataclass
class Both:
    """Two processes of the window, and the provider."""

    windows: tuple[str, str]
    provider: str

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=False, timeout=PATIENCE)

    async def signed_in(self, login: str = AMINA) -> httpx.AsyncClient:
        """At the first process."""
        browser = self.browser()
        back = await browser.get(await self.at_the_provider(browser, login))
        assert back.headers["location"] == "/"
        return browser

    async def at_the_provider(self, browser: httpx.AsyncClient, login: str = AMINA) -> str:
        """Where it sends her back to, with a code."""
        begun = await browser.get(f"{self.windows[0]}/sign-in/start")
        asked = dict(httpx.URL(begun.headers["location"]).params.items())
        chosen = await browser.post(f"{self.provider}/authorize", data={**asked, "cnie": login})
        return chosen.headers["location"]

    async def inside(self, browser: httpx.AsyncClient) -> tuple[bool, bool]:
        """Whether each process knows who she is. No gateway is there: a page says so, to who is signed in."""
        answers = [await browser.get(f"{each}/me") for each in self.windows]
        assert {each.status_code for each in answers} <= {303, 503}
        return answers[0].status_code == 503, answers[1].status_code == 503


@contextmanager
def processes(state_dir: Path, window_port: int, second_port: int) -> Iterator[None]:
    running = []
    try:
        with (state_dir / "processes.log").open("ab") as log:
            for command, port in (("sandbox", None), ("window", window_port), ("window", second_port)):
                env = {**os.environ, **({"MRE_WINDOW__SERVER__PORT": str(port)} if port else {})}
                running.append(QuickGateway(command, "--state", str(state_dir), env=env, log=log))
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    state_dir = tmp_path_factory.mktemp("everywhere")
    ports = [free_port() for _ in range(6)]
    prepare(
        state_dir, port=ports[0], sandbox_port=ports[1], sandbox_tls_port=ports[2], smtp_port=ports[3], speed=1.0,
    )  # fmt: skip
    provider = f"http://127.0.0.1:{ports[1]}/idp"
    lines = [
        'profile = "demo"', f'gateway.url = "http://127.0.0.1:{ports[1]}"',
        f'sign_in.person = {{ client_id = "demo-window", issuer = "{provider}" }}',
    ]  # fmt: skip
    (state_dir / "window.toml").write_text("\n".join(lines))
    windows = (f"http://127.0.0.1:{ports[4]}", f"http://127.0.0.1:{ports[5]}")
    with processes(state_dir, ports[4], ports[5]):
        async with httpx.AsyncClient(trust_env=False) as web:
            for address in (f"{provider}/jwks.json", f"{windows[0]}/health", f"{windows[1]}/health"):

                async def up(address: str = address) -> bool:
                    try:
                        return (await web.get(address)).status_code == 200
                    except httpx.TransportError:
                        return False

                await eventually(up, every=0.1)
        yield Both(windows, provider)


async def test_provider_says_that_it_logs_out(both: Both) -> None:
    async with both.browser() as browser:
        about = (await browser.get(f"{both.provider}/.well-known/openid-configuration")).json()
    assert about["backchannel_logout_supported"] is True
    assert about["backchannel_logout_session_supported"] is True
    assert about["end_session_endpoint"] == f"{both.provider}/end-session"


async def test_signing_out_at_the_provider_ends_it_in_every_process(both: Both) -> None:
    """On its own page, after it has asked. Her phone, another session of the provider, goes on."""
    hers, phone, other = await both.signed_in(), await both.signed_in(), await both.signed_in(YOUSSEF)
    assert [await both.inside(each) for each in (hers, phone, other)] == [(True, True)] * 3
    asked = await hers.get(f"{both.provider}/end-session")
    assert await both.inside(hers) == (True, True)
    sure = {**form_of(asked.text, f"{both.provider}/end-session"), "sure": "yes"}
    assert (await hers.post(f"{both.provider}/end-session", data=sure)).status_code == 200
    assert [await both.inside(each) for each in (hers, phone, other)] == [(False, False), (True, True), (True, True)]
    for each in (hers, phone, other):
        await each.aclose()


async def test_account_that_is_closed_is_signed_out_everywhere(both: Both) -> None:
    hers, phone, other = await both.signed_in(), await both.signed_in(), await both.signed_in(YOUSSEF)
    told = (await hers.post(f"{both.provider}/_end_sessions", params={"login": AMINA})).json()["told"]
    assert {(each["address"], each["status"]) for each in told} == {(f"{both.windows[0]}/backchannel-logout", 200)}
    assert [await both.inside(each) for each in (hers, phone, other)] == [(False, False), (False, False), (True, True)]
    for each in (hers, phone, other):
        await each.aclose()


async def test_account_that_is_closed_lets_nobody_back_in(both: Both) -> None:
    """Who was still on her way has to begin once more; the provider names no session."""
    hers, late = await both.signed_in(), both.browser()
    back = await both.at_the_provider(late)
    await hers.post(f"{both.provider}/_end_sessions", params={"login": AMINA})
    refused = await late.get(back)
    assert (refused.status_code, await both.inside(late)) == (400, (False, False))
    again = await late.get(await both.at_the_provider(late))
    assert (again.headers["location"], await both.inside(late)) == ("/", (True, True))
    for each in (hers, late):
        await each.aclose()


async def test_signing_out_in_the_window_ends_the_providers_session(both: Both) -> None:
    """By the form that the window's page sends on: another window of the same browser's sign-in would be told too."""
    hers = await both.signed_in()
    page = await hers.get(f"{both.windows[0]}/")
    ours = {"Origin": both.windows[0]}
    out = await hers.post(f"{both.windows[0]}/sign-out", data=form_of(page.text, "/sign-out"), headers=ours)
    sent = form_of(out.text, f"{both.provider}/end-session")
    left = await hers.post(f"{both.provider}/end-session", data=sent)
    assert (left.status_code, left.headers["location"]) == (303, f"{both.windows[0]}/signed-out")
    again = await hers.get(f"{both.provider}/end-session")
    assert "<form" not in again.text
    await hers.aclose()


async def test_provider_sends_nobody_elsewhere(both: Both) -> None:
    async with both.browser() as browser:
        for leads_to in ("https://evil.example/", "http://127.0.0.1:1/elsewhere", "//evil.example"):
            asked = {"client_id": "demo-window", "post_logout_redirect_uri": leads_to}
            answer = await browser.get(f"{both.provider}/end-session", params=asked)
            assert (answer.status_code, "location" in answer.headers) == (400, False)
