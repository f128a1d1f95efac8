"""A person renews her passport, and processes are killed (`kill -9`) at the worst moment: after something was done, and
before whoever asked for it knows. She presses again, with the same cookie. Nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.sandbox.context import Effects
from gateway.sandbox.host import Host
from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import load as load_gateway
from tests.acceptance.conftest import CARD, TEN_DAYS_A_SECOND, World, world_in
from tests.acceptance.sandboxes import build
from tests.acceptance.shared import SELDOM
from tests.acceptance.test_engine import Processes, effects, until_up
from tests.ports import free_port
from tests.waiting import PATIENCE, eventually
from tests.window.served_window import Window, flat, form_of
from window.settings import load

SERVICE: Final = "passeport.renewal-adult"
FORM: Final = f"/services/{SERVICE}/form"
MOMENTS: Final = ("form", "card", "slot")


class Way:
    """Between the window and the gateway. An answer to `POST path` is lost on it once, after `happens`."""

    def __init__(self, gateway: str, web: httpx.AsyncClient) -> None:
        self._gateway, self._web = gateway, web
        self._path, self._happens = "", lambda: None

    def lose(self, path: str, happens: Callable[[], None]) -> None:
        self._path, self._happens = path, happens

    @property
    def lost(self) -> bool:
        return not self._path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        query = scope["query_string"].decode()
        try:
            found = await self._web.request(
                scope["method"],
                f"{self._gateway}{scope['path']}{'?' if query else ''}{query}",
                headers=[(name, value) for name, value in scope["headers"] if name != b"host"],
                content=body,
            )
        except httpx.TransportError:
            found = httpx.Response(502)
        if (scope["method"], scope["path"]) == ("POST", self._path) and found.is_success:
            self._path = ""
            self._happens()
            found = httpx.Response(502)
        hidden = ("content-length", "content-encoding", "transfer-encoding", "connection")
        headers = [(name.encode(), value.encode()) for name, value in found.headers.items() if name not in hidden]
        await send({"type": "http.response.start", "status": found.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": found.content})


class Portal:
    """A portal's stand-in, around which something happens once: when `there` is true, before its answer leaves."""

    def __init__(self, host: Host, portal: str) -> None:
        self._app: Any = host.apps[portal]
        host.apps[portal] = self
        self._there: Callable[[str], bool] | None = None
        self._happens: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def when(self, there: Callable[[str], bool], happens: Callable[[], None]) -> None:
        self._there, self._happens = there, happens

    @property
    def over(self) -> bool:
        return self._there is None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def answer(message: Any) -> None:
            if self._there is not None and self._there(scope["path"]):
                self._there = None
                self._happens()
            await send(message)

        await self._app(scope, receive, answer)


class Person:
    """At the window, with one cookie."""

    def __init__(self, window: Window, one: httpx.AsyncClient) -> None:
        self.window, self.one = window, one

    async def opens(self, path: str) -> httpx.Response:
        page = await self.one.get(path)
        while page.is_redirect:
            page = await self.one.get(page.headers["location"])
        assert page.status_code == 200, (path, page.status_code, page.text[:2000])
        return page

    async def fills_in(self, example: dict[str, Any]) -> httpx.Response:
        """The page with all her answers, and the button that sends them."""
        page = await self.opens(FORM)
        fields = {name: value for name, value in flat(example).items() if f'name="{name}"' in page.text}
        checked = await self.window.send(self.one, page, FORM, {**fields, "do": "check"})
        assert checked.status_code == 303, checked.text
        return await self.opens(checked.headers["location"])

    async def opens_card_page(self, case: str) -> httpx.Response:
        page = await self.window.send(self.one, await self.opens(case), f"{case}/pay")
        assert page.status_code == 200, page.text
        (action,) = re.findall(r'<form method="post" action="([^"]*/fim/[^"]*)"', page.text)
        return await self.window.world.web.post(unescape(action), data=form_of(page.text, action))

    async def comes_back(self, page: httpx.Response) -> str:
        """By the form of the card page, over the gateway. Where she is then."""
        (action,) = re.findall(r'<form method="post" action="([^"]*)"', page.text)
        taken = await self.window.world.web.post(unescape(action), data=form_of(page.text, action))
        assert taken.status_code == 303, taken.text
        return str((await self.opens(taken.headers["location"])).url.path)

    async def asked_for(self, case: str, kind: str) -> httpx.Response:
        async def asked() -> httpx.Response | None:
            page = await self.opens(case)
            return page if f'data-do="{kind}"' in page.text else None

        return await eventually(asked, every=0.2)

    async def free_times(self, case: str) -> tuple[httpx.Response, str]:
        """The page of them, and the first."""
        page = await self.opens(f"{case}/slots")
        if 'name="slot"' not in page.text:
            posts = re.findall(r'<option value="([^"]+)"', page.text)
            page = await self.opens(f"{case}/slots?post={posts[0]}")
        return page, unescape(re.findall(r'name="slot" value="([^"]*)"', page.text)[0])


