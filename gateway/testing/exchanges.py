"""Recorded exchanges: what the connector sends, what the portal answers, what comes out. No portal is asked.

One JSON file each in `exchanges/`:

    {
      "about": "An order is accepted",
      "operation": "file",
      "arguments": {"filing": {"case_id": "...", "key": "...", "service": "...", "form": {}}},
      "wire": [
        {
          "request": {"method": "POST", "path": "/orders", "json": {"client_reference": "..."}},
          "response": {"status": 201, "json": {"order": "W-1", "status": "CREE"}}
        }
      ],
      "result": {"reference": "W-1", "progress": {"status": "received"}}
    }

`arguments` are by name, in the contract's types. A request names what must be there (`query`, `headers`, `json`,
`form`, `text`, `parts`, `xml`); what it does not name is free, except `method` and `path`. `parts` are those of a
multipart message, in order: each has a `name`, and may have `filename`, `media_type`, `json`, `text`, `base64`. A
response has `status`, `headers` and one of `json`, `text`, `base64`, `xml`. `xml` is a list of lines; all of it is
compared, whatever its prefixes, indentation and order of attributes. The end is `result`, of which every member must
be in what the method returned, or `"error": {"type": "Refused", "code": "...", "fields": {}}`. `options` may override
the manifest's.
`$secret:name` in any text stands for the value of that secret.
"""

from __future__ import annotations

import base64
import inspect
import json
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, Final, Literal, get_type_hints
from urllib.parse import parse_qsl, quote

import httpx
import msgspec

from gateway.connectors.contract import Attachment, Connector, Filing, Portal, PortalError, Slot
from gateway.connectors.contract_checks import implemented
from gateway.connectors.error_place import as_raised, place
from gateway.connectors.registry import LoadedPlugin
from gateway.secret import Secret
from gateway.testing.findings import Finding, error

FOLDER = "exchanges"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    filename: str | None = None
    media_type: str | None = None
    json: Any = msgspec.UNSET
    text: str | None = None
    base64: str | None = None


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    form: dict[str, str] | None = None
    text: str | None = None
    parts: list[Part] | None = None
    xml: list[str] | None = None


