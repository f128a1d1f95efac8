"""What each operation takes and answers besides its body: parameters, headers, the scope it needs, its errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.codes import CODES
from gateway.api.http.described import COMMON, problems_of
from gateway.api.http.route_rules import Agents, RouteRule, rule_of
from gateway.api.openapi.schemas import Schema
from gateway.api.reference.samples import samples_of
from gateway.auth.scopes import PORTAL_SCOPE

OAUTH: Final = "oauth"
PROBLEM: Final[Schema] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

PARAMETERS: Final[dict[str, Schema]] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "Language of texts: Arabic, French or English, and in the catalogue more; French by default.",
        "schema": {"type": "string", "examples": ["ar", "fr", "en"]},
    },
    "Mandate": {
        "name": "Mandate",
        "in": "header",
        "description": "Id of the person's mandate, for an agent's token: an agent does nothing without one. "
        "Nobody else may send it.",
        "schema": {"type": "string", "maxLength": 100, "examples": ["mnd_01k8z6v3p4q5r6s7t8v9w0x1y2"]},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Any unique text, nothing personal. The same key with the same request gives the first answer "
        "again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that the caller read: 412 if the case has changed since.",
        "schema": {"type": "string", "maxLength": 1000},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` that the caller has: 304 if nothing has changed.",
        "schema": {"type": "string", "maxLength": 1000},
    },
}

HEADERS: Final[dict[str, Schema]] = {
    "Call-Id": {"description": "Under this name the audit log knows the call.", "schema": {"type": "string"}},
    "Content-Language": {"description": "Language of the texts.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "Whether and how long it may be kept (RFC 9111).", "schema": {"type": "string"}},
    "ETag": {"description": "Version of the answer, for `If-None-Match`.", "schema": {"type": "string"}},
    "Location": {
        "description": "Where the new resource is.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotent-Replayed": {
        "description": "`true`: the first answer to this key, given again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Content-Disposition": {"description": "Name of the file (RFC 6266).", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}},
    "RateLimit-Policy": {
        "description": "How many calls the caller may make (`q`) within so many seconds (`w`), for each limit that the "
        "call counts in (draft-ietf-httpapi-ratelimit-headers-11).",
        "schema": {"type": "string", "examples": ['"person-read";q=200;w=10, "client-read";q=20000;w=10']},
    },
    "RateLimit": {
        "description": "How many of them are left (`r`), and for how many seconds (`t`).",
        "schema": {"type": "string", "examples": ['"person-read";r=199;t=1, "client-read";r=19873;t=1']},
    },
    "WWW-Authenticate": {
        "description": "What the token lacks (RFC 6750, RFC 9449, RFC 9470), and where to read about it (RFC 9728).",
        "schema": {"type": "string"},
    },
    "DPoP-Nonce": {"description": "For the next proof of the key (RFC 9449).", "schema": {"type": "string"}},
    "Deprecation": {
        "description": "Since when this route is deprecated (RFC 9745).",
        "schema": {"type": "string", "examples": ["@1798761600"]},
    },
    "Sunset": {
        "description": "From when on it may be gone (RFC 8594).",
        "schema": {"type": "string", "examples": ["Sat, 01 Jan 2028 00:00:00 GMT"]},
    },
    "Link": {"description": 'With `rel="next"`: where it goes on (RFC 8288).', "schema": {"type": "string"}},
    "Audit-Size": {
        "description": "How many records the checkpoint covers that the answer keeps to.",
        "schema": {"type": "integer", "minimum": 0},
    },
}

_RETRIED: Final = frozenset({"408", "409", "429", "502", "503", "504"})


def finish(operation: Schema, handler: BaseRouteHandler) -> None:
    """Complete what the framework derived from one route."""
    rule, codes = rule_of(handler), problems_of(handler)
    _parameters(operation, rule, codes)
    secured: list[Schema] = [{OAUTH: [each]} for each in rule.scopes]
    if rule.portal:
        secured.append({OAUTH: [PORTAL_SCOPE]})
    operation["security"] = [*secured, {}] if rule.or_anybody else secured
    _answers(operation, counted=rule.rate != "free")
    _errors(operation, codes)
    if samples := samples_of(operation["operationId"]):
        operation["x-codeSamples"] = [each._asdict() for each in samples]
    operation.pop("deprecated", None)
    if rule.deprecation is not None:
        operation["deprecated"] = True
        operation["description"] = f"{operation.get('description', '')}\n\n{rule.deprecation.sentence}".strip()
        for status, response in operation["responses"].items():
            if status.startswith(("2", "3")):
                response["headers"] = {**response["headers"], **_references(["Deprecation", "Sunset", "Link"])}


def _parameters(operation: Schema, rule: RouteRule, codes: Iterable[str]) -> None:
    found = []
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "Idempotency-Key":
            continue
        schema = parameter["schema"]
        if schema.get("oneOf", [])[1:] == [{"type": "null"}]:  # left out is how a parameter is null
            schema.update(schema.pop("oneOf")[0])
        if None in schema.get("enum", ()):
            schema.update(type="string", enum=[each for each in schema["enum"] if each is not None])
        schema.pop("description", None)
        if schema.get("default") == "":  # it is left out; some clients would send it
            del schema["default"]
        for limit in ("minimum", "maximum"):
            if limit in schema:
                schema[limit] = int(schema[limit])
        kept = ("name", "in", "description", "required", "schema")
        found.append({name: parameter[name] for name in kept if parameter.get(name) not in (None, False)})
    shared = []
    if "Idempotency-Key" in {each["name"] for each in operation.get("parameters", [])}:
        shared.append("IdempotencyKey")
    if "precondition_failed" in codes:
        shared.append("IfMatch")
    if "304" in operation["responses"]:
        shared.append("IfNoneMatch")
    if rule.agents in (Agents.WITH_MANDATE, Agents.EITHER):
        shared.append("Mandate")
    shared.append("AcceptLanguage")
    operation["parameters"] = [*found, *({"$ref": f"#/components/parameters/{each}"} for each in shared)]


def _answers(operation: Schema, *, counted: bool) -> None:
    responses = operation["responses"]
    for status in [status for status in responses if not status.startswith(("2", "3"))]:
        del responses[status]
    replayed = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    for status, response in responses.items():
        named = ["Call-Id", "Cache-Control", *sorted(response.pop("headers", {}))]  # Litestar gives a set
        named += ["RateLimit-Policy", "RateLimit"] if counted else []
        if status == "201" or replayed:
            named.append("Idempotent-Replayed")
        if status.startswith("2") and "application/json" in response.get("content", {}):
            named.append("Content-Language")
        response["headers"] = _references(named)
        response.pop("deprecated", None)
        if response.get("description", "").startswith(("Request fulfilled", "Document created")):
            response["description"] = operation["summary"]


def _errors(operation: Schema, codes: Iterable[str]) -> None:
    """One answer for each status, which names the codes that come with it."""
    by_status: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        by_status[str(CODES[code].status)].append(code)
    for status, listed in sorted(by_status.items()):
        shared = {"$ref": f"#/components/responses/{_phrase(status)}"}
        operation["responses"][status] = shared if COMMON.issuperset(listed) else _error(status, listed)
    operation["responses"]["default"] = {"$ref": "#/components/responses/Error"}


def responses() -> dict[str, Schema]:
    """The errors that many operations have in common, and the one for whatever is not named."""
    by_status: dict[str, list[str]] = defaultdict(list)
    for code in COMMON:
        by_status[str(CODES[code].status)].append(code)
    return {"Error": _ERROR, **{_phrase(status): _error(status, codes) for status, codes in sorted(by_status.items())}}


def _phrase(status: str) -> str:
    """`NotFound` of 404."""
    return "".join(HTTPStatus(int(status)).phrase.title().split())


def _error(status: str, codes: Iterable[str]) -> Schema:
    """The answer with this status, as it may come with these codes."""
    named = ["Call-Id", "Content-Language", "Cache-Control"]
    named += ["Retry-After"] if status in _RETRIED else []
    named += ["RateLimit-Policy", "RateLimit"] if status == "429" else []
    named += ["WWW-Authenticate", "DPoP-Nonce"] if status == "401" else []
    named += ["WWW-Authenticate"] if status == "403" else []
    phrase = HTTPStatus(int(status)).phrase
    listed = ", ".join(f"`{each}`" for each in sorted(codes))
    return {"description": f"{phrase}: {listed}.", "headers": _references(named), "content": PROBLEM}


def used_headers(paths: Schema) -> dict[str, Schema]:
    """Those of `HEADERS` that an operation or a common error has: at times nothing is deprecated."""
    text = msgspec.json.encode([paths, responses()]).decode()
    return {name: each for name, each in HEADERS.items() if f'"#/components/headers/{name}"' in text}


def _references(names: Iterable[str]) -> Mapping[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in dict.fromkeys(names)}


_ERROR: Final[Schema] = {
    "description": "A problem document (RFC 9457).",
    "headers": _references(["Call-Id", "Content-Language", "Cache-Control"]),
    "content": PROBLEM,
}
