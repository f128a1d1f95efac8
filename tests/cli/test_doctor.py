from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
import struct
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from gateway import time_zones
from gateway.audit.entry import Entry
from gateway.audit.record import prepare
from gateway.auth.keys import KeyRing
from gateway.cli import main
from gateway.cli.doctor import machine
from gateway.cli.doctor import time_zones as zones
from gateway.ids import new_id
from gateway.sandbox.certificates import LIFE, Authority
from gateway.sandbox.state import prepare as prepare_demo
from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.tables import audit_checkpoints, audit_pending, cases
from gateway.storage.vault import Vault
from gateway.testing.scaffold import create_plugin
from tests.acceptance.conftest import world_in
from tests.database_sessions import transaction
from tests.ports import free_port

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A demo folder that never ran."""
    folder = tmp_path / "state"
    prepare_demo(folder, port=free_port(), sandbox_port=free_port(), speed=1.0)
    return folder


def write(state: Path, text: str) -> None:
    """Lay settings over the demo's; a key given again replaces the line."""
    path = state / "gateway.toml"
    head, _, issuers = path.read_text().partition("\n\n")
    names = [line.partition(" =")[0] for line in text.splitlines()]
    kept = [line for line in head.splitlines() if line.partition(" =")[0] not in names]
    path.write_text("\n".join([*kept, *text.splitlines()]) + "\n\n" + issuers)


def doctor(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["doctor", "--json", *arguments])
    return done.exit_code, json.loads(done.stdout)


def examine(state: Path) -> list[dict[str, str]]:
    """What is wrong. Whatever that is: each has a remedy, and no secret of the folder is in what is said."""
    code, answer = doctor("--state", str(state))
    wrong = [each for each in answer["findings"] if each["level"] == "wrong"]
    assert answer["ok"] == (not wrong)
    assert code == (1 if wrong else 0)
    assert all(each["remedy"] for each in wrong), wrong
    held = [*state.glob("secrets/*"), *state.glob("keys/*.key"), *state.glob("keys/*/*.pem")]
    for secret in filter(None, (path.read_text().strip() for path in held)):
        assert secret not in json.dumps(answer)
    return wrong


def only(found: list[dict[str, str]]) -> dict[str, str]:
    assert len(found) == 1, found
    return found[0]


def test_a_demo_that_never_ran_has_nothing_wrong(state: Path) -> None:
    assert examine(state) == []


def test_people_read_the_same_as_programs(state: Path) -> None:
    fine = CliRunner().invoke(main, ["doctor", "--state", str(state)])
    assert (fine.exit_code, "Nothing is wrong." in fine.stdout) == (0, True)
    key = state / "keys" / "data.key"
    key.chmod(0o644)
    read = CliRunner().invoke(main, ["doctor", "--state", str(state)])
    assert read.exit_code == 1
    assert f"chmod 600 {key}" in read.stdout
    assert "1 thing is wrong." in read.stdout


def test_looking_changes_no_file(state: Path) -> None:
    asyncio.run(_used(f"sqlite:///{state / 'gateway.sqlite'}", state))

    def seen() -> dict[str, tuple[int, str]]:
        files = sorted(each for each in state.rglob("*") if each.is_file())
        return {str(f): (f.stat().st_mtime_ns, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files}

    before = seen()
    assert examine(state) == []
    assert seen() == before


async def _used(url: str, state: Path) -> None:
    """A store with one person's sealed data."""
    storage = Storage(url)
    await migrate(storage)
    async with transaction(storage) as tx:
        await tx.run_sync(Vault(KeyRing.open(state / "keys").data_key).seal, "p_1", b"form", context="case_1")
    await storage.close()


# --- Time zones ---------------------------------------------------------------------------------------------------


def old_machine(folder: Path, release: str) -> time_zones.System:
    """A machine on which Morocco still keeps UTC+1 (RFC 9636, version 1)."""
    (folder / "Africa").mkdir()
    header = b"TZif" + b"\0" * 16 + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    (folder / "Africa" / "Casablanca").write_bytes(header + struct.pack(">lBB", 3600, 0, 0) + b"+01\0")
    return time_zones.System(folder, release)


@pytest.mark.parametrize(("release", "level"), [("2025b", "note"), ("", "note"), ("2999a", "wrong")])
def test_a_machine_with_other_time_zones_is_named(
    release: str, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_zones, "system", lambda: old_machine(tmp_path, release))
    (found,) = zones.examine(datetime(2026, 11, 29, 10, tzinfo=UTC))
    assert (found.check, found.level) == ("time zones", level)
    assert "Africa/Casablanca; in Morocco it is 10:00, the machine believes 11:00" in found.message


def test_old_time_zones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_zones, "system", lambda: None)
    (fresh,) = zones.examine(datetime(2026, 11, 29, tzinfo=UTC))
    assert (fresh.level, "has none of its own" in fresh.message) == ("ok", True)
    old, _ = zones.examine(datetime(2036, 1, 1, tzinfo=UTC))
    assert (old.level, "wants to be replaced since" in old.message) == ("note", True)


