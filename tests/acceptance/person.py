"""People who live through their cases: each answers what the case asks, as a row of the table says.

The sandboxes' clock stands still, so to speak, and is moved on only when nobody has anything to answer, each answer has
reached its portal, and every demand has been looked at since the last move. So no term lapses because a machine is
slow.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import and_, select, update

from gateway.storage.clock import database_now
from gateway.storage.tables import cases
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

from .conftest import AMINA, CARD, DECLINED_CARD, World
from .evidence import advance, laid_over, ledger
from .test_required_actions import act, hand_in

GONE: Final = "(gone)"
"""In a change of a form: the member is left out."""
ENDS: Final = ("completed", "rejected", "withdrawn", "failed")
POST: Final = "lyon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One way that a case of a service can go."""

    end: str = "completed"
    reason: str | None = None
    who: str = AMINA
    """CNIE of who signs in: the person whom the form is about, or who may ask for her."""
    effects: str
    """What really happened at all portals together, each kind as often as it stands here."""
    form: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the service's example."""
    gives_up: str = ""
    """The person takes the case back when it asks for this, or once it is `filed`."""
    ignores: str = ""
    """The person never answers this."""
    declined: bool = False
    """The first card is declined."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the person chooses, by action; also of what may be answered after the end."""


@dataclass(slots=True)
class Person:
    world: World
    service: str
    life: Life
    number: int
    """Each takes another slot first."""
    case: dict[str, Any] = field(default_factory=dict)
    seen: int | None = None
    """Version of the case's row when it was fetched last."""
    on_its_way: bool = False
    """Something that the person said has not reached its portal yet."""
    answered: Counter[str] = field(default_factory=Counter)
    took_back: bool = False

    def __post_init__(self) -> None:
        self.world = replace(self.world, who=self.life.who)

    async def files(self) -> None:
        example = (await self.world.get(f"/v1/services/{self.service}")).json()["example"]
        form = await self.world.with_files(self.service, _without(laid_over(example, dict(self.life.form))))
        answer = await self.world.post("/v1/cases", {"service": self.service, "form": form})
        assert answer.status_code == 201, (self.service, answer.text)
        self.case = answer.json()

    async def accesses(self) -> None:
        self.case = (await self.world.get(f"/v1/cases/{self.case['id']}")).json()

    @property
    def ended(self) -> bool:
        return self.case["status"] in ENDS

    @property
    def unsaid(self) -> set[str]:
        """What the person means to say and has not said yet."""
        return set(self.life.choices) - set(self.answered)

    @property
    def done(self) -> bool:
        return self.ended and not self.unsaid

    @property
    def waits(self) -> bool:
        """Only time can bring this case on. One that is taken back the gateway brings to its end by itself, and whether
        its appointment can be cancelled depends on the time."""
        if self.done or self.ended or self.took_back:
            return self.done
        if self.on_its_way:
            return False
        return self.case["status"] == "action_required" or bool(self.case["filing"]["reference"])

    @property
    def followed(self) -> bool:
        return not self.ended and bool(self.case["filing"]["reference"]) and not self.case["shipment"]

    async def acts(self) -> bool:
        """Answer what is open; whether there was something."""
        for action in self.case["actions"]:
            wanted = not action["optional"] or action["type"] in self.unsaid
            if wanted and action["type"] != self.life.ignores:
                await self._answers(action)
                return True
        filed = self.case["filing"]["reference"] and self.case["status"] == "in_progress"
        if filed and self.life.gives_up == "filed" and not self.took_back:
            await self._takes_back()
            return True
        return False

    async def _answers(self, action: dict[str, Any]) -> None:
        kind, case_id = action["type"], self.case["id"]
        self.answered[kind] += 1
        if kind == self.life.gives_up:
            await self._takes_back()
        elif kind == "pay":
            declined = self.life.declined and self.answered[kind] == 1
            await self.world.pay(case_id, DECLINED_CARD if declined else CARD)
        elif kind == "choose_slot":
            await self._chooses_a_slot()
        elif kind == "provide_document":
            files = [await hand_in(self.world) for _ in action["options"] or ("proof",)]
            await self._says(kind, attachments=files)
        elif kind == "appeal":
            await self._says(kind, choice=self.life.choices[kind], text="Je ne suis pas d'accord.")
        else:
            await self._says(kind, choice=self.life.choices.get(kind, (action["options"] or [""])[0]))

    async def _says(self, kind: str, **answer: Any) -> None:
        said = await act(self.world, self.case["id"], kind, **answer)
        assert said.status_code == 200, (self.service, said.text)

    async def _chooses_a_slot(self) -> None:
        first, last = date.today(), date.today() + timedelta(days=7)
        query = f"service={self.service}&post={POST}&from={first}&to={last}"
        free = await self.world.get(f"/v1/slots?{query}")
        assert free.status_code == 200, (self.service, free.text)
        for slot in free.json()["data"][self.number :]:
            said = await act(self.world, self.case["id"], "choose_slot", slot=slot["id"])
            if said.status_code == 200:
                return
            assert said.json()["code"] == "slot_taken", (self.service, said.text)
        raise AssertionError(f"no free slot for {self.service}")

    async def _takes_back(self) -> None:
        self.took_back = True
        said = await self.world.post(f"/v1/cases/{self.case['id']}/actions/withdraw", None)
        assert said.status_code == 200, (self.service, said.text)


