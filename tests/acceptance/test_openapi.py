"""The OpenAPI document is right, and the API does what it says, whatever is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import engine
from openapi_spec_validator import validate
from schemathesis import APIOperation, Case, CheckContext, GenerationMode, Response
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.specs.openapi import checks

from gateway.api.http.codes import CODES
from tests import quick_gateway

from .conftest import FAST, World
from .shared import IN_ONE_LOOP, MEMBERS, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(journeys=FAST | {"embedded": True, "poll_seconds": 3.0})  # hundreds of cases stay open

METHODS: Final = ("get", "put", "post", "delete", "patch")
EXAMPLES: Final = (4, 1)
"""Right and wrong calls of each operation in `make test`; `make soak` sends twenty of each."""
MADE_BY_HAND: Final = (
    "POST /v1/cases",
    "POST /v1/drafts",
    "PUT /v1/me/preferences",
    "POST /v1/me/preferences",
    "DELETE /v1/drafts",
    "POST /v1/webhooks",
    "/actions/",
    "/withdraw",
    "/payments/",
    "/tickets",
    "attachments",
    "/slots",
    "/bodies",
    "POST /v1/mandates",
    "GET /v1/agenda",
    "/check-ins",
    "POST /v1/cases/{case_id}/notes",
)
"""What random input does not get right; other tests do."""
SEED: Final = 5519
ATTEMPTS: Final = 20
"""How often Hypothesis tries to draw a call. Of itself it tries 459 times, for each of eleven operations that take any
text and cannot be called wrongly."""

schemathesis.openapi.format("cnie", st.from_regex(r"[A-Z]{1,2}[0-9]{4,6}", fullmatch=True))
schemathesis.openapi.format("phone", st.just("+33612345678"))
schemathesis.openapi.format("country", st.sampled_from(["FR", "MA", "BE"]))
schemathesis.openapi.format("ma-postcode", st.from_regex(r"[0-9]{5}", fullmatch=True))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


async def served(world: World) -> dict[str, Any]:
    answer = await world.web.get(f"{world.url}/schema/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_the_document_is_valid_openapi_3_1(world: World) -> None:
    document = await served(world)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": world.url}]
    validate(document)


async def test_the_command_prints_the_document_that_is_served(world: World) -> None:
    command = [quick_gateway.folder() / "mre-gateway", "openapi", "--state", world.state_dir]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    printed = json.loads(done.stdout)
    assert printed == await served(world)


WRITES_NOTHING = {"POST /audit/subjects": "subjects:resolve", "POST /v1/cases/validate": "cases:write"}


PUBLIC = (
    "/v1/services", "/.well-known", "/v1/indicators", "/cards", "/v1/countries", "/v1/provinces", "/v1/communes",
    "/v1/form-vocabulary",
)  # fmt: skip


async def test_every_operation_has_a_name_an_error_and_says_who_may(world: World) -> None:
    document = await served(world)
    found = dict(operations(document))
    assert len(found) >= 18
    assert len({operation["operationId"] for operation in found.values()}) == len(found)
    for label, operation in found.items():
        assert operation["summary"], label
        assert operation["description"], label
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Error"}, label
        scopes = [scope for each in operation["security"] for scope in each.get("oauth", ())]
        public = label.split()[1].startswith(PUBLIC)
        assert (scopes == []) is public, label
        if label in WRITES_NOTHING:
            assert scopes == [WRITES_NOTHING[label]]
        elif label.startswith("POST"):
            assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"], label
            if label == "POST /v1/events/tickets":  # it is good for reading
                assert set(scopes) == {"cases:read"}
                continue
            if label.startswith("POST /v1/webhooks"):
                assert set(scopes) == {"webhooks:manage"}
                continue
            assert "cases:write" in scopes, label
            assert set(scopes) == {"cases:write"} or "mandates/" in label or "/revoke" in label, label


async def test_a_call_without_a_token_is_refused_wherever_the_document_asks_for_one(world: World) -> None:
    for label, operation in operations(await served(world)):
        method, path = label.split()
        answer = await world.web.request(method, world.url + path.replace("{index}", "0").replace("{number}", "0"))
        needed = operation["security"] and {} not in operation["security"]
        assert (answer.status_code == 401) is bool(needed), label


async def test_the_examples_of_the_document_work(world: World) -> None:
    document = await served(world)
    examples = document["paths"]["/v1/cases"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert len(examples) >= 6
    for name, example in examples.items():
        service, form = example["value"]["service"], example["value"]["form"]
        body = example["value"] | {"form": await world.with_files(service, form)}
        assert (await world.post("/v1/cases", body)).status_code == 201, name


async def test_each_service_has_its_request_by_discriminator(world: World) -> None:
    schemas = (await served(world))["components"]["schemas"]
    mapping = schemas["CaseRequest"]["discriminator"]["mapping"]
    services = (await world.get("/v1/services")).json()["data"]
    assert set(mapping) == {each["id"] for each in services}
    for service in services:
        request = schemas[mapping[service["id"]].rpartition("/")[2]]
        assert request["properties"]["service"]["enum"] == [service["id"]]
        described = schemas[request["properties"]["form"]["$ref"].rpartition("/")[2]]
        form = (await world.get(f"/v1/services/{service['id']}")).json()["form"]
        assert set(described["properties"]) == set(form["properties"])
        assert described.get("additionalProperties") == form.get("additionalProperties")


async def test_nothing_else_is_under_the_schemas_address(world: World) -> None:
    for path in ("/schema/swagger", "/schema/x", "/schema/openapi.yaml"):
        answer = await world.web.get(world.url + path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


# --- Schemathesis -------------------------------------------------------------------------------------------------


def is_a_problem(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every error has all its members, and a code of ours or a portal's refusal; none is the server's fault."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    body = json.loads(response.content)
    assert response.headers["content-type"] == ["application/problem+json"]
    assert all(body[name] != "" for name in MEMBERS), body
    assert body["status"] == response.status_code
    assert body["code"] in CODES or (body["status"], body["origin"]) == (422, "portal"), body
    assert str(response.status_code) in case.operation.definition.raw["responses"], body
    assert response.status_code < 500 or (response.status_code == 503 and body["origin"] == "portal"), body


def what_does_not_fit_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """But a parameter that nobody reads does no harm, and it is we who put the token into the header. Asking first
    says in an answer what does not fit."""
    if case.operation.label == "POST /v1/cases/validate" and response.status_code == 200:
        assert json.loads(response.content)["valid"] is False
        return
    if response.status_code == 412:  # an `If-Match` that is no tag of ours is refused by this, which is not on its list
        return
    try:
        checks.negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData as error:
        wrong = [line for line in error.message.splitlines() if line.strip().startswith("- ")]
        harmless = ("query: violates `additionalProperties`", "was Authorization")
        if not wrong or not all(any(each in line for each in harmless) for line in wrong):
            raise


CHECKS: Final = [
    is_a_problem,
    what_does_not_fit_is_refused,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.ignored_auth,
]


def attack(
    document: dict[str, Any], real: dict[str, str], tokens: dict[str, str], examples: tuple[int, int]
) -> dict[str, Counter[int]]:
    """Send what fits the document and what does not, to every operation; how often it was answered by which status."""
    url = document["servers"][0]["url"]
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: APIOperation[Any, Any, Any, Any] = result.ok()
        parts = operation.path.split("/")
        fixed = {name: value for name, value in real.items() if f"{{{name}}}" in parts}
        if operation.method.upper() == "DELETE":
            fixed = {name: real.get(f"spare_{name}", value) for name, value in fixed.items()}
        staff = {"portals": "operator", "operations": "operator", "agenda": "agent"}
        who = {"audit": "auditor", "webhooks": "app", **staff}.get(
            next(each for each in parts if each not in ("", "v1")), "citizen"
        )
        token = tokens[who]
        right = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=fixed or None)
        send(right, url, token, statuses, examples[0])
        send(operation.as_strategy(GenerationMode.NEGATIVE), url, token, statuses, examples[1])
    return statuses


def send(
    cases: st.SearchStrategy[Case], url: str, token: str, statuses: dict[str, Counter[int]], examples: int
) -> None:
    headers = {"Authorization": f"Bearer {token}"}

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def one(case: Case) -> None:
        response = case.call(base_url=url, headers=headers)
        statuses[case.operation.label][response.status_code] += 1
        case.validate_response(response, checks=CHECKS, headers=headers)

    with contextlib.suppress(Unsatisfiable):  # an operation without parameters cannot be called wrongly
        one()


async def webhooks(world: World, token: str) -> dict[str, str]:
    """An endpoint with a delivery, and one to be removed."""
    made = [
        (await world.post("/v1/webhooks", {"url": "https://127.0.0.1:9/hooks"}, token)).json()["id"] for _ in range(2)
    ]
    delivery = await world.gateway.storage.run_write(
        lambda tx: world.gateway.deliveries.put_one(tx, made[0], "evt_1", "webhook.test", "{}")
    )
    return {"webhook_id": made[0], "spare_webhook_id": made[1], "delivery_id": delivery.id}


@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param((20, 20), marks=pytest.mark.soak)], ids=str)
async def test_the_api_does_what_the_document_says_whatever_is_sent(
    world: World, examples: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "INVALID_THRESHOLD_BASE", ATTEMPTS)
    document = await served(world)
    case = await world.order("echo.note")
    done = await world.ended(case["id"])
    real = {
        "case_id": case["id"],
        "document_id": done["documents"][0]["id"],
        "service_id": "watiqa.birth-extract",
        "portal": "barid",
        "reference": "RR123456785MA",
        "action": "confirm",
        "card_id": (await world.post("/v1/cards", {})).json()["id"],
        "number": "0",
        "index": "0",
        "call_id": (await world.get("/v1/cases")).headers["call-id"],
    }
    tokens = {"citizen": await world.citizen()}
    tokens |= {"auditor": await world.machine("demo-auditor"), "app": await world.machine("demo-app")}
    tokens["operator"] = await world.machine("demo-operator")
    tokens["agent"] = await world.citizen("nadia", client_id="demo-agent")
    for name in ("draft_id", "spare_draft_id"):
        real[name] = (await world.post("/v1/drafts", {"service": "echo.note"})).json()["id"]
    real |= await webhooks(world, tokens["app"])
    statuses = await asyncio.to_thread(attack, document, real, tokens, examples)
    print(statuses)
    labels = {label for label, _ in operations(document)}
    assert set(statuses) == labels
    acts = {label for label in labels if any(each in label for each in MADE_BY_HAND)}
    for label in labels - acts:
        assert any(status < 300 for status in statuses[label]), (label, statuses[label])