# --- Settings and machine -----------------------------------------------------------------------------------------


def test_every_wrong_setting_is_named(state: Path) -> None:
    write(state, "server.prot = 1\naudit.queue_records = 0")
    found = examine(state)
    assert [each["message"].split(":")[0] for each in found] == ["server.prot", "audit.queue_records"]


def test_an_isolated_plugin_that_nothing_enables_is_named(state: Path) -> None:
    write(state, 'plugins.added = ["nowhere/alpha"]\nplugins.isolate = ["ecko"]')
    assert {each["message"] for each in examine(state)} == {"plugins.isolate: ecko: not among the enabled plugins"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, answer = doctor("--config", str(tmp_path / "none.toml"))
    assert code == 1
    assert "none.toml" in answer["findings"][0]["message"]


def test_an_environment_variable_that_sets_nothing_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRE_GATEWAY__SERVR__PORT", "1")
    found = only(examine(state))
    assert "MRE_GATEWAY__SERVR__PORT" in found["message"]
    assert "server" in found["remedy"]


def test_a_state_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    _, answer = doctor("--state", str(tmp_path / "state"))
    found = [each for each in answer["findings"] if each["check"] == "state"]
    assert "not a folder" in only(found)["message"]


def test_a_full_disk_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**6, 10**6))
    assert only(examine(state))["check"] == "disk"


