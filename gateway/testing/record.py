"""Make exchanges from a run against the stand-in: `mre-gateway connector record`.

The stand-in is taken through what its portal does (a demand is filed and followed to its end, a parcel carried, a fee
paid), on a clock that stands still between the steps. What the connector sent and what was answered becomes one file a
step, without what the layers below add: credentials, signatures. A secret's value is written as `$secret:name`, and a
file in which it is in another shape is not written. Each exchange is replayed with other secrets first; members that
come out otherwise, such as a signature over the time, are left out.
"""

from __future__ import annotations

import base64
import inspect
import json
import secrets
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx
import msgspec

from gateway.connectors.contract import Connector, Operation, PortalError
from gateway.connectors.registry import LoadedPlugin
from gateway.testing.exchanges import (
    FOLDER,
    Recorded,
    Response,
    connector_for,
    leaks,
    recordings,
    replay,
    told,
    typed,
)
from gateway.testing.harness import Harness, harness

BEGINS: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The stand-in's clock in every run: a Monday."""
KEPT: Final = ("etag", "idempotency-key", "if-match", "location", "prefer", "retry-after", "www-authenticate")
"""Headers that mean something to a connector, beside those that begin with `x-`."""
NOT_THE_PORTALS: Final = ("portal_answer_unexpected", "portal_failed", "portal_denied_gateway", "connector_failed")
"""Codes of answers that are no word of a portal's: nothing to be kept."""
SENSITIVE: Final = ("authorization", "cookie", "set-cookie", "x-request-id", "x-correlation-id")

Json = dict[str, Any]


class NotRecorded(Exception):
    """Nothing was written; the text says why."""


@dataclass(slots=True)
class Recording:
    """One file of `exchanges/`, before it is one."""

    name: str
    about: str
    operation: str
    arguments: Json
    wire: list[Json]
    end: Json
    """`{"result": ...}` or `{"error": ...}`."""

    def says(self) -> tuple[str, ...]:
        """What is told to a person by it: status and reason of a demand; of a refusal code and the portal's word."""
        if "error" in self.end:
            answer = self.wire[-1]["response"].get("json") if self.wire else None
            said = answer if isinstance(answer, dict) else {}
            return self.end["error"]["code"], str(said.get("error") or said.get("code") or "")
        result = self.end.get("result")
        progress = result.get("progress", result) if isinstance(result, dict) else {}
        return str(progress.get("status", "")), str(progress.get("reason", ""))

    def document(self) -> Json:
        first: Json = {"about": self.about, "operation": self.operation, "arguments": self.arguments}
        return first | ({"wire": self.wire} if self.wire else {}) | self.end


@dataclass(slots=True)
class Recorder:
    """Calls the connector and keeps what went over the wire. Of exchanges that say the same the first counts."""

    found: Harness
    made: dict[str, Recording] = field(default_factory=dict)
    left_out: dict[str, Recording] = field(default_factory=dict)
    """What the stand-in answered otherwise than its portal would, by its web server's own page say."""
    said: list[str] = field(default_factory=list)
    """For each exchange, in order, the one of `made` that says it."""

    async def call(self, operation: Operation[..., Any], name: str, about: str, **arguments: Any) -> Any:
        """What the operation returned, or the error that it raised. `name` comes after the operation's."""
        turns: list[Json] = []
        portal = self.found.connector.portal
        transport = _RecordingTransport(portal.http, turns)
        headers = {"accept-encoding": "identity"}
        async with httpx.AsyncClient(transport=transport, base_url=portal.http.base_url, headers=headers) as client:
            callback = portal.callback_url.replace("http://", "https://")
            own = self.found.plugin.connector_class(replace(portal, http=client, callback_url=callback))
            try:
                given, named = _in_order(operation, arguments)
                value = await replace(self.found, connector=own).call(operation, *given, **named)
                end: Json = {"result": msgspec.to_builtins(value)}
            except PortalError as problem:
                value = problem
                end = {"error": {"type": type(problem).__name__, "code": problem.code}}
                if problem.fields:
                    end["error"]["fields"] = problem.fields
        made = Recording(name, about, operation.name, msgspec.to_builtins(arguments), turns, end)
        if end.get("error", {}).get("code") in NOT_THE_PORTALS:
            self.left_out.setdefault(f"{operation.name}-{name}", made)
        else:
            self.add(made)
        return value

    def add(self, exchange: Recording) -> None:
        """Keep it. One of a name that is taken, which says something else (another reason, another word of the
        portal's), gets that as a part of its name."""
        first = self.made.setdefault(f"{exchange.operation}-{exchange.name}", exchange)
        if exchange.says() != first.says():
            exchange.name = f"{exchange.name}-{file_word(exchange.says()[-1])}"
            self.made.setdefault(f"{exchange.operation}-{exchange.name}", exchange)
        self.said.append(f"{exchange.operation}-{exchange.name}")

    def pass_time(self, hours: float) -> None:
        self.found.host.clock.set(speed=0.0, advance=hours * 3600)


