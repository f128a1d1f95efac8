"""What the client for Python does with answers that no gateway gives on demand; `rules.ts` says it for TypeScript."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import mre_services.resources
import pytest
from mre_services import ApiProblem, AsyncClient, Client, GatewayUnreachable, WebhookInvalid, verify_webhook

from tests.clients.given import BODY, EVENTS, NOW, SECRET, STREAM, VERDICTS, signed
from tests.clients.typescript import PACKAGE
from tests.description import description

Answers = list[Callable[[httpx.Request], httpx.Response]]


def answering(answers: Answers, **options: Any) -> tuple[AsyncClient, Client, list[httpx.Request]]:
    """Both clients, whose answers come from a list; and what they ask."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers[min(len(seen), len(answers)) - 1](request)

    transport = httpx.MockTransport(answer)
    url, options = "http://gateway.example", {"max_attempts": 2, **options}
    return (
        AsyncClient(url, http=httpx.AsyncClient(transport=transport), **options),
        Client(url, http=httpx.Client(transport=transport), **options),
        seen,
    )


def problem(status: int, headers: dict[str, str] | None = None, **members: Any) -> Callable[..., httpx.Response]:
    content = json.dumps({"status": status, **members})
    return lambda _request: httpx.Response(
        status, content=content, headers={"content-type": "application/problem+json", **(headers or {})}
    )


class Pieces(httpx.AsyncByteStream, httpx.SyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self._pieces:
            yield each


async def test_stream_is_read_alike_wherever_it_is_cut() -> None:
    ways = [(STREAM[:place], STREAM[place:]) for place in range(len(STREAM) + 1)]
    for pieces in [*ways, tuple(bytes([each]) for each in STREAM)]:

        def stream(_request: httpx.Request, pieces: tuple[bytes, ...] = pieces) -> httpx.Response:
            return httpx.Response(200, stream=Pieces(*pieces), headers={"content-type": "text/event-stream"})

        waiting, _, seen = answering([stream, lambda _: httpx.Response(204)])
        assert [each async for each in waiting.cases.follow("case_1")] == EVENTS
        assert seen[1].url.params["cursor"] == "c"
    _, plain, seen = answering([stream, lambda _: httpx.Response(204)])
    assert list(plain.cases.follow("case_1")) == EVENTS


async def test_a_newer_gateway_breaks_nothing() -> None:
    newer = {"id": "case_1", "status": "resting", "moon": {"phase": "full"}}
    waiting, plain, _ = answering([lambda _: httpx.Response(200, json=newer)])
    assert await waiting.cases.get("case_1") == plain.cases.get("case_1") == newer
    waiting, _, seen = answering([problem(418, code="teapot", origin="moon", retry_safe=False)])
    with pytest.raises(ApiProblem) as refused:
        await waiting.cases.get("case_1")
    assert (refused.value.status, refused.value.code, refused.value.origin, len(seen)) == (418, "teapot", "moon", 1)


async def test_a_client_gives_up_and_says_why() -> None:
    late = problem(503, {"retry-after": "3600"}, code="overloaded", retry_safe=True)
    waiting, _, seen = answering([late])
    with pytest.raises(ApiProblem) as told:
        await waiting.cases.get("case_1")
    assert (told.value.retry_after, len(seen)) == (3600, 1)

    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    waiting, plain, seen = answering([dead])
    with pytest.raises(GatewayUnreachable, match="in 2 attempts") as gone:
        await waiting.drafts.create("echo.note")
    assert {each.headers["idempotency-key"] for each in seen} == {gone.value.idempotency_key}
    with pytest.raises(GatewayUnreachable, match="in 2 attempts"):
        await asyncio.to_thread(plain.cases.get, "case_1")
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("content", "media_type"), [("<html>", "text/html"), ('{"id":', "application/json")], ids=["page", "half"]
)
async def test_what_is_not_the_gateways_answer_is_no_result(content: str, media_type: str) -> None:
    waiting, plain, _ = answering(
        [lambda _: httpx.Response(200, content=content, headers={"content-type": media_type})]
    )
    with pytest.raises(ApiProblem, match="unreadable_answer"):
        await waiting.cases.get("case_1")
    with pytest.raises(ApiProblem, match="unreadable_answer"):
        plain.cases.get("case_1")


async def test_a_refused_token_is_asked_for_again() -> None:
    tokens = iter(["old", "new", "new"])
    refused = problem(401, code="token_expired")
    waiting, _, seen = answering([refused, lambda _: httpx.Response(200, json={})], token=lambda: next(tokens))
    await waiting.me.get()
    assert [each.headers["authorization"] for each in seen] == ["Bearer old", "Bearer new"]


async def test_a_token_goes_to_the_gateway_alone() -> None:
    waiting, plain, seen = answering([lambda _: httpx.Response(200, json={})], token="secret")
    for path in ("//evil.example/v1/me", "https://evil.example/", "/\\evil.example", "v1/me"):
        with pytest.raises(ValueError, match="has no host"):
            await waiting.request("GET", path)
    for name in ("..", ".", ""):
        with pytest.raises(ValueError, match="not the name"):
            plain.cases.get(name)
    assert seen == []
    await waiting.on_behalf_of("mnd_1").cases.get("a/b?c")
    assert (seen[0].headers["mandate"], seen[0].url.raw_path) == ("mnd_1", b"/v1/cases/a%2Fb%3Fc")


def verdict(body: str, headers: dict[str, str], secrets: str | list[str], now: float) -> str:
    try:
        return str(verify_webhook(body.encode(), headers, secrets, now=now)["type"])
    except WebhookInvalid as error:
        return str(error)


def test_webhooks_are_taken_from_the_gateway_alone() -> None:
    headers, other = signed(), "whsec_b3RoZXI="
    assert [
        verdict(BODY, headers, SECRET, NOW),
        verdict(BODY, headers, [other, SECRET], NOW),
        verdict(BODY.replace("case_1", "case_2"), headers, SECRET, NOW),
        verdict(BODY, headers | {"webhook-id": "msg_other"}, SECRET, NOW),
        verdict(BODY, headers | {"webhook-signature": "v1,Zm9yZ2Vk v1,%%% v2,x"}, SECRET, NOW),
        verdict(BODY, headers, other, NOW),
        verdict(BODY, headers, SECRET, NOW + 301),
        verdict(BODY, headers, SECRET, NOW - 301),
        verdict(BODY, headers | {"webhook-timestamp": "1e9"}, SECRET, NOW),
    ] == VERDICTS
    assert verdict(BODY, {}, SECRET, NOW) == "the header webhook-id is missing"


def test_every_operation_has_a_method_in_each_client() -> None:
    wanted = {
        (verb.upper(), path)
        for path, item in description()["paths"].items()
        for verb, operation in item.items()
        if verb in ("get", "post", "put", "patch", "delete") and not operation.get("deprecated")
    }
    assert len(wanted) > 60
    for prefix in ("Async", ""):
        held = {
            tuple(found.groups())
            for name, kind in vars(mre_services.resources).items()
            if isinstance(kind, type)
            and name.startswith("Async") == bool(prefix)
            and name not in ("AsyncCalls", "Calls")
            for method in vars(kind).values()
            if (found := re.search(r"`([A-Z]+) (/\S*)`$", getattr(method, "__doc__", None) or ""))
        }
        assert held == wanted, prefix
    resources = (PACKAGE / "src" / "resources.ts").read_text(encoding="utf-8")
    assert set(re.findall(r"`([A-Z]+) (/\S*)` \*/", resources)) == wanted