def test_a_port_that_another_program_has_is_named(state: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:  # answers 501 to everything
        serving = Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        write(state, f"server.port = {other.server_port}")
        found = only(examine(state))
        other.shutdown()
        serving.join()
    assert found["check"] == "port"
    assert "taken by another program" in found["message"]


@pytest.mark.parametrize(
    ("others", "now", "words"),
    [
        ({"the database": NOW}, NOW + timedelta(seconds=11), "11 seconds apart"),
        ({"the database": NOW}, NOW - timedelta(seconds=11), "11 seconds apart"),
        ({}, datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01"),
    ],
)
def test_a_clock_that_is_wrong_is_named(others: dict[str, datetime], now: datetime, words: str) -> None:
    (found,) = machine.clock(others, leeway=10, now=now)
    assert found.level == "wrong"
    assert words in found.message


def test_clocks_that_differ_less_than_tokens_allow_are_fine() -> None:
    (found,) = machine.clock({"the database": NOW}, leeway=10, now=NOW + timedelta(seconds=9))
    assert found.level == "ok"


ONE, OTHER = "https://one.example", "the database"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("others", "words", "remedy"),
    [
        ({ONE: NOW, OTHER: NOW + HOUR}, "the database is 3600 seconds ahead of this machine", "clock of the database"),
        ({ONE: NOW - HOUR, OTHER: NOW}, "one.example is 3600 seconds behind this machine", "clock of https://one"),
        ({ONE: NOW + HOUR, OTHER: NOW + HOUR}, "this machine is 3600 seconds behind https://one", "of this machine"),
        ({OTHER: NOW + HOUR}, "this machine and the database are 3600 seconds apart", "with a third clock"),
        ({ONE: NOW - HOUR, OTHER: NOW + HOUR}, "are 3600 seconds apart", "with a third clock"),
    ],
)
def test_a_clock_is_blamed_where_a_third_one_tells(others: dict[str, datetime], words: str, remedy: str) -> None:
    found = list(machine.clock(others, leeway=10, now=NOW))
    assert words in found[0].message
    assert remedy in found[0].remedy


def test_a_record_of_the_future_is_no_fault_of_this_machine() -> None:
    (found,) = machine.not_ahead(NOW + HOUR, leeway=10, now=NOW, database=True)
    assert found.message == "the newest audit record is 3600 seconds ahead of the database"
    assert found.remedy.startswith("set the clock of the machine")


def test_a_clock_that_was_set_back_is_noticed_by_the_newest_record() -> None:
    (found,) = machine.not_ahead(NOW, leeway=10, now=NOW - timedelta(hours=1))
    assert "3600 seconds ahead" in found.message
    assert list(machine.not_ahead(NOW, leeway=10, now=NOW)) == []


# --- Keys, clients, production, issuers ---------------------------------------------------------------------------


def test_a_key_that_others_can_read_is_named_with_the_command_that_closes_it(state: Path) -> None:
    key = state / "keys" / "data.key"
    key.chmod(0o644)
    assert only(examine(state))["remedy"] == f"chmod 600 {key}"


def test_a_missing_key_is_named(state: Path) -> None:
    (state / "keys" / "pseudonym.key").unlink()
    found = only(examine(state))
    assert "pseudonym.key is missing" in found["message"]
    assert "keys create" in found["remedy"]


def test_a_damaged_key_is_named(state: Path) -> None:
    (state / "keys" / "data.key").write_text("demo-00\n")
    found = only(examine(state))
    assert "1 bytes instead of 32" in found["message"]
    assert "backup" in found["remedy"]


def test_a_clients_file_that_cannot_be_used_is_named(state: Path, tmp_path: Path) -> None:
    clients = tmp_path / "clients.toml"
    clients.write_text('[ministry]\nname = "A"\nkind = "auditor"\nscopes = ["cases:write"]\n')
    write(state, f'auth.clients_file = "{clients}"')
    found = only(examine(state))
    assert found["check"] == "clients"
    assert "cases:write" in found["message"]


def test_production_refuses_everything_that_came_with_the_demo(state: Path) -> None:
    write(state, 'profile = "production"')
    found = [each["message"] for each in examine(state) if each["check"] == "production"]
    for words in ("sandbox identity provider", "demo keys", "demo clients", "portals.watiqa is in sandbox mode"):
        assert any(words in message for message in found), (words, found)


@pytest.mark.parametrize(("name", "told"), [("mre-gateway.local/log", 1), ("services.example/audit/log", 0)])
def test_a_log_that_is_not_named_after_its_address_is_told(state: Path, name: str, told: int) -> None:
    write(state, f'profile = "production"\nserver.public_url = "https://services.example/"\naudit.origin = "{name}"')
    findings = doctor("--state", str(state))[1]["findings"]
    notes = [each for each in findings if each["level"] == "note" and "not its address" in each["message"]]
    assert len(notes) == told
    assert all("services.example/audit/log" in each["remedy"] for each in notes)


def test_production_without_keys_says_how_to_make_them(state: Path) -> None:
    write(state, 'profile = "production"')
    shutil.rmtree(state / "keys")
    found = next(each for each in examine(state) if each["check"] == "keys")
    assert "keys create" in found["remedy"]


def test_an_issuer_that_gives_no_keys_is_named(state: Path) -> None:
    path = state / "gateway.toml"
    path.write_text(path.read_text().replace("demo = true", "demo = false"))
    found = only(examine(state))
    assert found["check"] == "issuers"
    assert "/idp gives no keys" in found["message"]


def test_settings_without_an_issuer_are_wrong(tmp_path: Path) -> None:
    _, answer = doctor("--state", str(tmp_path))
    assert any("auth.issuers is empty" in each["message"] for each in answer["findings"])


# --- Portals ------------------------------------------------------------------------------------------------------


def test_a_quarantined_plugin_is_named_with_stage_reason_and_remedy(state: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "oldone").mkdir(parents=True)
    (tmp_path / "mine" / "oldone" / "plugin.toml").write_text('id = "oldone"\napi = 99\n')
    write(state, f'plugins = {{ folders = ["{tmp_path / "mine"}"], enabled = ["oldone", "nowhere", "echo"] }}')
    old, nowhere = [each for each in examine(state) if each["check"].startswith("portal")]
    assert (old["check"], nowhere["check"]) == ("portal oldone", "portal nowhere")
    assert "stage api: plugin.toml: api: written for version 99" in old["message"]
    assert "stage find" in nowhere["message"]


def test_a_scheme_that_nobody_knows_costs_its_plugin_and_no_other(state: Path, tmp_path: Path) -> None:
    plugin = create_plugin("pigeons", tmp_path / "mine")
    manifest = plugin / "plugin.toml"
    manifest.write_text(manifest.read_text().replace('scheme = "api_key"', 'scheme = "carrier_pigeon"'))
    write(state, f'plugins = {{ folders = ["{tmp_path / "mine"}"], enabled = ["pigeons", "echo"] }}')
    (state / "secrets" / "pigeons.api_key").write_text("a key")
    write(state, f'portals.pigeons.secrets.api_key = {{ file = "{state / "secrets" / "pigeons.api_key"}" }}')
    write(state, 'messages.sms = ""')
    found = only(examine(state))
    assert found["check"] == "portal pigeons"
    assert "there is no scheme 'carrier_pigeon'" in found["message"]


def test_strict_mode_does_not_keep_the_second_broken_plugin_from_being_named(state: Path) -> None:
    write(state, 'plugins = { enabled = ["one", "two"], strict = true }')
    found = [each["check"] for each in examine(state)]
    assert found == ["portal one", "portal two", "messages"]  # no plugin is there to carry SMS


def test_each_missing_secret_is_named(state: Path) -> None:
    (state / "secrets" / "watiqa.client_secret").unlink()
    (state / "secrets" / "echo.api_key").write_text("\n")
    write(state, 'portals.barid.secrets.api_key = { env = "NOT_SET_ANYWHERE" }')
    found = {each["check"]: each["message"] for each in examine(state)}
    assert found.keys() == {"portal watiqa", "portal barid", "portal echo"}
    assert "portals.watiqa.secrets.client_secret" in found["portal watiqa"]
    assert "NOT_SET_ANYWHERE is not set" in found["portal barid"]
    assert "is empty" in found["portal echo"]


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://www.watiqa.ma", "needs an https address"), ("https://elsewhere.example", "not at one of the declared")],
)
def test_a_live_portal_with_an_address_that_is_not_its_own_is_named(state: Path, address: str, words: str) -> None:
    write(state, f'portals.watiqa.mode = "live"\nportals.watiqa.base_url = "{address}"')
    found = only(examine(state))
    assert found["check"] == "portal watiqa"
    assert words in found["message"]