Tour = Callable[[Recorder], Awaitable[None]]


async def record(plugin: LoadedPlugin, tour: Tour) -> tuple[dict[str, str], list[str]]:
    """The exchanges that a tour of the stand-in makes, file name -> text; and those that were left out, with the code
    of the error. Raises `NotRecorded`, `NoSandbox`."""
    async with harness(plugin) as found:
        found.host.clock.stand_still(BEGINS)
        recorder = Recorder(found)
        try:
            await tour(recorder)
        except PortalError as problem:  # of a call that only leads to the next exchange
            raise NotRecorded(
                f"the stand-in does not go the whole way: {type(problem).__name__}: {problem}"
            ) from problem
        texts = {name: _text(exchange.document(), found) for name, exchange in recorder.made.items()}
        odd = {name: _text(exchange.document(), found) for name, exchange in recorder.left_out.items()}
    for text in odd.values():
        await _stable(plugin, text)  # which says so if it was the connector that failed
    made = {f"{name}.json": await _stable(plugin, text) for name, text in texts.items()}
    return made, [f"{name}: {each.end['error']['code']}" for name, each in recorder.left_out.items()]


def write(texts: Mapping[str, str], plugin: Path, *, again: bool = False) -> Iterator[tuple[Path, bool]]:
    """Write the files into the plugin's `exchanges/`; one that is there is left alone unless `again`. Path, and whether
    it was written."""
    folder = plugin / FOLDER
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        path = folder / name
        wanted = again or not path.exists()
        if wanted:
            path.write_text(text, encoding="utf-8")
        yield path, wanted


async def outdated(plugin: LoadedPlugin, written: Container[str]) -> list[Path]:
    """Recordings that the connector does not replay any more, other than the files of these names, which are written
    anew."""
    return [each for each in recordings(plugin.folder) if each.name not in written and await replay(plugin, each)]


def file_word(text: str) -> str:
    """A portal's word as a part of a file's name."""
    return "".join(each.lower() if each.isalnum() else "-" for each in text).strip("-") or "empty"


class _RecordingTransport(httpx.AsyncBaseTransport):
    def __init__(self, client: httpx.AsyncClient, turns: list[Json]) -> None:
        self._client, self._turns = client, turns

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        answer = await self._client.send(request)
        content = await answer.aread()
        self._turns.append({"request": _request(request, body), "response": _response(answer, content)})
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def _request(request: httpx.Request, body: bytes) -> Json:
    base = request.url.path
    made: Json = {"method": request.method, "path": base}
    if query := dict(request.url.params):
        made["query"] = query
    if headers := _headers(request.headers):
        made["headers"] = headers
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "multipart/form-data":
        made["parts"] = _parts(request.headers["content-type"], body)
    elif kind == "application/x-www-form-urlencoded":
        made["form"] = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    elif body:
        shown = _body(kind, body)
        made |= shown if "base64" not in shown else {}  # of bytes a request has nothing to compare
    return made


def _response(answer: httpx.Response, content: bytes) -> Json:
    kind = answer.headers.get("content-type", "")
    shown = _body(kind.partition(";")[0], content) if content else {}
    headers = _headers(answer.headers)
    if kind and "json" not in shown:
        headers["content-type"] = kind
    return {"status": answer.status_code, **({"headers": headers} if headers else {}), **shown}


