"""One random walk: people, agents, faults and restarts at one gateway, all drawn from one seed.

The draws are the seed's; what a step meets depends on how fast the machine is, so the same seed walks the same way
without meeting the same moments. A failure prints the seed and the steps.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.acceptance.conftest import AMINA, CARD, DECLINED_CARD, World
from tests.acceptance.evidence import advance
from tests.acceptance.lives import LIVES
from tests.acceptance.person import POST, Person
from tests.acceptance.shared import to_do
from tests.acceptance.test_required_actions import hand_in

MODES: Final = ("error", "hang", "slow", "garbage", "reset", "commit_then_drop")
IMPOSSIBLE: Final = {"action_not_open", "action_not_supported", "capability_missing", "internal_error"}
"""What an offered action must not be answered when nothing else goes on."""

Restart = Callable[[], Awaitable[World]]
Step = Callable[["Walk"], Awaitable[str]]


@dataclass
class Walk:
    world: World
    seed: int
    restart: Restart
    kill: Callable[[], None] | None = None
    """Ends the gateway at once, where it is a process of its own."""
    calm: Restart | None = None
    """Gives the gateway that brings everything to its end, where that is another one."""
    services: tuple[str, ...] = tuple(LIVES)
    steps: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    replays: list[tuple[str, Any, Any]] = field(default_factory=list)
    refused_offers: list[str] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)
    mandates: dict[str, str] = field(default_factory=dict)
    """Of Amina: mandate -> the agent's token."""
    suspect: tuple[str, str] | None = None
    """An offer that was refused as impossible: when its case had changed last, and what was said."""
    pages: list[httpx.Response] = field(default_factory=list)
    """Card pages that were opened and are filled in later, perhaps too late."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    async def go(self, steps: int) -> None:
        for _ in range(2):
            await self._do(files)
        for _ in range(10):
            if self.people:
                break
            await self._do(files)
        assert self.people, f"nobody could file with everything at work: {self.steps}"
        weights = WEIGHTS if self.kill is None else WEIGHTS | {is_killed: 4, restarts: 0}
        for _ in range(steps):
            (step,) = self.random.choices(list(weights), weights=list(weights.values()))
            await self._do(step)
            await asyncio.sleep(self.random.uniform(0.0, 0.15))
        if self.calm is not None:
            self.move_to(await self.calm())
        await self.settle()

    def move_to(self, world: World) -> None:
        self.world = world
        for person in self.people:
            person.world = replace(world, who=person.world.who)

    async def _do(self, step: Step) -> None:
        self.steps.append(step.__name__)
        try:
            self.steps[-1] = f"{step.__name__}: {await step(self)}"
        except (httpx.HTTPError, AssertionError, KeyError) as error:  # a fault was in the way; the laws judge
            self.steps[-1] = f"{step.__name__}: {type(error).__name__}"

    async def write(self, person: Person, path: str, body: Any, **more: Any) -> httpx.Response:
        """Post, and sometimes post the same again: a kept answer must come back as it was."""
        key = str(uuid4())
        first = await person.world.post(path, body, key=key, **more)
        if first.status_code < 300 and self.random.random() < 0.3:
            again = await person.world.post(path, body, key=key, **more)
            if again.status_code not in (401, 403, 409, 503):  # who sends it has no right any more, or nobody answers
                self.replays.append((path, (first.status_code, first.content), (again.status_code, again.content)))
        return first

    def someone(self) -> Person:
        left = [person for person in self.people if person.case and not person.ended]
        return self.random.choice(left or self.people)

    async def answer(self, person: Person, action: dict[str, Any], card: str = CARD, **more: Any) -> str:
        """Do one offered action, in the case's own words; what came of it."""
        kind, path = action["type"], f"/v1/cases/{person.case['id']}/actions/{action['type']}"
        body: dict[str, Any] = {}
        if kind == "pay":
            said = await self.write(person, path, {})
            if said.status_code == 200:
                checkout = said.json()["checkout"]
                page = await person.world.web.post(checkout["url"], data=checkout["fields"])
                if self.random.random() < 0.2:
                    self.pages.append(page)
                else:
                    await person.world.enter_card(page, card)
            return self._heard(person, action, said)
        if kind == "choose_slot":
            first, last = date.today(), date.today() + timedelta(days=7)
            query = f"service={person.service}&post={POST}&from={first}&to={last}"
            free = (await person.world.get(f"/v1/slots?{query}")).json()["data"]
            slot = self.random.choice(free[:20])
            body = {"slot": slot["id"]}
        elif kind == "provide_document":
            token = await person.world.citizen()
            body = {"attachments": [await hand_in(person.world, token=token) for _ in action["options"] or ("x",)]}
        elif kind == "appeal":
            body = {"choice": self.random.choice(action["options"] or [""]), "text": "Je ne suis pas d'accord."}
        else:
            body = {"choice": self.random.choice(action["options"] or [""])}
        return self._heard(person, action, await self.write(person, path, body, **more))

    def _heard(self, person: Person, action: dict[str, Any], said: httpx.Response) -> str:
        code = said.json().get("code", "") if said.status_code >= 400 else ""
        told = f"{person.service} {action['type']}/{action['code']} -> {said.status_code} {code}"
        if code in IMPOSSIBLE and not self.faulty:
            self.suspect = (person.case["updated_at"], told)
        return told

    async def settle(self) -> None:
        """Everything works again; every person answers what is asked, and time goes on until nothing moves."""
        for portal in sorted(self.faulty):
            await self.world.fault(portal, "none")
        self.faulty.clear()
        self.steps.append("settle")
        for number in range(80):  # a complaint waits 60 days for its answer, and 30 more for the Mediator's
            await asyncio.sleep(0.6)
            left = [person for person in self.people if person.case]
            await asyncio.gather(*(person.accesses() for person in left))
            left = [person for person in left if not person.ended]
            if not left:
                break
            for person in left:
                for action in to_do(person.case):
                    # Where nobody answers, the law offers an appeal: in the end the person makes use of it.
                    if not action["optional"] or (number > 20 and action["type"] == "appeal"):
                        await self._offered(person, action)
            await advance(self.world, 2.0)
        await asyncio.sleep(1.0)

    async def _offered(self, person: Person, action: dict[str, Any]) -> None:
        """With nothing in the way, what is offered works, unless the case has changed since it was shown."""
        self.suspect = None
        with suppress(httpx.HTTPError, KeyError, IndexError, AssertionError):
            self.steps.append("settles " + await self.answer(person, action))
        suspect: tuple[str, str] | None = self.suspect
        if suspect is not None:
            await person.accesses()
            if person.case["updated_at"] == suspect[0]:
                self.refused_offers.append(suspect[1])


