from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from gateway.telemetry.logging import FIELDS, configure
from tests.waiting import PATIENCE

HIDDEN = [
    "AB123456",
    "ab123456",
    "Amina El Fassi",
    "أمينة الفاسي",
    "amina@example.org",
    "+33612345678",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln",
    "s3cr3t-Passw0rd",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "fd86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "deadbeefcafebabefeedfacedeadbeef",
    "12 rue de la République",
]


@pytest.fixture(scope="module")
def output() -> str:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("talkative.py")],
        env={**os.environ, "HIDDEN": json.dumps(HIDDEN), "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stdout == b""
    assert done.returncode == 1
    return done.stderr.decode()


@pytest.fixture(scope="module")
def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def named(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == event]


def test_nothing_personal_and_no_secret_is_in_the_logs_in_any_spelling(output: str) -> None:
    text = output.lower()
    for value in HIDDEN:
        raw = value.encode()
        spellings = {
            value,
            json.dumps(value)[1:-1],
            base64.b64encode(raw).decode().rstrip("="),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
            raw.hex(),
            quote(value),
        }
        assert [each for each in spellings if each.lower() in text] == []


def test_every_line_is_an_object_with_time_level_and_event(lines: list[dict[str, Any]]) -> None:
    assert len(lines) > 20 * len(HIDDEN)
    for line in lines:
        assert {"timestamp", "level", "event"} <= set(line)


def test_what_is_allowed_is_said(lines: list[dict[str, Any]]) -> None:
    (call,) = named(lines, "call")
    del call["timestamp"]
    assert call == {
        "level": "info",
        "event": "call",
        "call_id": "call_01k0abcdefghjkmnpqrstvwxyz",
        "operation": "cases.create",
        "client": "demo-app",
        "portal": "watiqa",
        "status": 201,
        "duration_ms": 12.5,
    }


def test_a_field_that_is_left_out_is_named_so_that_its_caller_is_found(lines: list[dict[str, Any]]) -> None:
    assert {"body", "cnie"} <= set(named(lines, "kwargs")[0]["dropped_fields"])


def test_a_name_that_may_come_from_outside_is_not_repeated(lines: list[dict[str, Any]]) -> None:
    assert "other" in named(lines, "kwargs")[0]["dropped_fields"]


def test_an_allowed_field_does_not_take_any_value(lines: list[dict[str, Any]]) -> None:
    for line in named(lines, "allowed_field"):
        assert len(line["dropped_fields"]) == 1
        assert line["dropped_fields"][0] in FIELDS


def test_the_class_of_an_error_may_be_said(lines: list[dict[str, Any]]) -> None:
    assert len([line for line in named(lines, "classes") if line["error"]]) == 5


def test_a_level_below_the_configured_one_is_silent(lines: list[dict[str, Any]]) -> None:
    assert named(lines, "too_quiet") == []


def test_a_logger_made_before_the_set_up_obeys_it(lines: list[dict[str, Any]]) -> None:
    assert named(lines, "breaker_changed")[0]["state"] == "open"


def test_an_exception_is_its_class_its_causes_and_where_it_passed(lines: list[dict[str, Any]]) -> None:
    chain = named(lines, "failed")[0]["exception"]
    assert [each["type"] for each in chain] == [
        "builtins.ExceptionGroup",
        "builtins.ValueError",
        "builtins.KeyError",
        "builtins.LookupError",
    ]
    assert chain[0]["at"][0].startswith("__main__:")


def test_a_library_is_heard_from_warning_up_and_only_with_its_own_constants(lines: list[dict[str, Any]]) -> None:
    said = [line.get("message") for line in named(lines, "library") if line["logger"] == "sqlalchemy.engine"]
    assert said == ["row %s of %r", None, None] * len(HIDDEN)


def test_a_library_with_its_own_handler_speaks_once_and_through_here(lines: list[dict[str, Any]]) -> None:
    assert len([line for line in named(lines, "library") if line["logger"] == "alembic"]) == len(HIDDEN)


def test_addresses_of_calls_are_not_logged_by_the_server(lines: list[dict[str, Any]]) -> None:
    assert [line for line in named(lines, "library") if line["logger"] == "uvicorn.access"] == []


def test_the_operator_learns_that_the_address_is_in_use(lines: list[dict[str, Any]]) -> None:
    (line,) = [line for line in named(lines, "library") if line["logger"] == "uvicorn.error"]
    assert line["message"] == "address in use: port 8400"


@pytest.mark.parametrize("event", ["warning", "thread_crashed", "unraisable", "crashed"])
def test_what_python_itself_would_print_goes_the_same_way(lines: list[dict[str, Any]], event: str) -> None:
    assert named(lines, event)


def test_a_forgotten_task_is_reported_with_the_place_of_its_failure(lines: list[dict[str, Any]]) -> None:
    reports = [line for line in named(lines, "library") if line["logger"] == "asyncio" and "message" not in line]
    assert any(line["exception"][0]["at"][-1].endswith(" fail") for line in reports)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_log_that_cannot_be_written_stops_nobody(unbuffered: str) -> None:
    program = (
        "import sys, structlog; from gateway.telemetry.logging import configure; configure('info');"
        "structlog.get_logger().info('call', status=200); print('went on')"
    )
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            timeout=PATIENCE,
        )
    assert (done.stdout, done.returncode) == (b"went on\n", 0)


def test_a_used_logger_is_heard_after_a_second_configure() -> None:
    """Each gateway that is put together in a process configures logging again, a command with another level."""
    configure("error")
    log = structlog.get_logger()
    log.info("gateway_started")
    configure()
    with structlog.testing.capture_logs() as said:
        log.info("gateway_started")
    assert [each["event"] for each in said] == ["gateway_started"]
