from __future__ import annotations

import asyncio
import json
import threading

import jwt
import pytest
from click.testing import CliRunner

from gateway.auth.keys import KeyRing
from gateway.cli import main
from gateway.sandbox import host
from gateway.sandbox.serve import running
from gateway.settings import load
from tests.waiting import PATIENCE


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def demo(tmp_path):
    """A state folder whose identity provider runs, in a thread of its own: the command has its own event loop."""
    up, down = threading.Event(), []

    async def serve():
        stop = asyncio.Event()
        down.extend([asyncio.get_running_loop(), stop])
        holder = {}

        async def app(scope, receive, send):
            if scope["type"] == "http":
                await holder["app"](scope, receive, send)

        async with running(app) as url:
            settings = load(state_dir=tmp_path, profile="demo", plugins={"enabled": []})
            holder["app"] = host.build(settings, url=url)
            (tmp_path / "gateway.toml").write_text(
                f'profile = "demo"\n[[auth.issuers]]\nissuer = "{url}/idp"\ndemo = true\n'
            )
            up.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert up.wait(PATIENCE)
    yield tmp_path
    down[0].call_soon_threadsafe(down[1].set)
    thread.join()


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_a_citizens_token_is_printed_alone(demo):
    done = run("token", "citizen", "--subject", "bk654321", "--scope", "cases:read tracking:read", "--state", demo)
    assert done.exit_code == 0, done.output
    assert (claims(done.stdout.strip())["cnie"], claims(done.stdout.strip())["scope"]) == (
        "BK654321",
        "cases:read tracking:read",
    )


def test_an_agents_token_names_the_agent_and_no_cnie(demo):
    found = [claims(run("token", "agent", *who, "--state", demo).stdout.strip()) for who in ((), ("--subject", "omar"))]
    assert [each["name"] for each in found] == ["Nadia Berrada", "Omar Chraibi"]
    assert len({each["sub"] for each in found}) == 2
    assert all(each["client_id"] == "demo-agent" and "cnie" not in each for each in found)


@pytest.mark.parametrize(
    ("role", "client"), [("app", "demo-app"), ("auditor", "demo-auditor"), ("operator", "demo-operator")]
)
def test_a_machines_token_comes_as_json_with_its_expiry(demo, role, client):
    done = run("token", role, "--json", "--state", demo)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (claims(answer["access_token"])["sub"], answer["client_id"]) == (client, client)
    assert abs(claims(answer["access_token"])["exp"] - answer["expires_at"]) <= 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["citizen", "--subject", "nobody"], "identity provider refused"),
        (["agent", "--subject", "AB123456"], "identity provider refused"),
        (["app", "--client", "stranger"], "idp.stranger"),
        (["app", "--scope", "audit:bodies"], "may ask for"),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_1(demo, arguments, says):
    done = run("token", *arguments, "--state", demo)
    assert (done.exit_code, says in done.output) == (1, True), done.output


def test_a_gateway_without_sandbox_identities_says_so(tmp_path):
    done = run("token", "app", "--state", tmp_path)
    assert (done.exit_code, "--state" in done.output) == (1, True)


def test_wrong_usage_is_exit_code_2(tmp_path):
    assert run("token", "king").exit_code == 2
    assert run("token", "app", "--state", tmp_path, "--config", tmp_path / "x").exit_code == 2
    assert run("keys", "rotate", "idp", "--state", tmp_path).exit_code == 2


def test_keys_are_created_listed_and_rotated(tmp_path):
    created = json.loads(run("keys", "create", "--state", tmp_path, "--json").stdout)
    assert [key["use"] for key in created] == ["receipts", "outbound", "audit", "cards"]
    assert json.loads(run("keys", "create", "--state", tmp_path, "--json").stdout) == created
    rotated = json.loads(run("keys", "rotate", "outbound", "--state", tmp_path, "--json").stdout)
    assert [key["state"] for key in rotated] == ["current", "retired"]
    assert KeyRing.open(tmp_path / "keys").signer("outbound").key_id == rotated[0]["key_id"]
    listed = run("keys", "list", "--state", tmp_path)
    assert (listed.exit_code, len(listed.stdout.splitlines())) == (0, 5)
    assert not any(key["demo"] for key in rotated)


def test_keys_that_are_not_there_are_said_to_be_missing(tmp_path):
    for arguments in (["list"], ["rotate", "audit"]):
        done = run("keys", *arguments, "--state", tmp_path)
        assert (done.exit_code, "keys create" in done.output) == (1, True)


def test_forgetting_a_year_says_what_an_erasure_cannot_find_afterwards(tmp_path):
    KeyRing.create(tmp_path / "keys")
    done = run("keys", "forget", "--before", KeyRing.open(tmp_path / "keys").ledger.first_year, "--state", tmp_path)
    assert done.exit_code == 0, done.output
    assert "whoever is erased from now on: earlier records are found by the cases alone" in done.output
