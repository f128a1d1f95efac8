"""A gateway with a witness that is down at first: calls go on, the gap is shown, and it is closed when there is one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import verify_audit
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import VerifierKey
from gateway.audit.witness import Witness
from gateway.audit.witness_app import application
from gateway.auth.keys import Signer
from gateway.sandbox.serve import listen, running
from tests.ports import free_port
from tests.waiting import PATIENCE

from .conftest import World, world_in

WITNESS = Signer("w", Ed25519PrivateKey.from_private_bytes(bytes(range(5, 37))))
KEY = WitnessKey(name="witness.example/w1", public=WITNESS.public)


async def until(world: World, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What readiness says of the witness, once that is so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await world.web.get(f"{world.url}/health/ready")
            assert answer.status_code == 200
            (anchor,) = answer.json()["anchors"]
            if wanted(anchor):
                return anchor | {"status": answer.json()["status"]}
            await asyncio.sleep(0.05)


async def test_a_witness_that_is_down_stops_nothing_is_seen_and_closes_the_gap_later(tmp_path: Path) -> None:
    port = free_port()
    audit = {
        "witnesses": [{"url": f"http://127.0.0.1:{port}", "vkey": str(KEY)}],
        "anchor_seconds": 0.05,
        "anchor_retry_seconds": 0.1,
        "checkpoint_seconds": 0.05,
    }
    async with world_in(tmp_path / "state", "", audit=audit) as world:
        case = await world.order("echo.note")
        down = await until(world, lambda anchor: anchor["state"] == "down")
        assert (down["status"], down["size"], down["problem"]) == ("degraded", 0, "ConnectError")
        assert down["records"] > 0
        assert (await world.get(f"/v1/cases/{case['id']}")).status_code == 200
        metrics = (await world.web.get(f"{world.url}/metrics")).text
        assert 'mre_gateway_audit_anchor_attempts_total{anchor="witness.example/w1",outcome="failed"}' in metrics

        (vkey,) = (await world.web.get(f"{world.url}/.well-known/mre-gateway")).json()["audit"]["vkeys"]
        witness = Witness(KEY.name, WITNESS, [VerifierKey.parse(vkey)], tmp_path / "witness.sqlite")
        async with running(application(witness), await asyncio.to_thread(listen, "127.0.0.1", port)):
            up = await until(world, lambda anchor: anchor["state"] == "up" and anchor["size"] > down["records"])
            assert (up["status"], up["problem"]) == ("ok", "")
            names = (await world.web.get(f"{world.url}/audit/log/anchors")).text.split()
            assert f"{up['size']}.cosigned" in names or len(names) == 1  # the last of each day is listed
            command = [
                sys.executable, "-I", "-S", verify_audit.__file__, f"{world.url}/audit/log", "--vkey", vkey,
                "--witness", str(KEY),
            ]  # fmt: skip
            child = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, env={"AUDIT_TOKEN": await world.machine("demo-auditor")}
            )
            said = (await child.communicate())[0].decode()
            assert child.returncode == 0, said
            assert "anchor   the first " in said
        for name in ("nothing", "5.x.tsr", f"{10**15}.cosigned"):  # a size that no log here ever had
            assert (await world.web.get(f"{world.url}/audit/log/anchors/{name}")).status_code == 404