async def files(walk: Walk) -> str:
    service = walk.random.choice(walk.services)
    life = walk.random.choice(LIVES[service])
    person = Person(walk.world, service, life, number=len(walk.people))
    await person.files()
    walk.people.append(person)
    return f"{service} {person.case['id']}"


async def acts(walk: Walk) -> str:
    for _ in range(4):
        person = walk.someone()
        await person.accesses()
        if to_do(person.case):
            break
    else:
        return "nothing to do"
    action = walk.random.choice(to_do(person.case))
    card = DECLINED_CARD if walk.random.random() < 0.2 else CARD
    return await walk.answer(person, action, card)


async def pays_twice(walk: Walk) -> str:
    person = walk.someone()
    said = await asyncio.gather(*(person.world.pay(person.case["id"]) for _ in range(2)), return_exceptions=True)
    return " and ".join(type(each).__name__ for each in said)


async def pays_late(walk: Walk) -> str:
    if not walk.pages:
        return "no page is open"
    return str((await walk.world.enter_card(walk.pages.pop(0), CARD)).status_code)


async def withdraws(walk: Walk) -> str:
    person = walk.someone()
    said = await walk.write(person, f"/v1/cases/{person.case['id']}/actions/withdraw", None)
    return f"{person.service} {said.status_code}"


