"""What a person does about her case when she is asked: pays, chooses a slot, hands in a file, answers.

She uses the gateway as any frontend does, and the card page as her browser does. The demo's person, the one of
`connector serve` and the one that brings a case to a point (`reach`) are this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.sandbox.card_page import APPROVED, NoCardPage, filled_in, form_of
from gateway.sandbox.sample_files import SampleFile, sample_file

_SLOTS_TRIED: Final = 5
_SLOT_TAKEN: Final = "slot_taken"


class Stuck(Exception):
    """It does not go on. `status` and `code` are of the answer, where it was one that said so."""

    def __init__(self, text: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(text)
        self.status, self.code = status, code


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer. Raises `Stuck` for a problem: its code, its detail, and each place with what is wrong."""
    body: dict[str, Any] = response.json()
    if response.is_error:
        said = f"{response.request.method} {response.request.url.path}: {body.get('code')}: {body.get('detail')}"
        lines = "\n".join([said, *_places(body.get("errors") or ())])
        raise Stuck(lines, status=response.status_code, code=str(body.get("code")))
    return body


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def upload(api: httpx.AsyncClient, file: SampleFile) -> str:
    """The id of the file at the gateway. Raises `Stuck`."""
    sent = {"file": (file.filename, file.content, file.media_type)}
    return str(body_of(await api.post("/v1/attachments", files=sent, headers=new_key()))["id"])


class Person:
    """Somebody with a case. `api` carries her token; `web` is her browser.

    `answers` are what she says when asked, by the action's type; else she does the first thing that is possible. `post`
    is where she takes an appointment. `tell` hears of each thing she does, and at which portal; `may_reach` says
    whether she follows an address to a card page.
    """

    def __init__(
        self,
        case: str,
        api: httpx.AsyncClient,
        web: httpx.AsyncClient,
        *,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
        card: str = APPROVED,
        post: str = "",
        tell: Callable[[str, str], None] = lambda _, __: None,
        may_reach: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._path, self._api, self._web = f"/v1/cases/{case}", api, web
        self._answers, self._card, self._post = answers or {}, card, post
        self._tell, self._may_reach = tell, may_reach

    async def answer(self, action: Mapping[str, Any]) -> None:
        """Do what this action of the case asks for. Raises `Stuck`."""
        kind = action["type"]
        if kind in self._answers:
            await self._say(kind, self._answers[kind])
        elif kind == "pay":
            await self._pay()
        elif kind == "choose_slot":
            await self._choose(action)
        elif kind == "provide_document":
            wanted = action.get("options") or ["proof"]
            files = [await upload(self._api, sample_file()) for _ in wanted]
            await self._act(kind, {"attachments": files})
            self._tell("gateway", f"the person hands in: {', '.join(wanted)}")
        elif kind == "appeal":
            await self._say(kind, {**_first(action), "text": "I do not agree."})
        else:
            await self._say(kind, _first(action))

    async def _say(self, kind: str, answer: Mapping[str, Any]) -> None:
        await self._act(kind, answer)
        self._tell("gateway", f"the person's answer, {kind}: {answer.get('choice', '')}")

    async def _pay(self) -> None:
        """Open the card page and fill it in."""
        opened = await self._act("pay", {})
        checkout = opened["checkout"]
        if not self._may_reach(checkout["url"]):
            raise Stuck("the card page is not on this machine", status=403)
        page = await self._web.request(checkout["method"], checkout["url"], data=checkout["fields"])
        due = next(each for each in opened["payments"] if each["id"] == checkout["payment"])
        self._tell(due["portal"], f"card page opened for {due['amount']['text']}")
        try:
            goes_to, fields = form_of(page.text)
        except NoCardPage:
            raise Stuck(f"no card page: status {page.status_code}", status=502) from None
        entered = filled_in(fields, self._card)
        answer = await self._web.post(httpx.URL(checkout["url"]).join(goes_to), data=entered)
        if answer.status_code >= 400:
            raise Stuck(f"the card page answered {answer.status_code}", status=502)
        self._tell(due["portal"], "card entered; the portal confirms by its signed callback")

    async def _choose(self, action: Mapping[str, Any]) -> None:
        """The first slot that nobody else takes, at the post that the form names, or at hers, or at the first."""
        slots_url = action["slots_url"]
        if not slots_url:
            posts = body_of(await self._api.get(action["posts_url"]))["data"]
            if not posts:
                raise Stuck("no post gives appointments for this case", status=409)
            post = next((each for each in posts if each["id"] == self._post), posts[0])
            slots_url = post["slots_url"]
            self._tell(post["portal"], f"{len(posts)} posts give appointments; {post['name']} is chosen")
        free = body_of(await self._api.get(slots_url))["data"]
        for slot in free[:_SLOTS_TRIED]:
            try:
                await self._act("choose_slot", {"slot": slot["id"]})
            except Stuck as error:
                if error.code != _SLOT_TAKEN:
                    raise
                continue
            begins = datetime.fromisoformat(slot["starts_at"])
            self._tell("gateway", f"{len(free)} slots are free; chose {begins:%A %d %B, %H:%M}")
            return
        raise Stuck("no free slot", status=409)

    async def _act(self, kind: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        return body_of(await self._api.post(f"{self._path}/actions/{kind}", json=answer, headers=new_key()))


def _first(action: Mapping[str, Any]) -> dict[str, str]:
    return {"choice": (action.get("options") or [""])[0]}


def _places(errors: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in errors:
        yield f"  {each['pointer']}: {each['code']}: {each['detail']}"
