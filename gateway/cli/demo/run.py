"""The demo's journeys, as a frontend and a person's browser take them: log in, order, pay, wait, read the record."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from gateway.cli.demo import window
from gateway.cli.demo.audit import counts
from gateway.cli.demo.journey import Client, Journey, Notes
from gateway.cli.demo.processes import everything
from gateway.cli.demo.scenes import Participant, Scene, Scenes, read
from gateway.cli.demo.show import Show, Tokens, Urls
from gateway.cli.demo.told import agree, mailbox
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.person import Stuck
from gateway.sandbox.state import prepare
from gateway.settings import load, read_file

_JOURNEYS_SECONDS: Final = 180.0


async def run(state_dir: Path, *, port: int, store_url: str, speed: float, show: Show, stay: bool) -> dict[str, Any]:
    """Start everything, go through the journeys, return their facts. With `stay`, keep serving until interrupted."""
    prepare(state_dir, port=port, sandbox_port=port + 1, store_url=store_url, speed=speed)
    settings = load(state_dir=state_dir)
    play = read()
    show.begin(state_dir, speed, play)
    opened = ""
    if stay:  # with --once there is nobody to look at it
        window.write_settings(state_dir, port=port, store_url=store_url)
        opened = window.url(port)
    async with everything(state_dir, port=port, postgresql=settings.on_postgresql, window=opened):
        show.started(port, opened)
        issuer = settings.auth.issuers[0].issuer
        async with httpx.AsyncClient(trust_env=False, timeout=15.0) as web:
            login, notes = SandboxLogin(issuer, web), Notes(state_dir / "demo.json")
            async with AsyncExitStack() as stack:
                clients: dict[str, Client] = {}
                tokens = []
                for person in play.people:
                    token = await login.citizen(person.cnie)
                    tokens.append(token.access_token)
                    show.step("idp", f"logged in as {person.name} (authorisation code with PKCE)")
                    headers = {"Authorization": f"Bearer {token.access_token}", "Accept-Language": "en"}
                    http = httpx.AsyncClient(
                        base_url=settings.public_url, headers=headers, trust_env=False, timeout=15.0
                    )
                    clients[person.cnie] = Client(await stack.enter_async_context(http))
                    await agree(person, clients[person.cnie], notes)
                    show.step("gateway", f"{person.name} agrees to be told: {person.language}, {_by(person)}")
                journeys = await perform(play, clients, web, notes, show)
                mailboxes = [await mailbox(each, clients[each.cnie], web, settings.sandbox.url) for each in play.people]
            auditor = await login.machine(
                "demo-auditor", read_file(str(settings.state_dir / "secrets" / "idp.demo-auditor"))
            )
            audit = await counts(settings.public_url, settings.sandbox.url, auditor.access_token, web)
            facts = _facts(journeys, audit, mailboxes)
        show.ended(facts)
        if stay:
            urls = Urls(settings.public_url, settings.sandbox.url, opened)
            show.next_steps(urls, Tokens(tokens[0], auditor.access_token), facts)
            await asyncio.Event().wait()
    return facts


async def perform(
    play: Scenes, clients: Mapping[str, Client], web: httpx.AsyncClient, notes: Notes, show: Show
) -> list[Journey]:
    """All scenes side by side, each from when it may begin to its case's end. `clients` by the person's CNIE."""
    happened: defaultdict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)
    journeys: dict[str, Journey] = {}

    async def one(scene: Scene) -> None:
        if scene.after:
            await happened[scene.after, scene.upon].wait()
        show.scene(scene)
        await journeys[scene.name].run(notes, journeys.get(scene.related))
        show.over(scene.name)
        happened[scene.name, ""].set()

    def told(scene: Scene, code: str) -> None:
        happened[scene.name, code].set()

    languages = {each.cnie: each.language for each in play.people}
    for scene in play.scenes:
        cnie = scene.person or play.people[0].cnie
        journeys[scene.name] = Journey(scene, clients[cnie], web, show, partial(told, scene), languages[cnie])
    try:
        async with asyncio.timeout(_JOURNEYS_SECONDS), asyncio.TaskGroup() as group:
            for scene in play.scenes:
                group.create_task(one(scene))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors  # the others were cancelled because of it
    except TimeoutError:
        raise Stuck(f"not at an end after {_JOURNEYS_SECONDS:.0f} s") from None
    return list(journeys.values())


def _by(person: Participant) -> str:
    return "by e-mail and SMS" if person.sms else "by e-mail"


def _facts(journeys: list[Journey], audit: dict[str, Any], mailboxes: list[dict[str, Any]]) -> dict[str, Any]:
    """What a script wants to know: of the main journey, of the other cases, of the audit log, of the mailboxes."""
    main, *others = journeys
    return {
        "case": main.facts,
        "payment": next(iter(main.case["payments"]), None),
        "shipment": main.case["shipment"],
        "audit": audit,
        "mailboxes": mailboxes,
        "more": [{"scene": other.scene.name, "about": other.scene.about, **other.facts} for other in others],
    }