async def gives_a_mandate(walk: Walk) -> str:
    wish = {
        "agent": "demo-agent", "scope": ["cases:read", "cases:write"], "purpose": "x", "earlier_cases": True,
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    code = (await walk.world.post("/v1/mandates", wish)).json()["code"]
    token = await walk.world.citizen("nadia", client_id="demo-agent")
    taken = await walk.world.post("/v1/mandates/take", {"code": code}, token)
    walk.mandates[taken.json()["id"]] = token
    return str(taken.status_code)


async def agent_acts(walk: Walk) -> str:
    """The agent takes back or answers a case of Amina's, and perhaps she revokes the mandate meanwhile."""
    hers = [person for person in walk.people if person.life.who == AMINA and person.case and not person.ended]
    if not walk.mandates or not hers:
        return "no agent"
    mandate, token = walk.random.choice(sorted(walk.mandates.items()))
    case_id = walk.random.choice(hers).case["id"]
    call = walk.world.post(f"/v1/cases/{case_id}/actions/withdraw", None, token, Mandate=mandate)
    if walk.random.random() < 0.5:
        return f"withdraws {(await call).status_code}"
    del walk.mandates[mandate]
    said, _ = await asyncio.gather(call, walk.world.post(f"/v1/mandates/{mandate}/revoke", None))
    return f"withdraws {said.status_code}, revoked"


async def breaks_a_portal(walk: Walk) -> str:
    """Mostly one that an open case needs."""
    gateway = walk.world.gateway
    service = gateway.catalogue.service(walk.someone().service)
    needed = sorted(service.portals) if service is not None and walk.random.random() < 0.8 else []
    portal = walk.random.choice(needed or sorted(gateway.portals.states()))
    mode, rate = walk.random.choice(MODES), walk.random.choice((0.3, 1.0))
    walk.faulty.add(portal)
    await walk.world.fault(portal, mode, rate, **({"seconds": 0.3} if mode == "slow" else {}))
    return f"{portal} {mode} {rate}"


async def mends_all(walk: Walk) -> str:
    for portal in sorted(walk.faulty):
        await walk.world.fault(portal, "none")
    mended, walk.faulty = len(walk.faulty), set()
    return str(mended)


async def time_goes_on(walk: Walk) -> str:
    days = walk.random.choice((0.2, 1.0, 3.0))
    await advance(walk.world, days)
    return f"{days} days"


async def restarts(walk: Walk) -> str:
    """The gateway ends in the middle of what it does, and another one goes on with the same store."""
    walk.move_to(await walk.restart())
    return "done"


async def is_killed(walk: Walk) -> str:
    """The process is killed in the middle of what somebody does and of what the journeys do, and another one goes on
    with the same store."""
    assert walk.kill is not None
    step, seconds = walk.random.choice((files, acts, acts, pays_twice, withdraws)), walk.random.uniform(0.0, 0.5)
    asyncio.get_running_loop().call_later(seconds, walk.kill)
    try:
        said = await step(walk)
    except (httpx.HTTPError, AssertionError, KeyError) as error:
        said = type(error).__name__
    await asyncio.sleep(seconds)  # at the latest now it is dead
    walk.move_to(await walk.restart())
    return f"after {seconds:.3f} s of {step.__name__}: {said}"


WEIGHTS: Final[dict[Step, int]] = {
    files: 5, acts: 12, pays_twice: 1, pays_late: 1, withdraws: 3, gives_a_mandate: 1, agent_acts: 2,
    breaks_a_portal: 4, mends_all: 2, time_goes_on: 3, restarts: 1,
}  # fmt: skip
