"""The demo's journeys, as a frontend and a person's browser take them: log in, order, pay, wait, read the record."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from gateway.cli.demo.audit import counts
from gateway.cli.demo.person import Client, Journey, Notes, Stuck
from gateway.cli.demo.processes import everything
from gateway.cli.demo.scenes import Scene, Scenes, read
from gateway.cli.demo.show import Show, Tokens, Urls
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.state import prepare
from gateway.settings import load, read_file

CNIE: Final = "AB123456"
_JOURNEYS_SECONDS: Final = 180.0


async def run(state_dir: Path, *, port: int, store_url: str, speed: float, show: Show, stay: bool) -> dict[str, Any]:
    """Start everything, go through the journeys, return their facts. With `stay`, keep serving until interrupted."""
    prepare(state_dir, port=port, sandbox_port=port + 1, store_url=store_url, speed=speed)
    settings = load(state_dir=state_dir)
    play = read()
    show.begin(state_dir, speed, play)
    async with everything(state_dir, port=port, postgresql=settings.on_postgresql):
        show.started(port)
        issuer = settings.auth.issuers[0].issuer
        async with httpx.AsyncClient(trust_env=False, timeout=15.0) as web:
            login = SandboxLogin(issuer, web)
            token = await login.citizen(CNIE)
            show.step("idp", "logged in as Amina El Fassi (authorisation code with PKCE)")
            headers = {"Authorization": f"Bearer {token.access_token}", "Accept-Language": "en"}
            async with httpx.AsyncClient(
                base_url=settings.public_url, headers=headers, trust_env=False, timeout=15.0
            ) as http:
                journeys = await perform(play, Client(http), web, Notes(state_dir / "demo.json"), show)
            auditor = await login.machine(
                "demo-auditor", read_file(str(settings.state_dir / "secrets" / "idp.demo-auditor"))
            )
            audit = await counts(settings.public_url, settings.sandbox.url, auditor.access_token, web)
            facts = _facts(journeys, audit)
        show.ended(facts)
        if stay:
            urls = Urls(settings.public_url, settings.sandbox.url)
            show.next_steps(urls, Tokens(token.access_token, auditor.access_token), facts["case"])
            await asyncio.Event().wait()
    return facts


async def perform(play: Scenes, client: Client, web: httpx.AsyncClient, notes: Notes, show: Show) -> list[Journey]:
    """All scenes side by side, each from when it may begin to its case's end."""
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

    for scene in play.scenes:
        journeys[scene.name] = Journey(scene, client, web, show, partial(told, scene))
    try:
        async with asyncio.timeout(_JOURNEYS_SECONDS), asyncio.TaskGroup() as group:
            for scene in play.scenes:
                group.create_task(one(scene))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors  # the others were cancelled because of it
    except TimeoutError:
        raise Stuck(f"not at an end after {_JOURNEYS_SECONDS:.0f} s") from None
    return list(journeys.values())


def _facts(journeys: list[Journey], audit: dict[str, Any]) -> dict[str, Any]:
    """What a script wants to know: of the main journey, of the other cases, of the audit log."""
    main, *others = journeys
    return {
        "case": main.facts,
        "payment": main.case["payment"],
        "shipment": main.case["shipment"],
        "audit": audit,
        "more": [{"scene": other.scene.name, "about": other.scene.about, **other.facts} for other in others],
    }
