"""`mre_services/models.py`, by datamodel-code-generator, and `mre_services/resources.py`."""

from __future__ import annotations

import json
import keyword
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from clients.generator.header import python_header
from clients.generator.operations import STREAM, Method, Parameter, Schema, plain_schemas

_OPTIONS: Final = (
    "--input-file-type=openapi",
    "--openapi-scopes=schemas",
    "--output-model-type=typing.TypedDict",
    "--target-python-version=3.11",
    "--use-standard-collections",
    "--use-union-operator",
    "--enum-field-as-literal=all",
    "--use-schema-description",
    "--disable-timestamp",
    "--disable-future-imports",
    "--keep-model-order",
    *("--formatters", "builtin"),
)
_BINARY: Final = ("*/*", "application/pdf", "image/png")


def models(description: dict[str, Any], subject: str) -> str:
    """A `TypedDict` for each object of the description: what came is a plain `dict`, whatever else is in it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "models.py")
        source.write_text(json.dumps(plain_schemas(description)), encoding="utf-8")
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "datamodel_code_generator", "--input", source, "--output", target, *_OPTIONS],
            check=True,
        )
        return _formatted(python_header(subject) + _without_comment(target.read_text(encoding="utf-8")))


def _without_comment(text: str) -> str:
    return text[text.index("\nfrom ") :]


def _formatted(text: str) -> str:
    for command in (["check", "--fix-only", "--select", "I,UP", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", "clients/python/mre_services/made.py", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text


def resources(methods: list[Method], subject: str) -> str:
    """The resources of both clients, each method twice: with `async` and without."""
    lines = [
        python_header(subject),
        "from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence",
        "from datetime import date, datetime",
        "from typing import Any, Literal",
        "",
        "from mre_services import models",
        "from mre_services.calls import AsyncCalls, Calls, Download, segment",
        "",
    ]
    grouped = [(name, list(each)) for name, each in groupby(methods, key=lambda each: each.resource)]
    for prefix, calls in (("Async", "AsyncCalls"), ("", "Calls")):
        for resource, own in grouped:
            lines += [f"class {prefix}{_title(resource)}:", f"    def __init__(self, calls: {calls}) -> None:"]
            lines += ["        self._calls = calls", ""]
            for method in own:
                lines += _method(method, prefix == "Async")
        lines += [f"class {prefix}Resources:", f"    def __init__(self, calls: {calls}) -> None:"]
        lines += [f"        self.{name} = {prefix}{_title(name)}(calls)" for name, _ in grouped] + [""]
    return _formatted("\n".join(lines))


def _title(resource: str) -> str:
    return resource.capitalize()


def _method(method: Method, is_async: bool) -> Iterator[str]:
    arguments = _arguments(method)
    wait, start = ("await ", "async def") if is_async else ("", "def")
    kind = "AsyncIterator" if is_async else "Iterator"
    events = "AsyncGenerator[models.CaseEvent, None]" if is_async else "Generator[models.CaseEvent, None, None]"
    stream = method.media_type == STREAM
    result = events if stream else _result(method)
    path = method.path
    for each in method.path_parameters:
        path = path.replace(f"{{{each.name}}}", f"{{segment({_argument(each.name)})}}")
    sent = [f'"{method.verb}"', f'f"{path}"' if "{" in path else f'"{path}"']
    yield f"    {'def' if stream else start} {method.name}({', '.join(['self', *arguments])}) -> {result}:"
    yield f'        """{_summary(method)}"""'
    if stream:
        sent = [sent[1], _table("params", method.query), *_mandated(method)]
        yield f"        return self._calls.stream({', '.join(sent)})"
        return
    sent += [_table("params", method.query)] if method.query else []
    if method.body:
        sent.append(_table("body", method.members))
    if method.multipart:
        sent.append("file=(name, file, media_type)")
    if method.headers:
        sent.append(_table("headers", method.headers))
    if method.keyed:
        sent.append("idempotency_key=idempotency_key")
    sent += _mandated(method)
    call = "download" if result == "Download" else "text" if result == "str" else "json"
    if not _is_json(method):
        sent.append(f'accept="{method.media_type}"')
    if call == "json":
        yield f"        found: {result} = {wait}self._calls.json({', '.join(sent)})"
        yield "        return found"
    else:
        yield f"        return {wait}self._calls.{call}({', '.join(sent)})"
    yield ""
    if method.each:
        yield from _each(method, kind)


def _each(method: Method, kind: str) -> Iterator[str]:
    arguments = [each for each in _arguments(method) if not each.startswith("cursor")]
    given = [_argument(each.name) for each in method.path_parameters]
    given += [f"{name}={name}" for each in method.query if (name := _argument(each.name)) != "cursor"]
    entry = _ENTRIES[method.result["$ref"]]
    yield f"    def {method.each}({', '.join(['self', *arguments])}) -> {kind}[{entry}]:"
    yield f'        """All of `{method.name}`, page after page."""'
    yield f"        return self._calls.pages(self.{', '.join([method.name, *given])})"
    yield ""


_ENTRIES: dict[str, str] = {}


def remember_entries(description: dict[str, Any]) -> None:
    """What the pages hold."""
    for name, schema in description["components"]["schemas"].items():
        entry = schema.get("properties", {}).get("data", {}).get("items", {}).get("$ref")
        if entry:
            _ENTRIES[f"#/components/schemas/{name}"] = f"models.{entry.rpartition('/')[2]}"


def _mandated(method: Method) -> list[str]:
    return ["mandated=True"] if method.mandated else []


def _table(name: str, parameters: tuple[Parameter, ...]) -> str:
    entries = (f'"{each.name}": {_argument(each.name)}' for each in parameters)
    return f"{name}={{{', '.join(entries)}}}"


def _arguments(method: Method) -> list[str]:
    """First the path, then what has to be there; from the third on only by name."""
    needed = [each for each in (*method.query, *method.members) if each.required]
    open_ = [each for each in (*method.query, *method.members, *method.headers) if not each.required]
    found = [
        f"{_argument(each.name)}: str" if each.schema.get("type") != "integer" else f"{_argument(each.name)}: int"
        for each in method.path_parameters
    ]
    if method.multipart:
        return [
            *found,
            "file: bytes",
            "*",
            'name: str = "file"',
            'media_type: str = "application/octet-stream"',
            "idempotency_key: str | None = None",
        ]
    by_place = len(needed) <= 2
    named = [f"{_argument(each.name)}: {_type(each.schema)}" for each in needed]
    named_open = [f"{_argument(each.name)}: {_optional(_type(each.schema))} = None" for each in open_]
    if method.keyed:
        named_open.append("idempotency_key: str | None = None")
    found += named if by_place else []
    rest = ([] if by_place else named) + named_open
    return [*found, *(["*", *rest] if rest else [])]


def _optional(kind: str) -> str:
    return kind if kind.endswith("| None") else f"{kind} | None"


def _argument(name: str) -> str:
    name = name.lower().replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def _result(method: Method) -> str:
    if _is_json(method):
        return _type(method.result)
    return "Download" if method.media_type in _BINARY else "str"


def _is_json(method: Method) -> bool:
    return method.media_type == "application/json"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"Sequence[{_type(schema['items'])}]"
    simple = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
    moment = {"date": "str | date", "date-time": "str | datetime"}
    if kind == "string" and schema.get("format") in moment:
        return moment[schema["format"]]
    return simple.get(str(kind), "Mapping[str, Any]")


def _summary(method: Method) -> str:
    return f"{method.summary.rstrip('.')}. `{method.verb} {method.path}`"
