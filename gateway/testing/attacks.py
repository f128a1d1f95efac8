"""Play a call again, in process, with other answers: of somebody else on the way, broken, late, about another demand.

In process, because what arrives here is what the outbound layers hand to a connector in any case: an answer read whole,
or one of the errors of `httpx`. An answer that drips is cut off by the budget layer as `ReadTimeout`, and one that
breaks off is a `ReadError`: the connector cannot tell them from those raised here. The client is the gateway's own, so
that what it refuses by itself, such as members of one name twice, is refused here too.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from gateway.connectors.contract import Connector, Portal, PortalError, Refused, operations
from gateway.connectors.registry import LoadedPlugin
from gateway.outbound.client import LayeredClient
from gateway.outbound.layer import USER_AGENT
from gateway.secret import Secret
from gateway.testing.exchanges import FOLDER, read_recording, typed
from gateway.testing.rehearsal import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What comes back for one request: an answer, or an error of the way."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: type[httpx.TransportError] | None = None

    def built(self, request: httpx.Request) -> httpx.Response:
        if self.error is not None:
            raise self.error("the kit's", request=request)
        return httpx.Response(self.status, headers=dict(self.headers), content=self.body, request=request)


BAD: Final = (
    GivenAnswer(status=200, body=b"{}"),
    GivenAnswer(status=404, body=b'{"error": "kit-word", "message": "kit"}'),
    GivenAnswer(status=422, body=b'{"error": {"code": 1}}'),
    GivenAnswer(status=500, body=b"<html>"),
)
"""Of somebody else, in four kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A call that came to an end by the portal's word, with all that is needed to play it again."""

    where: str
    """In findings: the recording, or the operation at the stand-in."""
    operation: str
    args: tuple[Any, ...]
    words: Mapping[str, Any]
    answers: tuple[GivenAnswer, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    result: Any = None
    """What it came to; unset for a recording that was not played."""
    refused: bool = False
    """The portal said no."""


@dataclass(slots=True)
class Played:
    """What came of it."""

    result: Any = None
    error: Exception | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    heard: bool = False
    """The answer of the attack was asked for."""

    def wrong(self) -> str:
        """What is wrong with it if the answer was not the portal's word; empty if nothing, or if nothing was asked:
        then it is no reading of the answer."""
        if not self.heard:
            return ""
        if isinstance(self.error, Refused):
            return f"Refused({self.error.code!r}), which ends a case"
        if self.error is None:
            return f"came to the result {msgspec.to_builtins(self.result)!r:.200}"
        return ""


def scene_of(call: Call) -> Scene:
    answers = (
        GivenAnswer(status=each.response.status_code, headers=_kept(each.response.headers), body=each.response.content)
        for each in call.turns
    )
    return Scene(
        where=f"sandbox/ `{call.name}`",
        operation=call.name,
        args=call.args,
        words=call.words,
        answers=tuple(answers),
        result=call.result,
        refused=isinstance(call.error, Refused),
    )


def recorded_scenes(plugin: LoadedPlugin, values: Mapping[str, str], paths: Iterable[Path]) -> Iterator[Scene]:
    """Of these recordings those that come to an end over the wire by the portal's word: a result or a refusal."""
    for path in paths:
        try:
            recorded = read_recording(path, values)
            method = getattr(plugin.connector_class, recorded.operation)
            arguments = typed_of(method, recorded.arguments)
        except (msgspec.MsgspecError, UnicodeDecodeError, AttributeError, TypeError):
            continue  # `exchanges` says so
        refused = recorded.error is not None and recorded.error.type == "Refused"
        if (recorded.error is not None and not refused) or not recorded.wire:
            continue
        built = (each.response.built() for each in recorded.wire)
        yield Scene(
            where=f"{FOLDER}/{path.name}",
            operation=recorded.operation,
            args=(),
            words=arguments,
            answers=tuple(GivenAnswer(status=r.status_code, headers=_kept(r.headers), body=r.content) for r in built),
            options=recorded.options,
            refused=refused,
        )


def typed_of(method: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name in the contract's types, for a method that is not bound yet."""
    bound = method.__get__(object(), object) if inspect.isfunction(method) else method
    return typed(bound, arguments)


def _kept(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("content-length", "transfer-encoding")}


class _Answering(httpx.AsyncBaseTransport):
    """The portal's part: so many good answers, then `after` for ever."""

    def __init__(
        self, first: tuple[GivenAnswer, ...], after: Callable[[httpx.Request], GivenAnswer] | None, played: Played
    ):
        self._answers, self._after, self._played = list(first), after, played

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._played.requests.append(request)
        if self._answers:
            return self._answers.pop(0).built(request)
        self._played.heard = True
        if self._after is None:
            raise httpx.ReadError("no more answers", request=request)
        return self._after(request).built(request)


async def play(
    plugin: LoadedPlugin,
    scene: Scene,
    values: Mapping[str, str],
    *,
    first: tuple[GivenAnswer, ...] | None = None,
    after: GivenAnswer | Callable[[httpx.Request], GivenAnswer] | None = None,
    words: Mapping[str, Any] | None = None,
    args: tuple[Any, ...] | None = None,
) -> Played:
    """Call the scene's operation. `first` are answers before the attack, by default all of the scene's; `after` is
    given for every further request."""
    played = Played()
    answering = after if callable(after) or after is None else (lambda _: after)
    wire = _Answering(scene.answers if first is None else first, answering, played)
    connector = connector_on(plugin, wire, values, scene.options)
    try:
        method: Callable[..., Any] = getattr(connector, scene.operation)
        returned = method(*(scene.args if args is None else args), **(scene.words if words is None else words))
        played.result = await returned if isinstance(returned, Awaitable) else returned
    except PortalError as problem:
        played.error = problem
    except Exception as problem:  # the core takes whatever else it is for an answer that nobody expected
        played.error = problem
    return played


def connector_on(
    plugin: LoadedPlugin,
    wire: httpx.AsyncBaseTransport,
    values: Mapping[str, str],
    options: Mapping[str, str] | None = None,
) -> Connector:
    """A new connector with `wire` for a portal. Only one of a plugin is in use at a time."""
    base = f"https://{plugin.manifest.id.replace('_', '-')}.invalid"
    relay, client = _client(base)
    relay.wire = wire
    portal = Portal(
        id=plugin.manifest.id,
        http=client,
        secrets={name: Secret(value) for name, value in values.items()},
        options={**plugin.options(), **(options or {})},
        callback_url=f"https://gateway.invalid/callbacks/{plugin.manifest.id}",
        public_base_url=base,
    )
    return plugin.connector_class(portal)


class _Relay(httpx.AsyncBaseTransport):
    """Whatever plays the portal at this moment: making a client costs as much as a call."""

    wire: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.wire.handle_async_request(request)


@cache
def _client(base: str) -> tuple[_Relay, LayeredClient]:
    relay = _Relay()
    return relay, LayeredClient(relay, base_url=httpx.URL(base), user_agent=USER_AGENT)


def covers(plugin: LoadedPlugin, scenes: list[Scene]) -> list[Scene]:
    """One scene of each operation that the connector has."""
    declared = operations(plugin.connector_class)
    found: dict[str, Scene] = {}
    for each in scenes:
        if each.operation in declared:
            found.setdefault(each.operation, each)
    return list(found.values())