async def tried(request: Any) -> httpx.Response | None:
    """What came of it, if anything did before the process that was to answer died."""
    try:
        found: httpx.Response = await request
    except httpx.TransportError:
        return None
    return found


async def until_open(url: str) -> None:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as web:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await web.get(f"{url}/health")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


def window_toml(state_dir: Path, *, port: int, gateway: str, store_url: str = "") -> None:
    lines = ['profile = "demo"', f"server.port = {port}", f'gateway.url = "{gateway}"']
    lines += [f'sessions.store_url = "{store_url}"'] if store_url else []
    (state_dir / "window.toml").write_text("\n".join([*lines, "[sign_in.person]", 'client_id = "demo-window"', ""]))


class Everything:
    """Window, gateway and worker as processes on PostgreSQL; the portals' stand-ins are in the test."""

    def __init__(self, world: World, processes: Processes, way: Way, window: Window, host: Host) -> None:
        self.world, self.processes, self.way, self.window, self.host = world, processes, way, window, host
        self.card, self.slots = Portal(host, "etimbre"), Portal(host, "rendezvous")
        self._command = {"window": "window", "gateway": "serve", "worker": "work"}
        self._running = {each: processes.start(command) for each, command in self._command.items()}

    async def up(self) -> None:
        await until_up(self.world, self.processes)
        await until_open(self.window.url)

    def kill(self, which: str) -> Callable[[], None]:
        def now() -> None:
            process = self._running[which]
            process.kill()
            process.wait()
            self.processes.running.remove(process)

        return now

    async def start_again(self, which: str) -> None:
        self._running[which] = self.processes.start(self._command[which])
        await self.up()

    def happened(self, portal: str, kind: str) -> int:
        effects = Effects(self.host.store, portal, self.host.clock).all()
        return sum(each["kind"] == kind for each in effects)


@asynccontextmanager
async def everything(state_dir: Path, store_url: str) -> AsyncIterator[Everything]:
    back, sealed = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    sandbox_port, tls_port = (each.getsockname()[1] for each in (back, sealed))
    port, window_port = free_port(), free_port()
    gateway, sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    prepare(
        state_dir, port=port, sandbox_port=sandbox_port, sandbox_tls_port=tls_port, store_url=store_url,
        speed=TEN_DAYS_A_SECOND,
    )  # fmt: skip
    host = build(load_gateway(state_dir=state_dir), url=sandbox_url, speed=TEN_DAYS_A_SECOND)
    processes = Processes(state_dir)
    async with (
        running(host, back, host.on_second_port(sealed)),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as web,
    ):
        way = Way(gateway, web)
        async with running(way) as gateway_of_window:
            window_toml(state_dir, port=window_port, gateway=gateway_of_window, store_url=store_url)
            world = World(gateway, sandbox_url, state_dir, None, web)  # type: ignore[arg-type]
            settings = load(state_dir=state_dir)
            found = Everything(world, processes, way, Window(settings.origin, settings, world), host)
            try:
                await found.up()
                yield found
            finally:
                for each in found.window.visitors:
                    await each.aclose()
                for process in processes.running:
                    process.kill()
                    process.wait()


