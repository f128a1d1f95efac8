"""What a frontend and a person's browser do about one case: file it, follow it, pay, choose a slot, answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.cli.demo.scenes import Scene
from gateway.cli.demo.show import Show
from gateway.connectors.services import laid_over
from gateway.sandbox.card_page import NoCardPage, filled_in, form_of

_OPEN: Final = ("received", "action_required", "in_progress")
_STEP: Final = "portal_step"
"""A portal's own history asks for nothing, even where what it tells leads to a question."""
_SLOTS_TRIED: Final = 5
_HANDED_OVER_SECONDS: Final = 10.0


class Stuck(Exception):
    """The journey did not come to its end."""


class Taken(Stuck):
    """Somebody else has the slot."""


class NoLongerAsked(Stuck):
    """What the person was asked for is done already."""


_ERRORS: Final[dict[str, type[Stuck]]] = {"slot_taken": Taken, "action_not_open": NoLongerAsked}


class Notes:
    """What the demo's client must remember to continue after it was killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def key(self, name: str) -> str:
        """An idempotency key that stays the same however often the demo is started."""
        if name not in self._known:
            self._known[name] = str(uuid4())
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(self._known))
            draft.replace(self._path)
        return self._known[name]


class Client:
    """A frontend's use of the API: JSON in and out, a problem is an error."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str) -> dict[str, Any]:
        return _body(await self.http.get(path))

    async def put(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return _body(await self.http.put(path, json=body, headers={"Idempotency-Key": key}))

    async def post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return _body(await self.http.post(path, json=body, headers={"Idempotency-Key": key}))


class Journey:
    """One scene, from the form to the end of its case.

    `told` hears of every event. `language`: that of the person, for her receipt; by default the client's.
    """

    def __init__(
        self,
        scene: Scene,
        client: Client,
        web: httpx.AsyncClient,
        show: Show,
        told: Callable[[str], None],
        language: str = "",
    ) -> None:
        self.scene = scene
        self.case: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self._client = client
        self._web = web
        self._show = show
        self._told = told
        self._language = language
        self._handing_over = False

    @property
    def facts(self) -> dict[str, Any]:
        return {**self.case, "timeline": self.events}

    async def run(self, notes: Notes, related: Journey | None) -> None:
        await self._file(notes, related)
        async for event in self._follow():
            self.events.append(event)
            self._show.event(self.scene.name, event)
            self._told(event["code"])
            if event["code"] in ("handed_over", "answer_refused"):
                self._handing_over = False
            asked = event["status"] == "action_required" and event["code"] != _STEP
            if asked or event["code"] == "offered":
                await self._act()
        self.case = await self._client.get(f"/v1/cases/{self.case['id']}")

    async def _file(self, notes: Notes, related: Journey | None) -> None:
        scene = self.scene
        service = await self._client.get(f"/v1/services/{scene.service}")
        self._step("gateway", f"read the form of “{service['title']}”")
        order = {"service": service["id"], "form": laid_over(service["example"], scene.form)}
        if self._language:
            order["language"] = self._language
        if related is not None:
            order["related_case"] = related.case["id"]
        if related is not None and scene.evidence is not None:
            again = {"from_case": related.case["id"], "document": scene.evidence.document, "consent": True}
            kept = await self._client.post("/v1/attachments/references", again, notes.key(f"evidence {scene.name}"))
            self._step("gateway", f"consented to use a document of {related.case['id'][:12]}… once more")
            order["form"] |= {scene.evidence.field: [kept["id"]]}
        self.case = await self._client.post("/v1/cases", order, notes.key(f"case {scene.name}"))
        deadline = next((each["due_on"] for each in self.case["deadlines"] if each["code"] == "answer"), None)
        self._step("gateway", f"filed {self.case['id']}; signed receipt, deadline {deadline}")

    async def _follow(self) -> AsyncIterator[dict[str, Any]]:
        """The case's events as they happen; the stream is resumed where it broke."""
        last, path = "0", f"/v1/cases/{self.case['id']}"
        waited = 0.0
        while True:
            headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
            async with self._client.http.stream("GET", f"{path}/events", headers=headers, timeout=60.0) as stream:
                stream.raise_for_status()
                async for line in stream.aiter_lines():
                    if line.startswith("data: "):
                        event = json.loads(line.removeprefix("data: "))
                        last = event["id"]
                        yield event
            if (await self._client.get(path))["status"] in _OPEN:
                continue
            # The stream ends with the case; what the person said at the end reaches the portal a moment later.
            if not self._handing_over or waited > _HANDED_OVER_SECONDS:
                return
            await asyncio.sleep(0.3)
            waited += 0.3

    async def _act(self) -> None:
        """Do what is asked, as far as the scene says what; what was done already is no longer asked."""
        case = await self._client.get(f"/v1/cases/{self.case['id']}")
        does: dict[str, Callable[[], Awaitable[None]]] = {"pay": self._pay, "choose_slot": self._choose}
        for action in case["actions"]:
            if action["type"] in self.scene.answers:
                await self._answer(action)
            elif action["type"] in does and not action["optional"]:
                try:
                    await does[action["type"]]()
                except NoLongerAsked:  # since the case was read: the portal's word came late, after a kill
                    self._step("gateway", f"done already: {action['type']}")

    async def _pay(self) -> None:
        """Open the card page and fill it in, as the person's browser would."""
        opened = await self._do("pay", {})
        checkout = opened["checkout"]
        page = await self._web.request(checkout["method"], checkout["url"], data=checkout["fields"])
        due = next(each for each in opened["payments"] if each["id"] == checkout["payment"])
        self._step(due["portal"], f"card page opened for {due['amount']['text']}")
        try:
            action, fields = form_of(page.text)
        except NoCardPage:
            raise Stuck(f"no card page: status {page.status_code}") from None
        answer = await self._web.post(httpx.URL(checkout["url"]).join(action), data=filled_in(fields))
        if answer.status_code >= 400:
            raise Stuck(f"the card page answered {answer.status_code}")
        self._step(due["portal"], "card entered; the portal confirms by its signed callback")

    async def _choose(self) -> None:
        """Look where appointments are given and which are free, and take the first that nobody else takes."""
        service = self.scene.service
        posts = (await self._client.get(f"/v1/posts?service={service}"))["data"]
        post = next((each for each in posts if each["id"] == self.scene.post), posts[0])
        slots = (await self._client.get(f"/v1/slots?service={service}&post={post['id']}"))["data"]
        self._step(post["portal"], f"{len(posts)} posts give appointments; {post['name']}: {len(slots)} are free")
        for slot in slots[:_SLOTS_TRIED]:
            try:
                await self._do("choose_slot", {"slot": slot["id"]})
            except Taken:
                continue
            begins = datetime.fromisoformat(slot["starts_at"])
            self._step(post["portal"], f"chose {begins:%A %d %B, %H:%M}, {post['timezone']}")
            return
        raise Stuck("no free slot")

    async def _answer(self, action: dict[str, Any]) -> None:
        given = self.scene.answers[action["type"]]
        self._handing_over = action["optional"]
        try:
            await self._do(action["type"], given)
        except Stuck as error:
            if not action["optional"]:
                raise
            self._handing_over = False
            self._step("gateway", f"too late to {action['type']}: {error}")
        else:
            self._step("gateway", f"the person's answer, {action['type']}: {given.get('choice', '')}")

    async def _do(self, action: str, answer: dict[str, Any]) -> dict[str, Any]:
        return await self._client.post(f"/v1/cases/{self.case['id']}/actions/{action}", answer, str(uuid4()))

    def _step(self, portal: str, text: str) -> None:
        self._show.step(portal, text, self.scene.name)


def _body(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    if response.is_error:
        said = f"{response.request.method} {response.request.url.path}: {body.get('code')}: {body.get('detail')}"
        raise _ERRORS.get(str(body.get("code")), Stuck)(said)
    return body
