"""People who live through their cases: each answers what the case asks, as a row of the table says.

The sandboxes' clock stands still, so to speak, and is moved on only when nobody has anything to answer and every demand
has been looked at since the last move. So no term lapses because a machine is slow.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from .conftest import CARD, DECLINED_CARD, World
from .evidence import advance, laid_over, ledger
from .test_asks import act, hand_in

GONE: Final = "(gone)"
"""In a change of a form: the member is left out."""
ENDS: Final = ("completed", "rejected", "withdrawn", "failed")
POST: Final = "lyon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One way that a case of a service can go."""

    end: str = "completed"
    reason: str | None = None
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
    answered: Counter[str] = field(default_factory=Counter)
    took_back: bool = False

    async def files(self) -> None:
        example = (await self.world.get(f"/v1/services/{self.service}")).json()["example"]
        form = await self.world.with_files(self.service, _without(laid_over(example, dict(self.life.form))))
        answer = await self.world.post("/v1/cases", {"service": self.service, "form": form})
        assert answer.status_code == 201, (self.service, answer.text)
        self.case = answer.json()

    async def looks(self) -> None:
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
        """Only time can bring this case on."""
        return self.done or (
            not self.ended and (self.case["status"] == "action_required" or bool(self.case["filing"]["reference"]))
        )

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
            said = await act(
                self.world, self.case["id"], "choose_slot", slot=slot["id"], post=POST, start=slot["start"]
            )
            if said.status_code == 200:
                return
            assert said.json()["code"] == "slot_taken", (self.service, said.text)
        raise AssertionError(f"no free slot for {self.service}")

    async def _takes_back(self) -> None:
        self.took_back = True
        said = await self.world.post(f"/v1/cases/{self.case['id']}/withdraw", None)
        assert said.status_code == 200, (self.service, said.text)


async def live(people: list[Person], *, days: float, seconds: float = 60) -> None:
    """File all the cases and bring each to its end; the clock moves on by `days` at a time."""
    world = people[0].world
    await asyncio.gather(*(person.files() for person in people))
    try:
        async with asyncio.timeout(seconds):
            while left := [person for person in people if not person.done]:
                await asyncio.gather(*(person.looks() for person in left))
                acted = await asyncio.gather(*(person.acts() for person in left))
                if any(acted) or not all(person.waits for person in left):
                    await asyncio.sleep(0.15)
                else:
                    await advance(world, days)
                    await _looked_at(world, [person for person in left if person.followed])
    except TimeoutError:
        stuck = [
            (person.service, person.case["status"], person.case["actions"], await world.codes(person.case["id"]))
            for person in left
        ]
        raise AssertionError(f"not at their end: {stuck}") from None


async def happened(person: Person, seconds: float = 5) -> Counter[str]:
    """The side effects of the case, once they are as wanted; what is answered after the end takes a moment."""
    wanted, found = Counter(person.life.effects.split()), Counter[str]()
    for _ in range(int(seconds / 0.1)):
        found = +(await ledger(person.world, person.case["id"]))
        if found == wanted:
            break
        await asyncio.sleep(0.1)
    return found


async def _looked_at(world: World, people: list[Person]) -> None:
    """Return once the gateway has asked the portal as often as there are demands, or has had a second for it."""
    portal = people[0].service.partition(".")[0] if people else ""
    until = await _questions(world, portal) + len(people)
    for _ in range(10):
        await asyncio.sleep(0.1)
        if await _questions(world, portal) >= until:
            return


async def _questions(world: World, portal: str) -> float:
    text = (await world.web.get(f"{world.url}/metrics")).text
    counted = rf'^mre_gateway_portal_operations_total{{operation="progress",outcome="\w+",portal="{portal}"}} (\S+)$'
    return sum(float(number) for number in re.findall(counted, text, re.MULTILINE))


def _without(form: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without(value) if isinstance(value, dict) else value for name, value in form.items() if value != GONE
    }