def test_settings_of_a_portal_that_nobody_knows_are_noted(state: Path) -> None:
    write(state, 'portals.watika.mode = "sandbox"')
    _, answer = doctor("--state", str(state))
    assert answer["ok"]
    assert any(each["check"] == "portal watika" and each["level"] == "note" for each in answer["findings"])


# --- Stores -------------------------------------------------------------------------------------------------------


def on(state: Path, url: str) -> None:
    """Let the demo use this store."""
    write(state, f'store.url = "{url}"')
    if url.startswith("postgresql"):
        write(state, "journeys.embedded = true")


def test_a_used_store_has_nothing_wrong(state: Path, store_url: str) -> None:
    on(state, store_url)
    asyncio.run(_used(store_url, state))
    assert examine(state) == []


def test_a_data_key_that_does_not_belong_to_the_store_is_named(state: Path, store_url: str) -> None:
    on(state, store_url)
    asyncio.run(_used(store_url, state))
    (state / "keys" / "data.key").write_text("demo-" + "00" * 32)
    found = only(examine(state))
    assert "data.key does not open what is sealed here" in found["message"]


# --- Certificates -------------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo folder with one portal, which wants mutual TLS."""
    plugin = create_plugin("sealed", tmp_path / "plugins") / "plugin.toml"
    plugin.write_text(f'certificate = "mutual_tls"\n{plugin.read_text()}')
    monkeypatch.setenv("MRE_GATEWAY__PLUGINS__FOLDERS", json.dumps([str(tmp_path / "plugins")]))
    monkeypatch.setenv("MRE_GATEWAY__PLUGINS__ENABLED", '["sealed"]')
    folder = tmp_path / "state"
    prepare_demo(folder, port=free_port(), sandbox_port=free_port(), speed=1.0)
    return folder