@pytest.mark.soak
@pytest.mark.parametrize("which", ["window", "gateway", "worker"])
async def test_killed_while_she_files_pays_and_books(
    tmp_path: Path, postgres_url: str, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`which` dies three times: the case is filed, the card is charged, the appointment is made, and it cannot say so
    any more. After each she presses again what she had pressed, and goes on."""
    monkeypatch.setenv("MRE_GATEWAY__RATES__ENFORCED", "false")
    async with everything(tmp_path, postgres_url) as all_of_it:
        window, world, kill = all_of_it.window, all_of_it.world, all_of_it.kill(which)
        one = await window.signed_in()
        person, cookie = Person(window, one), one.cookies["window-session"]
        example = (await world.get(f"/v1/services/{SERVICE}")).json()["example"]

        check = await person.fills_in(example)
        all_of_it.way.lose("/v1/cases", kill)
        sending = window.send(one, check, f"/services/{SERVICE}/send")
        await tried(sending)
        assert all_of_it.way.lost, "killed"
        await all_of_it.start_again(which)
        again = await window.send(one, check, f"/services/{SERVICE}/send")
        case = str((await person.opens(again.headers["location"])).url.path)
        assert re.fullmatch(r"/cases/case_\w+", case), "she arrives at her case"

        card_page = await person.opens_card_page(case)
        all_of_it.card.when(lambda path: not path.startswith("/fim/pay"), kill)
        charged = await world.enter_card(card_page, CARD)
        await tried(person.comes_back(charged))
        await eventually(lambda: _is(all_of_it.card.over))
        await all_of_it.start_again(which)
        assert await person.comes_back(charged) == case

        await person.asked_for(case, "choose_slot")
        times, first = await person.free_times(case)
        all_of_it.slots.when(lambda _: all_of_it.happened("rendezvous", "appointment") > 0, kill)
        await tried(window.send(one, times, f"{case}/slots", {"slot": first}))
        await eventually(lambda: _is(all_of_it.slots.over))
        await all_of_it.start_again(which)
        booked = await window.send(one, times, f"{case}/slots", {"slot": first})
        assert booked.status_code in (303, 409), booked.text

        ended = await world.ended(case.rpartition("/")[2])
        assert ended["status"] == "completed", await world.codes(ended["id"])
        assert one.cookies["window-session"] == cookie
        assert 'data-status="completed"' in (await person.opens(case)).text
        filed = (await world.get("/v1/cases")).json()["data"]
        assert [each["id"] for each in filed] == [ended["id"]]
        once = {("etimbre", "capture"), ("etimbre", "stamp"), ("rendezvous", "appointment"),
                ("passeport", "pre_application"), ("barid", "shipment")}  # fmt: skip
        assert {each: all_of_it.happened(*each) for each in once} == dict.fromkeys(once, 1)
        assert await effects(world, "etimbre", "refund") == []


async def _is(found: bool) -> bool:
    return found


async def test_window_killed_as_it_files_has_filed_once(tmp_path: Path) -> None:
    """The gateway has the case, and the window dies before it hears so. Of the test above, what is cheap."""
    async with world_in(tmp_path / "state", "", journeys=SELDOM) as world:
        processes, way, port = Processes(world.state_dir), Way(world.url, world.web), free_port()
        async with running(way) as gateway_of_window:
            window_toml(world.state_dir, port=port, gateway=gateway_of_window)
            settings = load(state_dir=world.state_dir)
            window = Window(settings.origin, settings, world)
            try:
                process = processes.start("window")
                await until_open(window.url)
                one = await window.signed_in()
                person = Person(window, one)
                check = await person.fills_in((await world.get(f"/v1/services/{SERVICE}")).json()["example"])
                way.lose("/v1/cases", process.kill)
                assert await tried(window.send(one, check, f"/services/{SERVICE}/send")) is None
                assert way.lost
                process.wait()
                processes.start("window")
                await until_open(window.url)
                again = await window.send(one, check, f"/services/{SERVICE}/send")
                page = await person.opens(again.headers["location"])
                filed = (await world.get("/v1/cases")).json()["data"]
                assert len(filed) == 1
                assert page.url.path == f"/cases/{filed[0]['id']}"
            finally:
                await one.aclose()
                for each in processes.running:
                    each.kill()
                    each.wait()
