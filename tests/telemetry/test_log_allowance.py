from __future__ import annotations

import json
import logging

import msgspec
import pytest
import structlog

from gateway.telemetry import log_allowance
from gateway.telemetry.log_allowance import LogAllowance
from gateway.telemetry.logging import configure, describe, limit_plugins, relay
from gateway.telemetry.metrics import REGISTRY


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_plugin_may_log_so_many_lines_at_once_and_then_some_a_second():
    clock = Clock()
    allowance = LogAllowance(per_second=2, burst=3, now=clock)

    at_once = [allowance.admit("alpha")[0] for _ in range(5)]
    clock.now = 1.0
    later = [allowance.admit("alpha")[0] for _ in range(4)]

    assert at_once == [True, True, True, False, False]
    assert later == [True, True, False, False]


def test_a_flood_is_told_at_once_and_then_each_minute():
    clock = Clock()
    allowance = LogAllowance(per_second=0.001, burst=1, now=clock)

    told = [allowance.admit("alpha")[1] for _ in range(4)]
    clock.now = 61.0
    again = allowance.admit("alpha")[1]

    assert told == [0, 1, 0, 0]
    assert again == 3


def test_a_plugin_that_floods_takes_no_line_from_others():
    allowance = LogAllowance(per_second=0.001, burst=1)
    for _ in range(9):
        allowance.admit("alpha")

    assert allowance.admit("beta")[0]


FLOOD = """
import logging
import structlog

def flood(times):
    for _ in range(times):
        structlog.get_logger().warning("portal_answer_odd", code="alpha")
        logging.getLogger("alpha").warning("again")
"""


def test_what_a_plugins_code_logs_is_limited(capfd, monkeypatch):
    monkeypatch.setattr(log_allowance, "_packages", {"plugins.alpha": "alpha"})
    code: dict = {"__name__": "plugins.alpha.connector"}
    exec(FLOOD, code)
    configure()
    limit_plugins(per_second=0.001, burst=10)

    code["flood"](1000)
    structlog.get_logger().warning("portal_answer_odd", code="core")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert len([line for line in lines if line.get("code") == "alpha" or line.get("logger") == "alpha"]) == 10
    assert {"event": "plugin_log_lines_dropped", "plugin": "alpha", "count": 1}.items() <= lines[10].items()
    assert lines[-1]["code"] == "core"
    assert REGISTRY.get_sample_value("mre_gateway_portal_log_lines_dropped_total", {"portal": "alpha"}) >= 1990


@pytest.fixture(autouse=True)
def restored():
    yield
    limit_plugins(per_second=20.0, burst=200)
    logging.getLogger("alpha").handlers.clear()


def relayed(capfd, *lines):
    relay("alpha", lines)
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize("line", [b"a person's name", b"[]", b"{", b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_what_a_process_of_a_plugin_writes_is_told_without_its_text(capfd, line):
    (told,) = relayed(capfd, line)
    assert (told["event"], told["plugin"], told["size"]) == ("plugin_wrote", "alpha", len(line))
    assert "person" not in str(told)


def test_a_line_of_a_process_of_a_plugin_passes_the_allow_list_again(capfd):
    said = {"level": "info", "event": "portal_answer_odd", "code": "beta", "plugin": "beta", "who": "AB123456",
            "portal": "AB123456", "exception": [{"type": "builtins.KeyError", "at": ["m:5 file"]}]}  # fmt: skip
    (told,) = relayed(capfd, json.dumps(said).encode())
    assert (told["level"], told["event"], told["code"]) == ("info", "portal_answer_odd", "beta")
    assert told["plugin"] == "alpha"
    assert told["exception"] == said["exception"]
    assert "AB123456" not in str(told)
    (told,) = relayed(capfd, json.dumps(said | {"level": 5, "event": 5, "exception": "It's she\n"}).encode())
    assert (told["level"], told["event"]) == ("error", "unnamed")
    assert "exception" not in told


AT = [{"type": "builtins.KeyError", "at": ["plugins.a.connector:5 __call__", "m:12345 <lambda>"]}]
NESTED: list = []
for _ in range(900):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    "said",
    [[{"type": "Jean Dupont AB123456 0612345678 has cancer"}], [{"type": "Jean Dupont AB123456", "at": []}], NESTED,
     [{"type": "builtins.KeyError", "at": ["Jean Dupont:5 file"]}], [{"type": "builtins.KeyError", "at": "m:5 file"}],
     [{"type": "builtins.KeyError", "at": ["m:5 f0612345678"]}], [{"type": "builtins.KeyError", "at": ["é:5 file"]}],
     [{**AT[0], "who": "AB"}], AT * 6, [{"type": "builtins.KeyError", "at": AT[0]["at"] * 8}], "builtins.KeyError"],
    ids=range(11),
)  # fmt: skip
def test_what_a_process_calls_an_exception_has_its_form_or_is_left_out(capfd, said):
    (told,) = relayed(capfd, json.dumps({"event": "crashed", "exception": said}).encode())
    assert "exception" not in told
    assert told["dropped_fields"] == ["exception"]


def test_an_exception_of_this_modules_making_is_kept(capfd):
    (told,) = relayed(capfd, json.dumps({"event": "crashed", "exception": AT}).encode())
    assert told["exception"] == AT
    assert "dropped_fields" not in told


def test_what_describe_says_of_a_real_exception_is_kept(capfd):
    try:
        msgspec.json.decode(b"{", type=list)
    except msgspec.DecodeError as error:
        try:
            raise OSError from error
        except OSError as outer:
            said = describe(outer)
    (told,) = relayed(capfd, json.dumps({"event": "crashed", "exception": said}).encode())
    assert told["exception"] == said
