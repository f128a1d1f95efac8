"""What endpoints are told: everything, in order within a case, at least once, whatever receivers do."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from standardwebhooks import Webhook

from gateway.connectors.contract import CaseStatus
from gateway.notifications.commands.report_operations import ReportOperations
from gateway.notifications.webhooks.model import DeliveryState, EndpointState
from gateway.storage import Storage
from gateway.storage.tables import webhook_endpoints
from tests.conftest import ON_SQLITE
from tests.waiting import eventually

from .cases import filed, moved
from .conftest import Hooks, another, dispatching, hooks_on
from .receiver import Received, Receiver, endless, hang, no_http, status

HOUR, DAY = 3600.0, 86_400.0


def per_case(received: list[Received]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for each in received:
        found[each.event["data"]["case"]].append(each.event["data"]["number"])
    return dict(found)


async def test_endpoint_is_told_in_order_with_a_signature(hooks: Hooks) -> None:
    _, secret = await hooks.endpoint_and_secret("/a")
    case = await filed(hooks.cases, subject="person-of-the-case")
    await moved(hooks.cases, case, CaseStatus.ACTION_REQUIRED, "fee_due")
    await moved(hooks.cases, case, CaseStatus.IN_PROGRESS, "paid", "filed")
    await moved(hooks.cases, case, CaseStatus.COMPLETED, "delivered")
    await hooks.until_sent()
    received = hooks.receiver.received["/a"]
    reference = Webhook(secret.reveal())
    told = [reference.verify(each.body, each.headers) for each in received]
    assert [each["type"] for each in told] == [
        "case.created", "case.action_required", "case.updated", "case.updated", "case.completed",
    ]  # fmt: skip
    assert [each.id for each in received] == [f"evt_{case.id[5:]}_{seq}" for seq in range(1, 6)]
    assert told[1]["data"] == {
        "case": case.id, "number": 2, "service": "echo.simple", "status": "action_required", "code": "fee_due",
        "portal": None,
    }  # fmt: skip
    assert not any(each in received[0].body for each in (b"person-of-the-case", b"Amina", b"amina"))


async def test_endpoint_gets_the_types_it_asked_for(hooks: Hooks) -> None:
    await hooks.endpoint("/ends", types=("case.completed", "case.rejected"))
    await hooks.endpoint("/other", client="somebody")
    case = await filed(hooks.cases)
    await moved(hooks.cases, case, CaseStatus.COMPLETED, "delivered")
    await hooks.until_sent()
    assert [each.event["type"] for each in hooks.receiver.received["/ends"]] == ["case.completed"]
    assert hooks.receiver.tries["/other"] == 0


async def test_receiver_down_for_an_hour_misses_nothing(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    hooks.receiver.answers["/a"] = status(503)
    cases = [await filed(hooks.cases) for _ in range(3)]
    for case in cases:
        await moved(hooks.cases, case, CaseStatus.IN_PROGRESS, "filed")
    await hooks.relay.relay()
    for _ in range(60):
        tries = hooks.receiver.tries["/a"]
        await hooks.pass_time(60)

        async def settled(tries: int = tries) -> bool:
            row = await hooks.endpoints.get(endpoint.id)
            return row is not None and row.failing_since is not None and await idle(hooks)

        await eventually(settled)
    (told,) = (await ReportOperations(storage=hooks.storage).run(24)).webhooks
    assert (told.id, told.host, told.reason) == (endpoint.id, "127.0.0.1", ""), "its path may be a secret"
    for case in cases:
        await moved(hooks.cases, case, CaseStatus.COMPLETED, "delivered")
    tries = hooks.receiver.tries["/a"]
    assert 5 <= tries <= 40  # exponential, and not for each case by itself
    first_ids = [each.event_id for each in await hooks.of(endpoint)]
    del hooks.receiver.answers["/a"]
    await hooks.relay.relay()
    await hooks.pass_time(HOUR)
    await hooks.until_sent()
    received = hooks.receiver.received["/a"]
    assert per_case(received) == {case.id: [1, 2, 3] for case in cases}
    assert set(first_ids) <= {each.id for each in received}
    assert len({each.id for each in received}) == len(received) == 9


async def idle(hooks: Hooks) -> bool:
    """Nobody sends at the moment, and nothing is due."""
    columns = webhook_endpoints.c
    query = columns.claimed_by.is_not(None)
    held = await hooks.storage.run_read(
        lambda connection: connection.execute(webhook_endpoints.select().where(query)).first()
    )
    due = await hooks.dispatcher._claims.due_in()
    return held is None and (due is None or due > 0)


async def test_endpoint_that_fails_for_three_days_is_disabled(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    await hooks.endpoint("/notices", types=("webhook.disabled",))
    hooks.receiver.answers["/a"] = status(500)
    case = await filed(hooks.cases)
    await moved(hooks.cases, case, CaseStatus.IN_PROGRESS, "filed")

    async def state() -> EndpointState | None:
        found = await hooks.endpoints.get(endpoint.id)
        return found.state if found else None

    async def failed_once() -> bool:
        return hooks.receiver.tries["/a"] >= 1 and await idle(hooks)

    await hooks.until(failed_once)
    await hooks.pass_time(3 * DAY - 60)

    async def failed_again() -> bool:
        return hooks.receiver.tries["/a"] >= 2 and await idle(hooks)

    await eventually(failed_again)
    assert await state() is EndpointState.ENABLED
    await hooks.pass_time(6 * HOUR)

    async def disabled() -> bool:
        return await state() is EndpointState.DISABLED

    await eventually(disabled)
    await hooks.until(lambda: told(hooks.receiver, "/notices"))
    notice = hooks.receiver.received["/notices"][0].event
    assert notice["type"] == "webhook.disabled"
    assert notice["data"] == {"webhook": endpoint.id, "reason": "failing"}
    assert [(each.operation, each.client, each.reason) for each in hooks.records.entries] == [
        ("webhooks.disable", "app", "failing")
    ]
    await moved(hooks.cases, case, CaseStatus.COMPLETED, "delivered")  # kept for it
    await hooks.relay.relay()
    del hooks.receiver.answers["/a"]
    read = await hooks.endpoints.get(endpoint.id)
    assert read is not None
    await hooks.storage.run_write(lambda tx: hooks.endpoints.resume(tx, read))
    await hooks.until_sent()
    assert per_case(hooks.receiver.received["/a"]) == {case.id: [1, 2, 3]}


async def told(receiver: Receiver, path: str) -> bool:
    return bool(receiver.received[path])


@ON_SQLITE
async def test_endpoint_that_is_gone_is_disabled_at_once(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    hooks.receiver.answers["/a"] = status(410)
    await filed(hooks.cases)

    async def disabled() -> bool:
        found = await hooks.endpoints.get(endpoint.id)
        return found is not None and (found.state, found.reason) == (EndpointState.DISABLED, "gone")

    await hooks.until(disabled)
    assert hooks.receiver.tries["/a"] == 1


@ON_SQLITE
async def test_event_that_alone_fails_is_given_up(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    bad, good = await filed(hooks.cases), await filed(hooks.cases)
    await moved(hooks.cases, bad, CaseStatus.IN_PROGRESS, "filed")

    async def picky(received: Received, writer: object) -> None:
        data = received.event["data"]
        code = 500 if data["case"] == bad.id and data["number"] == 1 else 204
        if code == 204:
            hooks.receiver.received["/a"].append(received)
        await status(code)(received, writer)  # type: ignore[arg-type]

    hooks.receiver.answers["/a"] = picky
    await hooks.until(lambda: told(hooks.receiver, "/a"))
    assert per_case(hooks.receiver.received["/a"]) == {good.id: [1]}
    await moved(hooks.cases, good, CaseStatus.COMPLETED, "delivered")
    await hooks.relay.relay()
    await hooks.pass_time(3 * DAY + HOUR)
    await hooks.until_sent()
    assert per_case(hooks.receiver.received["/a"]) == {good.id: [1, 2], bad.id: [2]}
    states = {(each.case_id, each.state) for each in await hooks.of(endpoint)}
    assert (bad.id, DeliveryState.FAILED) in states
    read = await hooks.endpoints.get(endpoint.id)
    assert read is not None
    assert read.state is EndpointState.ENABLED
    failed = next(each for each in await hooks.of(endpoint) if each.state is DeliveryState.FAILED)
    del hooks.receiver.answers["/a"]
    again = await hooks.storage.run_write(lambda tx: hooks.deliveries.repeat(tx, failed))
    await hooks.until_sent()
    assert (again.event_id, again.repeat_of) == (failed.event_id, failed.id)
    assert hooks.receiver.received["/a"][-1].id == failed.event_id


@ON_SQLITE
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "https://localhost:1/", "/b"])
async def test_redirect_is_not_followed(hooks: Hooks, target: str) -> None:
    endpoint = await hooks.endpoint("/a")
    hooks.receiver.answers["/a"] = status(302, headers=f"Location: {target}\r\n")
    await filed(hooks.cases)

    async def tried() -> bool:
        found = await hooks.of(endpoint)
        return bool(found) and found[0].last_outcome == "redirected"

    await hooks.until(tried)
    assert dict(hooks.receiver.tries) == {"/a": 1}
    assert (await hooks.of(endpoint))[0].last_status == 302


@ON_SQLITE
async def test_success_counts_whatever_body_follows(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    hooks.receiver.answers["/a"] = endless
    await filed(hooks.cases)
    await hooks.until_sent()
    assert [(each.last_outcome, each.attempts) for each in await hooks.of(endpoint)] == [("delivered", 1)]

    async def let_go() -> bool:
        return hooks.receiver.under_way["/a"] == 0

    await eventually(let_go)


@ON_SQLITE
async def test_slow_receiver_is_given_up_in_time(storage: Storage, receiver: Receiver) -> None:
    hooks = hooks_on(storage, receiver, seconds=0.1)
    receiver.answers |= {"/hangs": hang, "/odd": no_http}
    async with dispatching(hooks):
        slow, odd = await hooks.endpoint("/hangs"), await hooks.endpoint("/odd")
        closed = await hooks.endpoint("", url="https://127.0.0.1:9/")
        await filed(hooks.cases)

        async def tried() -> bool:
            return all([(await hooks.of(each))[0].attempts for each in (slow, odd, closed)])

        await hooks.until(tried)
        outcomes = [(await hooks.of(each))[0].last_outcome for each in (slow, odd, closed)]
    assert outcomes == ["timeout", "broken", "connect_failed"]


@ON_SQLITE
async def test_receiver_that_is_busy_is_left_alone(hooks: Hooks) -> None:
    endpoint = await hooks.endpoint("/a")
    hooks.receiver.answers["/a"] = status(429, headers="Retry-After: 1800\r\n")
    await filed(hooks.cases)

    async def tried() -> bool:
        found = await hooks.of(endpoint)
        return bool(found) and found[0].attempts == 1 and await idle(hooks)

    await hooks.until(tried)
    due = await hooks.dispatcher._claims.due_in()
    assert due is not None
    assert 1700 < due <= 1800


async def test_one_endpoint_gets_few_requests_at_once(hooks: Hooks) -> None:
    await hooks.endpoint("/a")
    for _ in range(20):
        await filed(hooks.cases)
    await hooks.until_sent()
    assert len(hooks.receiver.ids("/a")) == 20
    assert hooks.receiver.most_at_once["/a"] <= hooks.settings.concurrent_per_endpoint


async def test_endpoints_that_hang_slow_nobody(storage: Storage, receiver: Receiver) -> None:
    """Fewer places than hanging endpoints: all others are served while every one of these still hangs."""
    hooks = hooks_on(storage, receiver, concurrent=4, concurrent_slow=12, slow_seconds=0.05, seconds=50.0)
    async with dispatching(hooks):
        for number in range(12):
            receiver.answers[f"/hangs{number}"] = hang
            await hooks.endpoint(f"/hangs{number}")
        for number in range(40):
            await hooks.endpoint(f"/well{number}")
        await filed(hooks.cases)

        async def all_hang() -> bool:
            return all(receiver.under_way[f"/hangs{number}"] for number in range(12))

        await hooks.until(all_hang)
        await filed(hooks.cases)

        async def served() -> bool:
            return all(len(receiver.received[f"/well{number}"]) == 2 for number in range(40))

        await hooks.until(served)
        assert await all_hang()
        assert sum(receiver.tries[f"/hangs{number}"] for number in range(12)) == 12


async def test_two_processes_keep_the_order(hooks: Hooks) -> None:
    second = another(hooks)
    await hooks.endpoint("/a")
    cases = [await filed(hooks.cases) for _ in range(4)]
    async with dispatching(second):
        for status_ in (CaseStatus.ACTION_REQUIRED, CaseStatus.IN_PROGRESS, CaseStatus.COMPLETED):
            for case in cases:
                await moved(hooks.cases, case, status_, "changed", "again")
            await second.relay.relay()
        await hooks.until_sent()
    assert per_case(hooks.receiver.received["/a"]) == {case.id: list(range(1, 8)) for case in cases}


@ON_SQLITE
async def test_client_that_lost_the_scope_is_told_nothing(hooks: Hooks) -> None:
    await hooks.endpoint("/a")
    await filed(hooks.cases)
    hooks.allowed.clear()
    await hooks.relay.relay()
    assert await hooks.waiting() == 0
    hooks.allowed.add("app")
    hooks.receiver.answers["/a"] = status(500)
    await filed(hooks.cases)

    async def tried() -> bool:
        return hooks.receiver.tries["/a"] == 1 and await idle(hooks)

    await hooks.until(tried)
    hooks.allowed.clear()
    await hooks.pass_time(DAY)

    async def put_off() -> bool:
        due = await hooks.dispatcher._claims.due_in()
        return due is not None and due > 1800

    await eventually(put_off)
    assert hooks.receiver.tries["/a"] == 1


def test_body_of_an_event_is_small_and_plain() -> None:
    from gateway.notifications.webhooks.model import payload

    from .cases import AT

    body = payload("case.created", AT, {"case_id": "case_1"})
    assert json.loads(body) == {
        "type": "case.created", "timestamp": "2026-03-02T09:00:00Z", "data": {"case_id": "case_1"},
    }  # fmt: skip
