"""What no sensible client does, and what happens when there is too much of it or something has to stop."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.waiting import PATIENCE

from .conftest import World, world_in
from .served import Held, served
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(server={"max_body_bytes": 50_000, "body_seconds": 1.0})

NOTE = {"service": "echo.note", "form": {"text": "x"}}
WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


async def told(world: World, answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem, and on record as what it is."""
    problem(answer, status, code)
    record = await record_of(world, answer)
    assert (record["status"], record["code"], record["outcome"]) == (status, code, "client_error")
    return record


async def send(world: World, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    sent = {
        "Authorization": f"Bearer {await world.citizen()}",
        "Content-Type": "application/json",
        "Idempotency-Key": "k",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await world.web.post(f"{world.url}/v1/cases", content=body, headers=sent)


# --- Bodies -------------------------------------------------------------------------------------------------------


def form(value: bytes, more: bytes = b"") -> bytes:
    return b'{"service":"echo.note","form":{"text":' + value + b"}" + more + b"}"


MANY = b'"x",' + b",".join(b'"%d":1' % each for each in range(4_000))


BODIES: dict[str, tuple[bytes, int, str]] = {
    "too large": (form(b'"' + b"x" * 60_000 + b'"'), 413, "body_too_large"),
    "empty": (b"", 400, "invalid_request"),
    "cut off": (form(b'"x"')[:-1], 400, "malformed_json"),
    "lists in lists": (form(b"[" * 4_000 + b"]" * 4_000), 400, "malformed_json"),
    "more lists in lists than are read": (form(b"[" * 25_000 + b"]" * 25_000), 413, "body_too_large"),
    "objects in objects": (form(b'{"a":' * 4_000 + b"1" + b"}" * 4_000), 400, "malformed_json"),
    "just too deep": (form(b"[" * 70 + b"]" * 70), 400, "malformed_json"),
    "deeper than any form": (form(b"[" * 40 + b"]" * 40), 422, "form_invalid"),
    "a zero character": (form(b'"a\\u0000b"'), 422, "form_invalid"),
    "a raw control character": (form(b'"a\x00b"'), 400, "malformed_json"),
    "half a character": (form(b'"\\ud800"'), 400, "malformed_json"),
    "bytes that are no text": (form(b'"\xff\xfe"'), 400, "malformed_json"),
    "another encoding": (form(b'"x"').decode().encode("utf-16"), 400, "malformed_json"),
    "a byte order mark": (b"\xef\xbb\xbf" + form(b'"x"'), 400, "malformed_json"),
    "a number without end": (form(b"9" * 5_000), 400, "malformed_json"),
    "a number beyond all bounds": (form(b"1e999"), 400, "malformed_json"),
    "a large number": (form(b"18446744073709551616"), 422, "form_invalid"),
    "not a number": (form(b"NaN"), 400, "malformed_json"),
    "a member twice": (form(b'"x"', b',"service":"echo.stamped"'), 400, "malformed_json"),
    "a member twice inside": (form(b'"x","text":"y"'), 400, "malformed_json"),
    "a member twice in other letters": (form(b'"x","\\u0074ext":"y"'), 400, "malformed_json"),
    "many members": (form(MANY), 422, "form_invalid"),
    "null": (b"null", 400, "invalid_request"),
    "a list": (b"[]", 400, "invalid_request"),
    "text": (b'"text"', 400, "invalid_request"),
    "a member too many": (form(b'"x"', b',"admin":true'), 400, "invalid_request"),
    "a service nobody has": (b'{"service":"echo.\\u0000","form":{}}', 404, "service_not_found"),
    "a language nobody speaks": (form(b'"x"', b',"language":"xx"'), 400, "invalid_request"),
    "a contact beside the form's": (form(b'"x"', b',"contact":{"phone":"+212600000001"}'), 400, "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_that_makes_no_sense_is_a_problem_with_a_record(world: World, kind: str) -> None:
    body, status, code = BODIES[kind]
    await told(world, await send(world, body), status, code)


async def test_a_body_without_a_length_is_limited_too(world: World) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 5_000

    headers = {
        "Authorization": f"Bearer {await world.citizen()}",
        "Idempotency-Key": "k",
        "Content-Type": "application/json",
    }
    answer = await world.web.post(f"{world.url}/v1/cases", content=drops(), headers=headers)
    await told(world, answer, 413, "body_too_large")


async def test_a_case_with_two_point_zero_copies_is_readable(world: World) -> None:
    """It was taken, priced at 4000.0 centimes, and nobody could read it any more, nor the person her other cases."""
    service = "watiqa.birth-extract"
    example = (await world.get(f"/v1/services/{service}")).json()["example"]
    filed = await world.post("/v1/cases", {"service": service, "form": {**example, "copies": 2.0}})
    assert filed.status_code == 201, filed.text
    case = await world.get(f"/v1/cases/{filed.json()['id']}")
    assert case.json()["payments"][0]["amount"]["amount"] == 4000
    assert isinstance(case.json()["payments"][0]["amount"]["amount"], int)
    assert (await world.get("/v1/cases")).status_code == 200


OTHER_TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"]


@pytest.mark.parametrize("media_type", OTHER_TYPES)
async def test_json_is_taken_as_json_only(world: World, media_type: str) -> None:
    await told(world, await send(world, form(b'"x"'), Content_Type=media_type), 415, "unsupported_media_type")


async def test_json_may_say_its_charset(world: World) -> None:
    answer = await send(world, form(b'"x"'), Content_Type="application/json; charset=utf-8", Idempotency_Key="charset")
    assert answer.status_code == 201, answer.text


async def test_a_refusal_reaches_even_one_who_closes_after_sending_too_much(world: World) -> None:
    answer = await raw(world, b"POST /v1/cases", b" " * 2_000_000, b"Connection: close")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer


async def raw(world: World, line: bytes, body: bytes, *more: bytes, length: int | None = None) -> bytes:
    """Everything that comes back on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(world.url).port)
    head = [
        line + b" HTTP/1.1",
        b"Host: gateway",
        b"Authorization: Bearer " + (await world.citizen()).encode(),
        b"Content-Type: application/json",
        b"Idempotency-Key: raw",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *more,
    ]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_body_that_does_not_come_gives_its_place_back(world: World) -> None:
    answer = await raw(world, b"POST /callbacks/etimbre/payment", b"oid=1", length=100)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request_timeout"' in answer
    async with asyncio.timeout(PATIENCE):
        while world.gateway.state.arriving:
            await asyncio.sleep(0.01)


async def test_a_call_begins_once_its_body_has_come(world: World) -> None:
    """Until then it costs neither a look at its token nor a record."""
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(world.url).port)
    writer.write(b"POST /v1/cases HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n\r\n{")
    async with asyncio.timeout(PATIENCE):
        while not world.gateway.state.arriving:
            await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.read(1)
    writer.write(b"}")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_a_sender_who_goes_away_is_no_fault_of_ours(world: World) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(world.url).port)
    writer.write(b"POST /callbacks/etimbre/payment HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100\r\n\r\noid=1")
    await writer.drain()
    async with asyncio.timeout(PATIENCE):
        while not world.gateway.state.arriving:
            await asyncio.sleep(0.01)
        assert world.gateway.state.in_flight == 0  # a place is for a request that is there
        writer.close()
        while world.gateway.state.arriving:
            await asyncio.sleep(0.01)
    assert await world.records(outcome="failed") == []


# --- Addresses and methods ----------------------------------------------------------------------------------------

UNKNOWN = [
    *("/", "/v1", "/v2/cases", "/v1/cases/x/y/z", "/v1/cases/case_x/actions", "/v1/cases;/x", "/%ff%fe", "/audit"),
    *("/callbacks", "/callbacks/etimbre", "/callbacks/nobody/payment", "/callbacks/barid/payment"),
    *("/callbacks/etimbre/elsewhere", "/v1/tracking/barid", "/v1/tracking/nobody/1", "/v1/%2e%2e/audit/records"),
    "/v1/tracking/barid/..%2f..%2faudit",
]


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_address_that_is_not_there_is_a_problem_with_a_record(world: World, path: str) -> None:
    url = httpx.URL(world.url).copy_with(raw_path=path.encode())
    answer = await world.web.get(url, headers={"Authorization": f"Bearer {await world.citizen()}"})
    await told(world, answer, 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/cases?service=a%00b",
        "/v1/cases/%00",
        "/v1/services/a%00",
        "/v1/tracking/barid/%00",
        "/v1/slots?service=%00&post=x",
    ],
)
async def test_a_zero_character_in_an_address_reaches_no_database(world: World, path: str) -> None:
    await told(world, await world.get(path), 400, "invalid_request")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
async def test_a_method_that_is_not_there_names_those_that_are(world: World, method: str) -> None:
    for path, there in (
        ("/v1/cases", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/audit/records/0", {"GET", "HEAD", "OPTIONS"}),
    ):
        headers = {"Authorization": f"Bearer {await world.citizen()}", "X-HTTP-Method-Override": "GET"}
        answer = await world.web.request(method, world.url + path, headers=headers)
        await told(world, answer, 405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == there


async def test_a_method_cannot_be_smuggled_in(world: World) -> None:
    case = (await world.post("/v1/cases", WAITS)).json()["id"]
    for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}):
        answer = await world.get(f"/v1/cases/{case}/actions/withdraw", **headers)
        await told(world, answer, 405, "method_not_allowed")
    await told(world, await world.get(f"/v1/cases/{case}?_method=DELETE"), 400, "invalid_request")
    assert (await world.get(f"/v1/cases/{case}")).json()["status"] == "action_required"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/services?catagory=permits", "catagory"),
        ("/v1/cases?Status=completed", "Status"),
        ("/v1/cases?a/b~=1", "a~1b~0"),
    ],
)
async def test_an_unknown_query_parameter_is_refused_by_name(world: World, path: str, name: str) -> None:
    answer = await world.get(path)
    await told(world, answer, 400, "invalid_request")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        (f"/{name}", "additionalProperties")
    ]


async def test_many_unknown_query_parameters_are_refused_shortly(world: World) -> None:
    query = "&".join(f"{number:03}{'x' * 100}=1" for number in range(50))
    answer = await world.get(f"/v1/cases?{query}")
    await told(world, answer, 400, "invalid_request")
    assert [len(each["pointer"]) for each in answer.json()["errors"]] == [65] * 5
    await told(world, await world.get(f"/v1/cases?{'a=&' * 101}"), 400, "invalid_request")


@pytest.mark.parametrize("query", ["from=9999-12-31", "from=0001-01-01", "from=2026-01-01&to=2026-02-01"])
async def test_the_ends_of_the_calendar_are_days_like_others(world: World, query: str) -> None:
    assert (await world.get(f"/v1/slots?service=echo.visit&post=lyon&{query}")).status_code == 200


@pytest.mark.parametrize("query", ["from=2026-02-01&to=2026-01-01", "from=0001-01-01&to=9999-12-31"])
async def test_a_span_of_days_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    await told(world, await world.get(f"/v1/slots?service=echo.visit&post=lyon&{query}"), 400, "filter_invalid")


# --- Strangers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["[stranger", "stranger.example", "stranger stranger", '"><stranger>'])
async def test_the_host_header_decides_nothing(world: World, host: str) -> None:
    headers = {"Host": host, "Authorization": f"Bearer {await world.citizen()}", "Idempotency-Key": f"host {host}"}
    answer = await world.web.post(f"{world.url}/v1/cases", json=WAITS, headers=headers)
    assert answer.status_code < 500, answer.text
    assert "stranger" not in answer.text + str(answer.headers)
    described = await world.web.get(f"{world.url}/.well-known/mre-gateway", headers={"Host": host})
    assert described.status_code >= 400 or described.json()["openapi"].startswith(world.url)


ELSEWHERE = [
    *("https://evil.example/", "//evil.example", "javascript:alert(1)", "data:text/html,x"),
    *("http://127.0.0.1@evil.example/", "http://127.0.0.1:80\\@evil.example/", "http://127.0.0.1.evil.example/"),
    *("http://127.0.0.1/\r\nSet-Cookie: x=1", "http://localhost/../\u0000"),
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_payer_is_sent_back_to_the_clients_own_addresses_only(world: World, url: str) -> None:
    case = (await world.post("/v1/cases", WAITS)).json()["id"]
    await told(
        world, await world.post(f"/v1/cases/{case}/actions/pay", {"return_url": url}), 422, "return_url_not_allowed"
    )
    assert "checkout_opened" not in await world.codes(case)


@pytest.mark.parametrize("action", ["nothing", "rate", "confirm", "a%0d%0aSet-Cookie:%20x=1", "%22%3E"])
async def test_an_action_that_is_not_open_changes_nothing(world: World, action: str) -> None:
    case = (await world.post("/v1/cases", WAITS)).json()["id"]
    answer = await world.post(f"/v1/cases/{case}/actions/{action}", {"choice": "refund"})
    assert answer.status_code == 409, answer.text
    assert "set-cookie" not in answer.headers
    assert (await world.get(f"/v1/cases/{case}")).json()["status"] == "action_required"


CALLBACKS = {
    "nothing": b"",
    "bytes": bytes(range(256)),
    "nonsense": b"%zz=%&&&==;",
    "no hash": b"oid=1&ProcReturnCode=00",
    "a hash that is none": b"oid=1&HASH=%00%ff",
    "many fields": b"&".join(b"f%d=1" % each for each in range(5_000)),
    "twice the same": b"oid=1&oid=2&HASH=x&HASH=y&encoding=utf-16",
}


@pytest.mark.parametrize("kind", CALLBACKS)
async def test_a_stranger_who_plays_the_acquirer_gets_nowhere(world: World, kind: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await world.web.post(f"{world.url}/callbacks/etimbre/payment", content=CALLBACKS[kind], headers=headers)
    assert (answer.status_code, answer.text) == (200, "FAILURE")
    record = await record_of(world, answer)
    assert (record["kind"], record["decision"], record["outcome"]) == ("refusal", "deny", "denied")
    assert (record["principal"], record["portal"]) == ("anonymous", "etimbre")


async def test_the_page_one_comes_back_to_changes_nothing(world: World) -> None:
    case = await world.order()
    checkout = await world.checkout(case["id"])
    oid = checkout["fields"]["oid"]
    for method in ("GET", "POST"):
        paid = {"oid": oid, "ProcReturnCode": "00", "Response": "Approved"}
        page = await world.web.request(method, f"{world.url}/callbacks/etimbre/return", params=paid)
        assert page.headers["content-type"].startswith("text/html")
        assert oid not in page.text
    assert (await world.get(f"/v1/cases/{case['id']}")).json()["payments"][0]["state"] == "due"


# --- Too much, and the end ----------------------------------------------------------------------------------------


async def test_more_calls_than_there_are_places_are_refused_with_a_time_to_come_back(tmp_path: Path) -> None:
    one_place = {"max_concurrent_calls": 1, "call_seconds": 1.0}
    async with world_in(tmp_path, "", server=one_place, journeys={"embedded": False}) as world:
        token = await world.citizen()
        await world.fault("barid", "hang")
        hanging = asyncio.create_task(world.get("/v1/tracking/barid/RR123456785MA", token))
        async with asyncio.timeout(PATIENCE):
            while not world.gateway.state.in_flight:
                await asyncio.sleep(0.01)
        refused = await world.get("/v1/services", token)
        assert problem(refused, 503, "overloaded")["retry_safe"] is True
        live = await world.web.get(f"{world.url}/health/live")
        assert live.status_code == 200
        problem(await hanging, 504, "portal_timeout")
        assert (await world.get("/v1/services", token)).status_code == 200
        assert (await record_of(world, refused))["code"] == "overloaded"


async def test_body_that_is_missing_takes_no_place(tmp_path: Path) -> None:
    few = {"max_concurrent_calls": 2, "body_seconds": 30.0}
    async with world_in(tmp_path, "", server=few, journeys={"embedded": False}) as world:
        token = await world.citizen()
        port = httpx.URL(world.url).port
        head = b"POST /callbacks/etimbre/payment HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100\r\n\r\noid=1"
        writers = []
        for _ in range(4):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            writers.append(writer)
        async with asyncio.timeout(PATIENCE):
            while world.gateway.state.arriving < 4:
                await asyncio.sleep(0.01)
        assert (await world.get("/v1/services", token)).status_code == 200
        assert (await world.post("/v1/cases", NOTE, token)).status_code == 201
        for writer in writers:
            writer.close()


async def test_while_the_log_cannot_be_written_nothing_is_done_and_nothing_is_lost(tmp_path: Path) -> None:
    impatient = {"audit": {"write_timeout_seconds": 0.4}, "store": {"busy_timeout_seconds": 0.2}}
    async with world_in(tmp_path, "", journeys={"embedded": False}, **impatient) as world:
        token, auditor = await world.citizen(), await world.machine("demo-auditor")
        assert (await world.post("/v1/cases", WAITS, token)).status_code == 201
        with closing(sqlite3.connect(world.state_dir / "gateway.sqlite", isolation_level=None)) as another:
            another.execute("BEGIN IMMEDIATE")  # somebody else writes, and does not come to an end
            read = await world.get("/v1/services", token)
            problem(read, 503, "audit_unavailable")
            posts = [await world.post("/v1/cases", WAITS, token, key=key) for key in ("a", "b")]
            for answer in posts:
                assert problem(answer, 503, answer.json()["code"])["origin"] == "gateway"
                assert answer.json()["code"] in ("audit_unavailable", "store_unavailable")
            ready = await world.web.get(f"{world.url}/health/ready")
            assert (ready.status_code, ready.json()["checks"]["audit"]) == (503, False)
            another.execute("ROLLBACK")
        async with asyncio.timeout(PATIENCE):
            while (await world.get("/v1/services", token)).status_code != 200:
                await asyncio.sleep(0.02)
        assert len((await world.get("/v1/cases", token)).json()["data"]) == 1
        for answer in (read, *posts):
            assert (await record_of(world, answer))["call"] == answer.headers["call-id"]
        assert (await world.post("/v1/cases", WAITS, token, key="a")).status_code == 201
        indexes = [each["index"] for each in (await world.get("/audit/records?limit=500", auditor)).json()["data"]]
        assert indexes == list(range(len(indexes)))[::-1]


async def test_a_store_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    patient = {"audit": {"write_timeout_seconds": 3.0}, "store": {"busy_timeout_seconds": 0.1}}
    async with world_in(tmp_path, "", journeys={"embedded": False}, **patient) as world:
        token = await world.citizen()
        await world.get("/v1/cases", token)
        with (
            capture_logs() as logs,
            closing(sqlite3.connect(world.state_dir / "gateway.sqlite", isolation_level=None)) as another,
        ):
            another.execute("BEGIN IMMEDIATE")
            posting = asyncio.create_task(world.post("/v1/cases", WAITS, token, key="k"))
            async with asyncio.timeout(PATIENCE):
                while "call_failed" not in [line["event"] for line in logs]:
                    await asyncio.sleep(0.01)
            another.execute("ROLLBACK")  # before the record of the refusal is given up
        assert problem(await posting, 503, "store_unavailable")["retry_safe"] is True
        async with asyncio.timeout(PATIENCE):
            while (answer := await world.post("/v1/cases", WAITS, token, key="k")).status_code == 503:
                await asyncio.sleep(0.05)
        assert answer.status_code == 201


async def test_told_to_end_it_finishes_what_runs_and_takes_nothing_new(tmp_path: Path) -> None:
    minutes = {"SERVER__SHUTDOWN_GRACE_SECONDS": "90", "SERVER__CALL_SECONDS": "90"}
    minutes |= {f"OUTBOUND__TIMEOUTS__{part}_SECONDS": "90" for part in ("READ", "TOTAL")}
    async with served(tmp_path, **minutes) as world:
        token = await world.citizen()
        case = (await world.post("/v1/cases", WAITS, token)).json()["id"]
        portal = Held(world.host, "barid")
        under_way = asyncio.create_task(world.get("/v1/tracking/barid/RR123456785MA", token))
        await portal.arrived()
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        async with world.web.stream("GET", f"{world.url}/v1/cases/{case}/events", headers=headers) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            world.tell_to_end()
            async with asyncio.timeout(PATIENCE):
                async for _ in lines:  # the stream is ended, not cut off
                    pass
        refused: httpx.Response | None = None
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    refused = await world.get("/v1/services", token)
                except httpx.TransportError:
                    break  # it listens no more
                problem(refused, 503, "shutting_down")
        assert not under_way.done()
        portal.let()
        answer = await under_way
        assert answer.status_code == 200, answer.text
        assert answer.json()["reference"] == "RR123456785MA"
        assert await world.ends() in (0, -signal.SIGTERM)
        log = (world.state_dir / "gateway.log").read_bytes().splitlines()
        assert any(b'"event":"gateway_stopping"' in line for line in log)
        errors = [line for line in log if b'"level":"error"' in line]
        assert all(b'"event":"event_loop_blocked"' in line for line in errors), errors  # says that the machine is busy
        world.process = None