def _body(kind: str, content: bytes) -> Json:
    if kind.endswith("json"):
        try:
            return {"json": json.loads(content)}
        except ValueError:
            pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    return {"xml": text.splitlines()} if kind.endswith("xml") else {"text": text}


def _parts(content_type: str, body: bytes) -> list[Json]:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    found = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        kind, named = part.get_content_type(), part.get_filename()
        about: Json = {"name": part.get_param("name", header="content-disposition"), "media_type": kind}
        found.append(about | ({"filename": named} if named else {}) | _body(kind, content))
    return found


def _headers(headers: httpx.Headers) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if (name in KEPT or name.startswith("x-")) and name not in SENSITIVE
    }


def _text(document: Json, found: Harness) -> str:
    portal = found.connector.portal
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    prefix = httpx.URL(portal.public_base_url).path
    text = text.replace(portal.public_base_url, f"https://{portal.id}.invalid").replace(
        f'"path": "{prefix}/', '"path": "/'
    )
    for name, secret in portal.secrets.items():
        value = secret.reveal()
        text = text.replace(value, f"$secret:{name}")
        if leaks(value, text):
            raise NotRecorded(f"the secret {name!r} is in an exchange of `{document['operation']}`, in another shape")
    return text


def _in_order(operation: Operation[..., Any], arguments: Json) -> tuple[list[Any], Json]:
    """Positions first, as the gateway calls: by them it knows which demand was asked about."""
    assert operation.method is not None  # of a capability
    positions = [
        name
        for name, each in list(inspect.signature(operation.method).parameters.items())[1:]
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    named = {name: value for name, value in arguments.items() if name not in positions}
    return [arguments[name] for name in positions], named


async def _stable(plugin: LoadedPlugin, text: str) -> str:
    """Without the members that come out otherwise when the exchange is replayed with other secrets."""
    values = {name: f"record-{name}-{secrets.token_hex(12)}" for name in plugin.manifest.secrets}
    document = json.loads(text)
    with_secrets = text
    for name, value in values.items():
        with_secrets = with_secrets.replace(f"$secret:{name}", value)
    recorded = msgspec.json.decode(with_secrets, type=Recorded)
    turns, sent = [each.response for each in recorded.wire], []

    async def wire(request: httpx.Request) -> httpx.Response:
        sent.append(_request(request, await request.aread()))
        return turns[len(sent) - 1].built()

    async with connector_for(plugin, wire, values, recorded.options) as connector:
        end = await _end(connector, recorded.operation, recorded.arguments, plugin.folder, turns)
    hidden = {value: f"$secret:{name}" for name, value in values.items()}
    for turn, made in zip(document.get("wire", ()), sent, strict=False):
        turn["request"] = _common(turn["request"], _replaced(made, hidden))
    for kind in ("result", "error"):
        if kind in document and kind in end:
            document[kind] = _common(document[kind], _replaced(end[kind], hidden))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


async def _end(connector: Connector, operation: str, arguments: Json, folder: Path, turns: Sequence[Response]) -> Json:
    method = getattr(connector, operation)
    try:
        value = method(**typed(method, arguments))
        return {"result": msgspec.to_builtins(await value if isinstance(value, Awaitable) else value)}
    except PortalError as problem:
        return {"error": {"type": type(problem).__name__, "code": problem.code, "fields": problem.fields}}
    except Exception as problem:  # whatever a connector raises is its author's to see
        when = "at what the stand-in answers" if turns else "before it sends anything"
        raise NotRecorded(f"`{operation}` fails {when}: {told(problem, folder)}") from problem


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    said = json.dumps(value, ensure_ascii=False)
    for old, new in texts.items():
        said = said.replace(old, new)
    return json.loads(said)


def _common(one: Any, other: Any) -> Any:
    """What is the same in both; of an object its members."""
    if isinstance(one, dict) and isinstance(other, dict):
        kept = {name: _common(value, other[name]) for name, value in one.items() if name in other}
        return {name: value for name, value in kept.items() if value is not _DIFFERS}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        kept_items = [_common(a, b) for a, b in zip(one, other, strict=True)]
        return _DIFFERS if any(each is _DIFFERS for each in kept_items) else kept_items
    return one if one == other else _DIFFERS


_DIFFERS: Final = object()