class Response(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: int = 200
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    text: str | None = None
    base64: str | None = None
    xml: list[str] | None = None

    def built(self) -> httpx.Response:
        headers = dict(self.headers)
        if self.json is not msgspec.UNSET:
            headers.setdefault("content-type", "application/json")
            body = msgspec.json.encode(self.json)
        elif self.base64 is not None:
            body = base64.b64decode(self.base64)
        elif self.xml is not None:
            body = "\n".join(self.xml).encode()
        else:
            body = (self.text or "").encode()
        return httpx.Response(self.status, headers=headers, content=body)


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    request: Request
    response: Response


class Failure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["Refused", "Unavailable", "ServerFailed", "NotYet", "Unknown"]
    code: str
    fields: dict[str, str] = {}


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    operation: str
    arguments: dict[str, Any] = {}
    wire: list[Turn] = []
    result: Any = msgspec.UNSET
    error: Failure | None = None
    options: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one recording that was played against the connector."""

    path: Path
    findings: list[Finding] = field(default_factory=list)
    """None: it came out as recorded."""
    way: Literal["", "requests", "end"] = ""
    """What is otherwise than recorded; empty for a recording that makes no sense."""


class _Mismatch(Exception):
    """The connector sent something else than was recorded."""


def recordings(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.json"))


def coverage(plugin: LoadedPlugin) -> Iterator[Finding]:
    """Every operation that the connector has code for was recorded at least once."""
    seen = set()
    for path in recordings(plugin.folder):
        try:
            seen.add(json.loads(path.read_bytes())["operation"])
        except (ValueError, KeyError, TypeError):
            continue  # replaying it says so
    for name in implemented(plugin.connector_class):
        if name not in seen:
            yield error("exchanges", f"{FOLDER}/", f"nothing recorded for `{name}`", f"add {FOLDER}/{name}-….json")


async def replay(plugin: LoadedPlugin, path: Path) -> list[Finding]:
    """Play one recording against the connector and compare."""
    return (await replayed(plugin, path)).findings


async def replayed(plugin: LoadedPlugin, path: Path) -> Replayed:
    """The same, and in which way it came out otherwise."""
    where = f"{FOLDER}/{path.name}"
    values = {name: f"kit-{name}-{secrets.token_hex(12)}" for name in plugin.manifest.secrets}
    try:
        recorded = read_recording(path, values)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        remedy = "gateway/testing/exchanges.py has the format"
        return Replayed(path, [error("exchange", where, f"cannot be read: {problem}", remedy)])
    if (recorded.result is msgspec.UNSET) == (recorded.error is None):
        return Replayed(path, [error("exchange", where, "has no single end", "give `result` or `error`, and not both")])
    wire = _Wire(recorded.wire)
    async with connector_for(plugin, wire, values, recorded.options) as connector:
        problems = await _call(connector, recorded, plugin.folder)
    unmade = [f"the request {each.request.method} {each.request.path} was not made" for each in wire.turns]
    sent = wire.problems or ([] if problems else unmade)
    told = [error("exchange", where, each, "correct the connector, or the recording") for each in sent or problems]
    return Replayed(path, told, "requests" if sent else "end" if told else "")


@asynccontextmanager
async def connector_for(
    plugin: LoadedPlugin,
    wire: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]],
    values: Mapping[str, str],
    options: Mapping[str, str],
) -> AsyncIterator[Connector]:
    """The plugin's connector with `wire` for a portal; `values` are its secrets."""
    base_url = f"https://{plugin.manifest.id}.invalid"
    async with httpx.AsyncClient(transport=httpx.MockTransport(wire), base_url=base_url) as client:
        yield plugin.connector_class(
            Portal(
                id=plugin.manifest.id,
                http=client,
                secrets={name: Secret(value) for name, value in values.items()},
                options={**plugin.options(), **options},
                callback_url=f"https://gateway.invalid/callbacks/{plugin.manifest.id}",
                public_base_url=base_url,
            )
        )


class _Wire:
    """The portal's part: answers what was recorded, in order."""

    def __init__(self, turns: list[Turn]) -> None:
        self.turns = list(turns)
        self.problems: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        made = f"{request.method} {request.url.path}"
        if not self.turns:
            self.problems.append(f"{made} was not recorded")
            raise _Mismatch(made)
        turn = self.turns.pop(0)
        differences = list(_differences(turn.request, request, await request.aread()))
        if differences:
            self.problems += [f"{made}: {each}" for each in differences]
            raise _Mismatch(made)
        return turn.response.built()


async def _call(connector: Connector, recorded: Recorded, folder: Path) -> list[str]:
    """What is wrong with what came of it."""
    method = getattr(connector, recorded.operation, None)
    if not callable(method):
        return [f"there is no operation {recorded.operation!r}"]
    try:
        arguments = typed(method, recorded.arguments)
    except (msgspec.ValidationError, TypeError) as problem:
        return [f"arguments: {problem}"]
    try:
        returned = method(**arguments)
        value = msgspec.to_builtins(await returned if inspect.isawaitable(returned) else returned)
    except _Mismatch:
        return []
    except PortalError as raised:
        return list(_failure_differences(recorded.error, raised))
    except Exception as raised:  # whatever a connector raises is a finding
        return [f"raised {told(raised, folder)}"]
    said = json.dumps(value, ensure_ascii=False)
    if recorded.error is not None:
        return [f"returned {said}, not {recorded.error.type}({recorded.error.code!r})"]
    return list(_missing(recorded.result, value, "result"))


def typed(method: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded arguments in the contract's types, as the gateway passes them. Raises `TypeError` and
    `msgspec.ValidationError`."""
    inspect.signature(method).bind(**arguments)
    hints = get_type_hints(method)
    made = {name: msgspec.convert(value, hints.get(name, Any), strict=False) for name, value in arguments.items()}
    if method.__name__ == Filing.act.name and isinstance(given := made.get("answer"), dict):
        made["answer"] = {
            name: msgspec.convert(value, _IN_ANSWERS.get(name, Any), strict=False) for name, value in given.items()
        }
    return made


_IN_ANSWERS: Final[Mapping[str, Any]] = {"attachments": list[Attachment], "slot": Slot}
"""What the answer to `Filing.act` holds besides texts; its signature says no more than that it is an object."""


def told(problem: BaseException, folder: Path) -> str:
    """What a connector raised, and at which line of its author's."""
    kind, found = as_raised(problem), place(problem, folder)
    what = f"{type(kind).__name__}: {kind}" if str(kind) else type(kind).__name__
    if isinstance(kind, StopIteration | StopAsyncIteration):
        what = f"{type(kind).__name__}: `next` found nothing, and was given no default"
    if found is None:
        return what
    path, line = found
    return f"{what}, at {path.relative_to(folder) if path.is_relative_to(folder) else path}:{line}"


def _failure_differences(wanted: Failure | None, raised: PortalError) -> Iterator[str]:
    got = f"{type(raised).__name__}({raised.code!r})"
    if wanted is None:
        yield f"raised {got}"
        return
    if (type(raised).__name__, raised.code) != (wanted.type, wanted.code):
        yield f"raised {got}, not {wanted.type}({wanted.code!r})"
    yield from _missing(wanted.fields, raised.fields, "error.fields")


def _differences(wanted: Request, made: httpx.Request, body: bytes) -> Iterator[str]:
    if (made.method, made.url.path) != (wanted.method, wanted.path):
        yield f"recorded was {wanted.method} {wanted.path}"
        return
    yield from _missing(wanted.query, dict(made.url.params), "query")
    yield from _missing({k.lower(): v for k, v in wanted.headers.items()}, dict(made.headers), "headers")
    if wanted.json is not msgspec.UNSET:
        try:
            yield from _missing(wanted.json, msgspec.json.decode(body), "json")
        except msgspec.DecodeError:
            yield "the body is not JSON"
    if wanted.form is not None:
        sent = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        yield from _missing(wanted.form, sent, "form")
    if wanted.text is not None and body != wanted.text.encode():
        yield "the body is another text"
    if wanted.parts is not None:
        yield from _part_differences(wanted.parts, made.headers.get("content-type", ""), body)
    if wanted.xml is not None:
        yield from _xml_differences("\n".join(wanted.xml).encode(), body)


def _part_differences(wanted: list[Part], content_type: str, body: bytes) -> Iterator[str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    made = list(message.iter_parts())
    if len(made) != len(wanted):
        yield f"the body has {len(made)} parts, not {len(wanted)}"
        return
    for index, (want, part) in enumerate(zip(wanted, made, strict=True)):
        at = f"parts[{index}]"
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        yield from _missing(want.name, part.get_param("name", header="content-disposition"), f"{at}.name")
        if want.filename is not None:
            yield from _missing(want.filename, part.get_filename(), f"{at}.filename")
        if want.media_type is not None:
            yield from _missing(want.media_type, part.get_content_type(), f"{at}.media_type")
        if want.json is not msgspec.UNSET:
            try:
                yield from _missing(want.json, msgspec.json.decode(content), f"{at}.json")
            except msgspec.DecodeError:
                yield f"{at} is not JSON"
        if want.text is not None and content != want.text.encode():
            yield f"{at} is another text"
        if want.base64 is not None and content != base64.b64decode(want.base64):
            yield f"{at} has other bytes"


def _xml_differences(wanted: bytes, sent: bytes) -> Iterator[str]:
    from lxml import etree  # few portals speak XML

    from gateway.safe_xml import XmlRefused, parse

    try:
        first, second = (
            etree.canonicalize(etree.tostring(parse(each)).decode(), strip_text=True, rewrite_prefixes=True)
            for each in (wanted, sent)
        )
    except XmlRefused as refused:
        yield f"the body or the recording is not XML: {refused.reason}"
        return
    if first != second:
        at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
        around = slice(max(0, at - 60), at + 60)
        yield f"the XML differs: recorded …{first[around]}…, sent …{second[around]}…"


def _missing(wanted: Any, got: Any, at: str) -> Iterator[str]:
    """Every member of `wanted` is in `got`; lists have the same length."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name, value in wanted.items():
            if name in got:
                yield from _missing(value, got[name], f"{at}.{name}")
            else:
                yield f"{at}.{name} is missing"
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _missing(one, other, f"{at}[{index}]")
    elif wanted != got:
        yield f"{at} is {json.dumps(got, ensure_ascii=False)}, not {json.dumps(wanted, ensure_ascii=False)}"


def read_recording(path: Path, values: Mapping[str, str]) -> Recorded:
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"$secret:{name}", value)
    return msgspec.json.decode(text, type=Recorded)


def leaks(value: str, text: str) -> bool:
    """Plain, Base64, hex or percent-encoded."""
    raw = value.encode()
    shapes = (value, base64.b64encode(raw).decode().rstrip("="), raw.hex(), quote(value, safe=""))
    return any(shape.lower() in text.lower() for shape in shapes)