def test_a_portal_with_all_its_certificates_is_ready(sealed: Path) -> None:
    assert examine(sealed) == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("portals.sealed.tls = {}", "tls.cert: not set"),
        ('portals.sealed.tls = { cert = "/nowhere/a.pem" }', "tls.cert: cannot read /nowhere/a.pem"),
        ('portals.sealed.base_url = "http://127.0.0.1:1/sealed"', "needs an https address"),
    ],
)
def test_a_portal_without_a_usable_certificate_is_left_out_with_the_reason(
    sealed: Path, setting: str, said: str
) -> None:
    write(sealed, setting)
    found = only(examine(sealed))
    assert (found["check"], said in found["message"]) == ("portal sealed", True)


@pytest.mark.parametrize(("left", "told"), [(20, True), (25, False)])
def test_a_certificate_that_ends_soon_is_named(sealed: Path, left: int, told: bool) -> None:
    folder = sealed / "certificates"
    for name in ("sealed.gateway.pem", "ca.pem"):
        (folder / name).unlink()
    Authority(folder, now=datetime.now(UTC) - LIFE + timedelta(days=left)).issue("sealed.gateway", "mre-gateway")
    _, answer = doctor("--state", str(sealed))
    ends = f"{datetime.now(UTC) + timedelta(days=left):%Y-%m-%d}"
    assert any(f"sealed.gateway.pem ends on {ends}" in each["message"] for each in answer["findings"]) == told


def test_a_schema_of_another_version_is_named(state: Path) -> None:
    store = sqlite3.connect(state / "gateway.sqlite")
    store.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    store.execute("INSERT INTO alembic_version VALUES ('0000')")
    store.commit()
    store.close()
    found = only(examine(state))
    assert "schema 0000, and this version needs" in found["message"]


def test_a_file_that_is_no_database_is_named(state: Path) -> None:
    (state / "gateway.sqlite").write_text("this is a text, not a database " * 100)
    found = only(examine(state))
    assert found["check"] == "store"
    assert "file is not a database" in found["message"]


def test_a_retired_setting_is_named_and_hinders_nothing(state: Path) -> None:
    write(state, 'journeys.store_url = "sqlite:///journal.sqlite"')
    code, answer = doctor("--state", str(state))
    assert (code, answer["ok"]) == (0, True)
    noted = [each["message"] for each in answer["findings"] if each["check"] == "settings" and each["level"] == "note"]
    assert noted == ["journeys.store_url means nothing any more and is left out; remove it"]


def test_a_database_that_is_not_there_is_named_without_its_password(state: Path) -> None:
    on(state, f"postgresql+psycopg://gateway:open-sesame@127.0.0.1:{free_port()}/gateway")
    found = examine(state)
    assert {each["check"] for each in found} == {"store"}
    assert all("127.0.0.1" in each["message"] and "open-sesame" not in each["message"] for each in found)


def test_a_driver_that_is_not_here_is_named(state: Path) -> None:
    on(state, "mysql+aiomysql://gateway@127.0.0.1/gateway")
    assert "ModuleNotFoundError" in next(each for each in examine(state) if each["check"] == "store")["message"]


def test_connections_that_the_server_does_not_allow_are_named(state: Path, postgres_url: str) -> None:
    """The tests' server allows 300 to its superuser."""
    on(state, postgres_url)
    asyncio.run(_used(postgres_url, state))
    write(state, f'store.url = "{postgres_url}"\nstore.pool_size = 9\nstore.processes = 26')
    found = only(examine(state))
    assert found["check"] == "connections"
    assert found["message"] == "26 processes of at most 12 connections; the server allows 300"
    write(state, f'store.url = "{postgres_url}"\nstore.pool_size = 9\nstore.processes = 25')
    assert examine(state) == []


