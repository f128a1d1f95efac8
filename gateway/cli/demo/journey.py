"""What a frontend does about one case: file it, follow it, and let the person answer what she is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.cli.demo.scenes import Scene
from gateway.cli.demo.show import Show
from gateway.connectors.services import laid_over
from gateway.sandbox.person import Person, Stuck, body_of

_OPEN: Final = ("received", "action_required", "in_progress")
_STEP: Final = "portal_step"
"""A portal's own history asks for nothing, even where what it tells leads to a question."""
_DONE_ALREADY: Final = "action_not_open"
_HANDED_OVER_SECONDS: Final = 10.0


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
        return body_of(await self.http.get(path))

    async def put(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return body_of(await self.http.put(path, json=body, headers={"Idempotency-Key": key}))

    async def post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return body_of(await self.http.post(path, json=body, headers={"Idempotency-Key": key}))


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
        """Let the person do what is asked. Of what is optional she does what the scene says."""
        case = await self._client.get(f"/v1/cases/{self.case['id']}")
        for action in case["actions"]:
            if not action["optional"] or action["type"] in self.scene.answers:
                self._handing_over |= action["optional"]
                await self._answer(action)

    async def _answer(self, action: dict[str, Any]) -> None:
        try:
            await self._person().answer(action)
        except Stuck as error:
            if action["optional"]:
                self._handing_over = False
                self._step("gateway", f"too late to {action['type']}: {error}")
            elif error.code == _DONE_ALREADY:  # since the case was read: the portal's word came late, after a kill
                self._step("gateway", f"done already: {action['type']}")
            else:
                raise

    def _person(self) -> Person:
        scene = self.scene
        return Person(
            self.case["id"], self._client.http, self._web, answers=scene.answers, post=scene.post, tell=self._step
        )

    def _step(self, portal: str, text: str) -> None:
        self._show.step(portal, text, self.scene.name)
