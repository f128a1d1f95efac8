"""Webhooks over the API: an application registers an endpoint, and is told what happens to its cases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.storage.tables import webhook_endpoints
from tests.notifications.receiver import OK, Receiver, challenged, hang, receiving, status
from tests.npm import node
from tests.waiting import eventually

from .conftest import World, world_in
from .shared import IN_ONE_LOOP, SELDOM, problem

pytestmark = IN_ONE_LOOP

VERIFY_BY_NPM = """
import { Webhook } from "standardwebhooks";
let read = "";
process.stdin.on("data", (chunk) => (read += chunk)).on("end", () => {
  const { secret, body, headers } = JSON.parse(read);
  process.stdout.write(JSON.stringify(new Webhook(secret).verify(body, headers)));
});
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("receiver")) as found:
        found.otherwise = challenged
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> AsyncIterator[World]:
    webhooks = {"ca": str(receiver.ca), "retry_base_seconds": 0.1, "tries_per_client_hour": 40}
    async with world_in(tmp_path_factory.mktemp("world"), "", journeys=SELDOM, webhooks=webhooks) as found:
        yield found


async def call(world: World, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    token = await world.machine("demo-app")
    sent = {"Idempotency-Key": str(uuid4()), **await world._headers(token, headers)}
    return await world.web.request(method, world.url + path, json=body, headers=sent)


async def registered(world: World, receiver: Receiver, path: str, **given: Any) -> dict[str, Any]:
    """An endpoint that is verified, with its secret."""
    made = await call(world, "POST", "/v1/webhooks", {"url": receiver.url + path, **given})
    assert made.status_code == 201, made.text
    verified = await call(world, "POST", f"/v1/webhooks/{made.json()['id']}/verify")
    assert verified.status_code == 200, verified.text
    assert verified.json()["state"] == "enabled"
    return {**verified.json(), "secret": made.json()["secret"]}


async def filed(world: World, service: str = "echo.note") -> dict[str, Any]:
    token = await world.machine("demo-app")
    example = (await world.get(f"/v1/services/{service}", token)).json()["example"]
    answer = await world.post("/v1/cases", {"service": service, "form": example}, token)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def about(receiver: Receiver, path: str, case: str, last: str = "case.completed") -> list[Any]:
    """What came about this case, once its last event has."""

    async def found() -> list[Any]:
        told = [each for each in receiver.received[path] if each.event["data"].get("case") == case]
        return told if told and told[-1].event["type"] == last else []

    return await eventually(found)


async def test_application_is_told_what_happens_to_its_case(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/a")
    case = await filed(world)
    told = await about(receiver, "/a", case["id"])
    timeline = (await world.get(f"/v1/cases/{case['id']}/events", await world.machine("demo-app"))).json()["data"]
    assert [each.event["data"]["number"] for each in told] == [int(each["id"]) for each in timeline]
    assert [each.event["data"]["code"] for each in told] == [each["code"] for each in timeline]
    assert told[0].event["type"] == "case.created"
    first = told[0]
    by_python = Webhook(endpoint["secret"]).verify(first.body, first.headers)
    given = {"secret": endpoint["secret"], "body": first.body.decode(), "headers": first.headers}
    by_npm = json.loads(await node("--input-type=module", "-e", VERIFY_BY_NPM, stdin=json.dumps(given)))
    assert by_python == by_npm == first.event
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(first.body + b" ", first.headers)
    everything = b"".join(each.body for each in told)
    example = (await world.get("/v1/services/echo.note")).json()["example"]
    words = [value for value in _texts(example) if " " in value]
    assert words
    assert not [each for each in words if each.encode() in everything]

    async def all_delivered() -> Any:
        path = f"/v1/webhooks/{endpoint['id']}/deliveries?case={case['id']}&limit=100"
        found = (await call(world, "GET", path)).json()["data"]
        return found if {each["state"] for each in found} == {"delivered"} else None

    listed = await eventually(all_delivered)
    assert [each["event"] for each in listed[::-1]] == [each.id for each in told]
    assert {(each["state"], each["attempts"], each["last_status"]) for each in listed} == {("delivered", 1, 200)}
    assert listed[-1]["payload"] == first.event
    one = await call(world, "GET", f"/v1/webhooks/{endpoint['id']}/deliveries/{listed[0]['id']}")
    assert one.json() == listed[0]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else [str(value)]


async def test_persons_case_is_told_to_the_client_that_filed_it(world: World, receiver: Receiver) -> None:
    await registered(world, receiver, "/of-app")
    case = await world.order("echo.note")  # through demo-frontend
    await world.ended(case["id"])
    own = await filed(world)
    await about(receiver, "/of-app", own["id"])
    assert case["id"] not in {each.event["data"].get("case") for each in receiver.received["/of-app"]}


async def test_secret_is_shown_once_and_kept_sealed(world: World, receiver: Receiver) -> None:
    key = str(uuid4())
    body = {"url": receiver.url + "/s", "description": "  Ours  ", "event_types": ["case.completed"]}
    made = await call(world, "POST", "/v1/webhooks", body, Idempotency_Key=key)
    again = await call(world, "POST", "/v1/webhooks", body, Idempotency_Key=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert made.json() == again.json()
    found, secret = made.json(), made.json()["secret"]
    assert (found["state"], found["description"], found["event_types"]) == ("unverified", "Ours", ["case.completed"])
    assert made.headers["location"] == f"/v1/webhooks/{found['id']}"
    for path in ("/v1/webhooks", f"/v1/webhooks/{found['id']}"):
        assert secret not in (await call(world, "GET", path)).text
    query = webhook_endpoints.select().where(webhook_endpoints.c.id == found["id"])
    row = await world.gateway.storage.run_read(lambda connection: connection.execute(query).one())
    assert secret.removeprefix("whsec_").encode() not in row.sealed
    assert not any(secret in str(value) for value in row)
    records = await world.records(operation="webhooks.create")
    assert [(each["principal"], each["client"], each["outcome"]) for each in records[:1]] == [("app", "demo-app", "ok")]


async def test_rotated_secret_overlaps_with_the_one_before(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/r", event_types=["case.completed"])
    path = f"/v1/webhooks/{endpoint['id']}"
    rotated = (await call(world, "POST", f"{path}/rotate-secret", {})).json()
    assert rotated["previous_secret_expires_at"] is not None
    both = await sent_test(world, receiver, path, "/r")
    for secret in (endpoint["secret"], rotated["secret"]):
        Webhook(secret).verify(both.body, both.headers)
    last = (await call(world, "POST", f"{path}/rotate-secret", {"overlap_seconds": 0})).json()
    assert last["previous_secret_expires_at"] is None
    alone = await sent_test(world, receiver, path, "/r")
    Webhook(last["secret"]).verify(alone.body, alone.headers)
    for secret in (endpoint["secret"], rotated["secret"]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(alone.body, alone.headers)


async def sent_test(world: World, receiver: Receiver, path: str, at: str) -> Any:
    """The test event, whatever the endpoint subscribed to."""
    answer = await call(world, "POST", f"{path}/test")
    assert answer.status_code == 202, answer.text
    event = answer.json()["event"]

    async def arrived() -> Any:
        return next((each for each in receiver.received[at] if each.id == event), None)

    found = await eventually(arrived)
    assert found.event["type"] == "webhook.test"
    return found


async def test_paused_endpoint_gets_everything_when_it_resumes(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/p", event_types=["case.created", "case.completed"])
    path = f"/v1/webhooks/{endpoint['id']}"
    assert (await call(world, "POST", f"{path}/pause")).json()["state"] == "paused"
    problem(await call(world, "POST", f"{path}/test"), 409, "webhook_state")
    case = await filed(world)

    async def kept() -> bool:
        listed = (await call(world, "GET", f"{path}/deliveries?state=pending")).json()["data"]
        return [each["event_type"] for each in listed] == ["case.completed", "case.created"]

    await eventually(kept)
    assert [each.event["type"] for each in receiver.received["/p"]] == ["webhook.verification"]
    assert (await call(world, "POST", f"{path}/resume")).json()["state"] == "enabled"
    told = await about(receiver, "/p", case["id"])
    assert [each.event["type"] for each in told] == ["case.created", "case.completed"]


async def test_endpoint_is_told_nothing_before_it_is_verified(world: World, receiver: Receiver) -> None:
    receiver.answers |= {"/v": OK, "/v2": status(200, body=b'{"challenge": "nonsense"}'), "/v3": status(500)}
    made = (await call(world, "POST", "/v1/webhooks", {"url": receiver.url + "/v"})).json()
    path = f"/v1/webhooks/{made['id']}"
    answer = await call(world, "POST", f"{path}/verify", Accept_Language="fr")
    assert "la réponse ne le contient pas" in problem(answer, 422, "webhook_not_verified")["detail"]
    for other in ("/v2", "/v3"):
        await call(world, "PATCH", path, {"url": receiver.url + other})
        problem(await call(world, "POST", f"{path}/verify"), 422, "webhook_not_verified")
    problem(await call(world, "POST", f"{path}/resume"), 409, "webhook_state")
    await filed(world)
    assert (await call(world, "GET", f"{path}/deliveries")).json()["data"] == []
    await call(world, "PATCH", path, {"url": receiver.url + "/v4", "event_types": ["case.created"]})
    assert (await call(world, "POST", f"{path}/verify")).json()["state"] == "enabled"
    changed = (await call(world, "PATCH", path, {"url": receiver.url + "/v5"})).json()
    assert (changed["state"], changed["event_types"]) == ("unverified", ["case.created"])
    case = await filed(world)  # kept for the new address
    await call(world, "POST", f"{path}/verify")
    await about(receiver, "/v5", case["id"], "case.created")
    assert [each.event["type"] for each in receiver.received["/v4"]] == ["webhook.verification"]


async def test_receiver_that_hangs_keeps_no_case_waiting(world: World, receiver: Receiver) -> None:
    await registered(world, receiver, "/hangs", event_types=["case.created"])
    receiver.answers["/hangs"] = hang
    case, token = await filed(world), await world.machine("demo-app")

    async def completed() -> bool:
        return (await world.get(f"/v1/cases/{case['id']}", token)).json()["status"] == "completed"

    await eventually(completed)

    async def hangs() -> bool:
        return receiver.under_way["/hangs"] > 0

    await eventually(hangs)
    receiver.answers["/hangs"] = challenged


async def test_delivery_is_repeated_with_the_same_id(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/again", event_types=["case.created"])
    case = await filed(world)
    first = (await about(receiver, "/again", case["id"], "case.created"))[0]
    path = f"/v1/webhooks/{endpoint['id']}/deliveries"

    async def written() -> Any:
        return (await call(world, "GET", f"{path}?state=delivered")).json()["data"]

    (done,) = await eventually(written)
    again = await call(world, "POST", f"{path}/{done['id']}/redeliver")
    assert (again.status_code, again.json()["repeat_of"], again.json()["event"]) == (202, done["id"], first.id)

    async def came() -> bool:
        return [each.id for each in receiver.received["/again"]].count(first.id) == 2

    await eventually(came)
    assert receiver.received["/again"][-1].body == first.body
    problem(await call(world, "GET", f"{path}/whd_{26 * '0'}"), 404, "delivery_not_found")


async def test_removed_endpoint_is_gone_with_its_deliveries(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/gone")
    path, key = f"/v1/webhooks/{endpoint['id']}", str(uuid4())
    removed = await call(world, "DELETE", path, Idempotency_Key=key)
    assert removed.json() == {"id": endpoint["id"], "deleted": True, "object": "webhook"}
    assert (await call(world, "DELETE", path, Idempotency_Key=key)).headers["idempotent-replayed"] == "true"
    problem(await call(world, "GET", path), 404, "webhook_not_found")
    problem(await call(world, "GET", f"{path}/deliveries"), 404, "webhook_not_found")
    problem(await call(world, "DELETE", path), 404, "webhook_not_found")
    assert (await call(world, "DELETE", path, Idempotency_Key="")).status_code == 400


@pytest.mark.parametrize("url", ["http://app.example/", "https://10.0.0.1/", "https://user:pw@app.example/", "x"])
async def test_address_inside_is_refused(world: World, url: str) -> None:
    body = problem(await call(world, "POST", "/v1/webhooks", {"url": url}), 422, "form_invalid")
    assert [(each["pointer"], each["code"]) for each in body["errors"]] == [("/url", "webhook_url")]


async def test_only_the_application_itself_manages_webhooks(world: World, receiver: Receiver) -> None:
    endpoint = await registered(world, receiver, "/mine")
    path = f"/v1/webhooks/{endpoint['id']}"
    problem(await world.get(path), 403, "insufficient_scope")  # a person, through a frontend
    problem(await world.get(path, await world.machine("demo-operator")), 403, "insufficient_scope")
    work = webhook_endpoints.update().where(webhook_endpoints.c.id == endpoint["id"]).values(client="somebody")
    await world.gateway.storage.run_write(lambda tx: tx.execute(work))
    problem(await call(world, "GET", path), 404, "webhook_not_found")
    for method, after in (("DELETE", ""), ("PATCH", ""), ("POST", "/verify"), ("POST", "/test"), ("POST", "/pause")):
        problem(await call(world, method, path + after, {} if method == "PATCH" else None), 404, "webhook_not_found")
    assert endpoint["id"] not in (await call(world, "GET", "/v1/webhooks?limit=100")).text


async def test_endpoints_and_tries_of_a_client_are_limited(world: World, receiver: Receiver) -> None:
    listed = (await call(world, "GET", "/v1/webhooks?limit=100")).json()["data"]
    for each in listed:
        await call(world, "DELETE", f"/v1/webhooks/{each['id']}")
    made = [await call(world, "POST", "/v1/webhooks", {"url": receiver.url + "/l"}) for _ in range(11)]
    assert [each.status_code for each in made] == 10 * [201] + [409]
    assert "10" in problem(made[-1], 409, "too_many_webhooks")["detail"]
    pages, cursor = [], ""
    while cursor is not None:
        page = (await call(world, "GET", f"/v1/webhooks?limit=4&cursor={cursor}")).json()
        pages.append([each["id"] for each in page["data"]])
        cursor = page["next_cursor"]
    assert [len(each) for each in pages] == [4, 4, 2]
    path = f"/v1/webhooks/{made[0].json()['id']}/verify"
    answers = [await call(world, "POST", path) for _ in range(41)]
    assert answers[0].status_code == 200
    body = problem(answers[-1], 429, "webhook_tries_used")
    assert int(answers[-1].headers["retry-after"]) == body["retry_after"] > 0