async def live(people: list[Person], *, days: float, seconds: float = 150) -> None:
    """File all the cases and bring each to its end; the clock moves on by `days` at a time."""
    world = people[0].world
    await asyncio.gather(*(person.files() for person in people))
    try:
        async with asyncio.timeout(seconds):
            while left := [person for person in people if not person.done]:
                await asyncio.gather(*(person.accesses() for person in await _changed(left)))
                acted = await asyncio.gather(*(person.acts() for person in left))
                for person in (person for person, did in zip(left, acted, strict=True) if did):
                    person.seen = None
                if any(acted) or not all(person.waits for person in left):
                    await asyncio.sleep(0.05)
                else:
                    await advance(world, days)
                    await _looked_at(world, left)
    except TimeoutError:
        stuck = [
            (person.service, person.case["status"], person.case["actions"], await person.world.codes(person.case["id"]))
            for person in left
        ]
        raise AssertionError(f"not at their end: {stuck}") from None


async def happened(person: Person, seconds: float = PATIENCE, *, aside: Collection[str] = ()) -> Counter[str]:
    """The side effects of the case but those `aside`, once they are as wanted; what is answered after the end takes a
    moment."""
    wanted, found = Counter(person.life.effects.split()), Counter[str]()
    for _ in range(int(seconds / 0.1)):
        all_of_them = await ledger(person.world, person.case["id"])
        found = Counter({kind: number for kind, number in all_of_them.items() if kind not in aside})
        if found == wanted:
            break
        await asyncio.sleep(0.1)
    return found


async def _changed(people: list[Person]) -> list[Person]:
    """Whose case is another than was fetched last: a look at the rows costs less than a request for each."""
    ids = [person.case["id"] for person in people]
    async with read(people[0].world.gateway.storage) as connection:
        rows = await connection.execute(select(cases.c.id, cases.c.version, cases.c.state).where(cases.c.id.in_(ids)))
        found = {row.id: row for row in rows}
    versions = {id: row.version for id, row in found.items()}
    for person in people:
        person.on_its_way = bool(found[person.case["id"]].state.get("answers"))
    changed = [person for person in people if person.seen != versions[person.case["id"]]]
    for person in changed:
        person.seen = versions[person.case["id"]]
    return changed


async def _looked_at(world: World, people: list[Person]) -> None:
    """Let all the cases go on, and return once the gateway has asked the portals as often as there are demands, or has
    had a second for it. The journeys ask seldom by themselves: thirty cases that ask ten times a second keep a
    processor busy."""
    followed = [person for person in people if person.followed]
    until = await _questions(world) + len(followed)
    theirs = and_(cases.c.id.in_([person.case["id"] for person in people]), cases.c.due_at.is_not(None))
    async with transaction(world.gateway.storage) as tx:  # as `Cases.wake`, for a portal's notice
        await tx.execute(update(cases).where(theirs).values(due_at=database_now(), version=cases.c.version + 1))
    for _ in range(10):
        await asyncio.sleep(0.1)
        if followed and await _questions(world) >= until:
            return


async def _questions(world: World) -> float:
    text = (await world.web.get(f"{world.url}/metrics")).text
    counted = r'^mre_gateway_portal_operations_total{operation="progress",outcome="\w+",portal="\w+"} (\S+)$'
    return sum(float(number) for number in re.findall(counted, text, re.MULTILINE))


def _without(form: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without(value) if isinstance(value, dict) else value for name, value in form.items() if value != GONE
    }
