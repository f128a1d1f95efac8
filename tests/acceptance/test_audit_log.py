"""The signed log over HTTP: what anybody may fetch, what an auditor's program makes of it, the proof for a person."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.audit import checkpoint, note, proof, verify_audit
from gateway.audit.note import VerifierKey
from gateway.audit.record import openings
from gateway.audit.search import by_call
from gateway.storage.tables import audit_salts
from tests.database_sessions import read
from tests.waiting import PATIENCE

from .conftest import YOUSSEF, World
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()


async def vkey_of(world: World) -> str:
    answer = await world.web.get(f"{world.url}/.well-known/mre-gateway")
    (vkey,) = answer.json()["audit"]["vkeys"]
    return vkey


async def signed(world: World) -> checkpoint.Checkpoint:
    answer = await world.web.get(f"{world.url}/audit/log/checkpoint")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    head = checkpoint.parse(note.parse(answer.content).text)
    keys = [VerifierKey.parse(await vkey_of(world))]
    assert checkpoint.read(answer.content, keys, origin=head.origin) == head
    return head


async def covering(world: World, index: int) -> checkpoint.Checkpoint:
    async with asyncio.timeout(PATIENCE):
        while (head := await signed(world)).size <= index:
            await asyncio.sleep(0.05)
    return head


async def test_checkpoint_says_when_it_was_made(world: World) -> None:
    size, before = (await signed(world)).size, datetime.now(UTC).replace(microsecond=0)
    await record_of(world, await world.get("/v1/services"))
    await covering(world, size)
    made = parsedate_to_datetime((await world.web.get(f"{world.url}/audit/log/checkpoint")).headers["last-modified"])
    assert before <= made <= datetime.now(UTC)


async def test_the_log_verifies_over_http_with_the_verifier_that_it_serves(world: World, tmp_path: Path) -> None:
    for _ in range(5):
        await world.get("/v1/services")
    await covering(world, 4)
    program = await world.web.get(f"{world.url}/audit/verifier")
    assert program.text == Path(verify_audit.__file__).read_text(encoding="utf-8")
    (tmp_path / "verify_audit.py").write_bytes(program.content)
    words = ["verify_audit.py", f"{world.url}/audit/log", "--vkey", await vkey_of(world), "--json"]

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True, check=False
        )

    done = await asyncio.to_thread(run, AUDIT_TOKEN=await world.machine("demo-auditor"))
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert facts["verified"] is True
    assert facts["records"] == facts["size"] >= 5
    refused = await asyncio.to_thread(run, AUDIT_TOKEN="")
    assert refused.returncode == 2
    assert "HTTP status 401" in refused.stderr


async def test_hashes_are_public_and_kept_for_ever_by_caches(world: World) -> None:
    await world.get("/v1/services")
    head = await covering(world, 0)
    width = min(head.size, 255)
    answer = await world.web.get(f"{world.url}/audit/log/tile/0/000.p/{width}")
    assert answer.status_code == 200
    assert len(answer.content) == 32 * width
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]


async def test_records_are_for_auditors_and_each_look_is_a_record(world: World) -> None:
    await world.get("/v1/services")
    await covering(world, 0)
    path = "/audit/log/tile/entries/000.p/1"
    problem(await world.web.get(world.url + path), 401, "token_missing")
    problem(await world.get(path), 403, "insufficient_scope")
    answer = await world.get(path, await world.machine("demo-auditor"))
    (leaf,), whole = verify_audit.split_entries(answer.content)
    assert whole
    assert json.loads(leaf)["v"] == 1
    assert "private" in answer.headers["cache-control"]
    assert (await record_of(world, answer))["kind"] == "access"


@pytest.mark.parametrize(
    ("asked", "packed"),
    [("gzip", True), ("br, GZip;q=0.5", True), ("*", True), ("identity", False), ("gzip;q=0, *", False), ("br", False)],
)
async def test_records_are_compressed_for_who_asks(world: World, asked: str, packed: bool) -> None:
    await world.get("/v1/services")
    await covering(world, 0)
    path = "/audit/log/tile/entries/000.p/1"
    answer = await world.get(path, await world.machine("demo-auditor"), Accept_Encoding=asked)
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (packed, "Accept-Encoding, Origin")
    (leaf,), whole = verify_audit.split_entries(answer.content)  # httpx has unpacked it
    assert (json.loads(leaf)["v"], whole) == (1, True)


@pytest.mark.parametrize(
    "name",
    ["0/001", "0/000.p/0", "0/000.p/256", "0/0", "00/000", "8/000", "64/000", "1/x999/999", "0/000.p/1/x", "x/000"],
)
async def test_tiles_that_no_checkpoint_covers_are_not_there(world: World, name: str) -> None:
    problem(await world.web.get(f"{world.url}/audit/log/tile/{name}"), 404, "not_found")


async def test_what_is_public_about_the_log_leaves_no_records(world: World) -> None:
    await covering(world, 0)
    beyond = "log/anchors/9999999999999999999.cosigned"
    for path in ("log/checkpoint", "log/tile/0/000.p/1", "log/tile/7/000", "log/anchors", beyond, "verifier"):
        answer = await world.web.get(f"{world.url}/audit/{path}")
        assert answer.status_code in (200, 404)
        assert await world.records(call_id=answer.headers["call-id"]) == []


async def test_of_a_long_body_the_commitment_covers_the_beginning(world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.citizen()}", "Idempotency-Key": "a long one"}
    file = {"data": ("a.pdf", b"%PDF-1.4\n" + os.urandom(200_000), "application/pdf")}
    sent = world.web.build_request("POST", f"{world.url}/v1/attachments", files=file, headers=headers)
    call = (await world.web.send(sent)).headers["call-id"]
    storage = world.gateway.storage
    async with asyncio.timeout(PATIENCE):
        while True:
            async with read(storage) as connection:
                if found := await connection.run_sync(by_call, call):
                    of_it = select(audit_salts.c.salts).where(audit_salts.c.index == found[0].index)
                    salts = (await connection.execute(of_it)).scalar_one()
                    break
            await asyncio.sleep(0.02)
    request = next(iter(openings(found[0].record, salts)))
    assert request.where == "/request"
    assert request.opens(sent.read()[:65_536])


async def test_a_person_gets_a_proof_of_their_own_call(world: World, tmp_path: Path) -> None:
    call = (await world.get("/v1/cases")).headers["call-id"]
    answer = await world.get(f"/audit/receipts/{call}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    made = proof.parse(answer.content)
    key = VerifierKey.parse(await vkey_of(world))
    assert made.verify(made.extra, [key], origin=key.name).size > made.index
    assert json.loads(made.extra)["call"] == call
    file = tmp_path / "call.tlog-proof"
    file.write_bytes(answer.content)
    assert verify_audit.main([str(file), "--vkey", str(key)]) == 0


async def test_nobody_elses_call_is_proven_and_an_auditor_may_ask_for_any(world: World) -> None:
    call = (await world.get("/v1/cases")).headers["call-id"]
    path = f"/audit/receipts/{call}"
    refused = await world.get(path, await world.citizen(YOUSSEF))
    problem(refused, 404, "record_not_found")
    assert (await record_of(world, refused))["rule"] == "owner:person@1"
    problem(await world.web.get(world.url + path), 401, "token_missing")
    problem(await world.get("/audit/receipts/call_none"), 404, "record_not_found")
    auditor = await world.get(path, await world.machine("demo-auditor"))
    assert auditor.status_code == 200
    look = await record_of(world, auditor)
    assert (look["kind"], look["operation"]) == ("access", "audit.receipt")
    assert look["subject"] == json.loads(proof.parse(auditor.content).extra)["subject"]