@pytest.mark.parametrize(("minutes", "expected"), [(0, []), (60, ["audit"])])
def test_records_that_nobody_places_are_named_after_a_while(
    state: Path, store_url: str, minutes: int, expected: list[str]
) -> None:
    async def leave() -> None:
        storage = Storage(store_url)
        entry = Entry(call_id=new_id("call"), kind="call", at=datetime.now(UTC) - timedelta(minutes=minutes))
        prepared = prepare(entry, max_bytes=16_384)
        async with transaction(storage) as tx:
            await tx.execute(insert(audit_pending).values(leaf=prepared.leaf, salts=prepared.salts))
        await storage.close()

    on(state, store_url)
    asyncio.run(leave())
    assert [each["check"] for each in examine(state)] == expected


VKEY = "witness.example/w1+deb4d1b9+BCe7FLsoR+6mFykRzGAg3clfoakYDbaYtXQc8ZJNG8hw"


def test_a_witness_that_has_not_seen_the_log_for_long_is_named(state: Path, store_url: str) -> None:
    on(state, store_url)
    write(state, f'store.url = "{store_url}"\naudit.witnesses = [{{ url = "http://127.0.0.1:1", vkey = "{VKEY}" }}]')
    assert examine(state) == []
    signed = {"size": 7, "root": b"", "note": b"", "created_at": datetime.now(UTC) - timedelta(minutes=20)}

    async def sign() -> None:
        storage = Storage(store_url)
        async with transaction(storage) as tx:
            await tx.execute(insert(audit_checkpoints).values(**signed))
        await storage.close()

    asyncio.run(sign())
    found = only(examine(state))
    assert "witness.example/w1 has not seen the last 7 records, signed since 20 minutes" in found["message"]


def test_a_witness_that_contradicted_is_named_until_somebody_looked_into_it(state: Path) -> None:
    (state / "audit.refused").write_text('{"reason": "", "witness": ""}')
    assert "nothing is signed" in only(examine(state))["message"]


def test_an_anchor_that_cannot_be_used_is_named(state: Path) -> None:
    write(state, 'audit.witnesses = [{ url = "http://127.0.0.1:1", vkey = "nonsense" }]')
    assert "audit.witnesses: not a witness" in only(examine(state))["message"]


@pytest.mark.parametrize(("minutes", "expected"), [(0, []), (60, ["journeys"])])
def test_cases_that_nobody_carries_on_are_named_after_a_while(
    state: Path, store_url: str, minutes: int, expected: list[str]
) -> None:
    async def leave() -> None:
        storage = Storage(store_url)
        due = datetime.now(UTC) - timedelta(minutes=minutes)
        async with transaction(storage) as tx:
            await tx.execute(
                insert(cases).values(
                    id=new_id("case"), client="c", subject="", service="echo.note", status="received", version=1,
                    language="fr", created_at=due, updated_at=due, due_at=due, state={}, sealed=b"",
                )
            )  # fmt: skip
        await storage.close()

    on(state, store_url)
    asyncio.run(leave())
    assert [each["check"] for each in examine(state)] == expected


# --- A gateway that runs ------------------------------------------------------------------------------------------


async def test_beside_a_running_gateway_it_asks_that_too(tmp_path: Path) -> None:
    async with world_in(tmp_path / "state", "") as world:
        code, answer = await asyncio.to_thread(doctor, "--state", str(world.state_dir))
        assert (code, answer["ok"]) == (0, True), answer
        said = {each["check"]: each["message"] for each in answer["findings"]}
        assert said["port"].startswith("this gateway runs at")
        assert said["gateway"] == "ready"
        assert said["issuers"].endswith("gives its keys")

        other = tmp_path / "other"
        prepare_demo(other, port=int(world.url.rpartition(":")[2]), sandbox_port=free_port(), speed=1.0)
        code, answer = await asyncio.to_thread(doctor, "--state", str(other))
        found = next(each for each in answer["findings"] if each["check"] == "port")
        assert (code, found["level"]) == (1, "wrong")
        assert "another gateway" in found["message"]
