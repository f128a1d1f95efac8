"""Personal data and secrets of whole journeys, searched by value wherever they must not be."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from gateway.sandbox.host import Host
from gateway.storage.tables import audit_pending, audit_records, audit_salts, case_events, cases, payments
from tests.database_sessions import read

from .conftest import AMINA, CARD, DECLINED_CARD, YOUSSEF, World, world_in
from .needles import forms, hits
from .test_journey import wrong_act


@pytest.mark.parametrize("value", ["AB123456", "amina@example.org", "+33612345678", "أمينة الفاسي"])
def test_the_search_finds_a_value_in_every_disguise(value: str) -> None:
    raw = value.encode()
    disguised = [
        *(base64.b64encode(b"x" * before + raw + b"yy") for before in range(4)),
        *(base64.urlsafe_b64encode(b"x" * before + raw + b"yy") for before in range(4)),
        raw.hex().encode(),
        quote(value, safe="").encode(),
        json.dumps({"a": value}).encode(),
        repr(raw).encode() if value.isascii() else raw,
        value.lower().encode(),
    ]
    for each in disguised:
        assert hits([value], {"here": b"... " + each + b" ..."}), each
    assert not hits([value], {"here": b"nothing of the kind"})
    with pytest.raises(AssertionError):
        hits([value], {"here": b""})
    assert all(len(form) >= 5 for form in forms(value))


@pytest.mark.usefixtures("portals_not_asked")
async def test_a_journey_leaves_no_personal_data_and_no_secret_where_they_do_not_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(Host, "__call__", noting(Host.__call__, asked))
    async with world_in(tmp_path, "", logging={"level": "debug"}) as world:
        example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
        answers = await journeys(world, example)
        values = personal(example) + await secrets(world)
        metrics = (await world.web.get(f"{world.url}/metrics")).content
        rows = await in_the_database(world)
        everything = databases(tmp_path)
    assert "gateway.sqlite" in everything
    assert b"case_" in b"".join(content for file, content in everything.items() if file.startswith("gateway"))
    logs = b"".join(capfdbinary.readouterr())
    assert b'"event":"call"' in logs
    assert b"connector_error" in logs  # what the portals' garbage did is in there too
    assert b"mre_gateway_portal_operations" in metrics
    assert b'"hops"' in rows["audit_records"]
    assert b"/orders" in b"\n".join(asked)
    places = {
        "logs": logs,
        "metrics": metrics,
        "addresses asked by the gateway": b"\n".join(asked),
        "problems": b"\n".join(answers),
        **rows,
        **everything,
    }
    assert hits(values, places) == []


def databases(folder: Path) -> dict[str, bytes]:
    """The gateway's files, byte by byte, with what is deleted in them and not yet overwritten."""
    found = {path.name: path.read_bytes() for path in folder.glob("*.sqlite*") if "sandbox" not in path.name}
    return {name: content for name, content in found.items() if content}


def noting(call: Any, asked: list[bytes]) -> Any:
    """The sandbox host, writing down the address of every request but those to the identity provider and its own."""

    async def noted(self: Host, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/idp", "/_")):
            asked.append(scope["raw_path"] + b"?" + scope["query_string"])
        await call(self, scope, receive, send)

    return noted


def personal(example: dict[str, Any]) -> list[str]:
    """Everything a person wrote into the form that is hers alone, and what the identity provider said of her."""
    person, parents, delivery = example["person"], example["parents"], example["delivery"]
    address = delivery["address"]
    return [
        AMINA,
        "Amina El Fassi",
        "amina@example.org",
        "+33612345678",
        "33612345678",
        *(person[name] for name in ("last_name_latin", "last_name_arabic", "first_name_arabic", "birth_date")),
        *parents.values(),
        address["name"],
        *address["lines"],
        address["phone"],
        example["contact"]["email"],
        example["contact"]["phone"],
        YOUSSEF,
        "youssef@example.org",
        "Youssef Benali",
        CARD,
        DECLINED_CARD,
    ]


async def secrets(world: World) -> list[str]:
    """Tokens whole and by their parts that nobody could guess, and the content of every secret file."""
    tokens = [*world.tokens.values(), await world.machine("demo-auditor")]
    parts = [part for token in tokens for part in token.split(".")[1:]]
    files = [path.read_text().strip() for path in (world.state_dir / "secrets").iterdir()]
    keys = [
        line
        for path in (world.state_dir / "keys").rglob("*.pem")
        for line in path.read_text().splitlines()
        if "-----" not in line and len(line) > 30
    ]
    assert len(tokens) >= 3
    assert len(files) >= 5
    assert len(keys) >= 4
    return [*tokens, *parts, *files, *keys]


async def in_the_database(world: World) -> dict[str, bytes]:
    found = {}
    async with read(world.gateway.storage) as connection:
        for table in (cases, case_events, payments, audit_records, audit_salts):
            rows = (await connection.execute(select(table))).all()
            found[table.name] = repr([tuple(row) for row in rows]).encode()
            assert rows, table.name
        waiting = (await connection.execute(select(audit_pending))).all()
        found["audit_pending"] = repr(waiting).encode()
    return found


async def journeys(world: World, example: dict[str, Any]) -> list[bytes]:
    """One that succeeds, one that the portal refuses, portals that talk nonsense; and a crowd of bad requests.

    Returns the problem documents.
    """
    case = await world.order()
    await world.pay(case["id"], DECLINED_CARD)
    await world.pay(case["id"])
    done = await world.ended(case["id"])
    assert done["status"] == "completed"
    for path in (f"/v1/cases/{case['id']}/receipt", f"/v1/cases/{case['id']}/events", "/v1/cases", "/v1/me/accesses"):
        assert (await world.get(path, Accept_Language="ar")).status_code == 200
    for document in done["documents"]:
        assert (await world.get(document["url"])).status_code == 200
    refused = await world.order(**wrong_act(example))
    await world.pay(refused["id"])
    await world.fault("watiqa", "garbage", 0.5)
    assert (await world.ended(refused["id"]))["status"] == "rejected"
    await world.fault("watiqa", "garbage")
    for _ in range(3):
        await world.get("/v1/tracking/watiqa/WQ-2026-000001", Tracking_Proof="email=amina@example.org")
    await world.fault("watiqa", "none")
    return [answer for answer in [*await strangers(world, case["id"]), *await mistakes(world, example)] if answer]


async def strangers(world: World, case_id: str) -> list[bytes]:
    youssef = await world.citizen(YOUSSEF)
    paths = ("", "/events", "/receipt", "/documents/receipt")
    answers = [await world.get(f"/v1/cases/{case_id}{below}", youssef) for below in paths]
    answers.append(await world.post(f"/v1/cases/{case_id}/actions/withdraw", None, youssef))
    answers.append(await world.get("/audit/records", youssef))
    answers.append(await world.get("/v1/cases", (await world.citizen())[:-2] + "xx"))
    form = {"oid": "x", "BillToName": "Amina El Fassi", "email": "amina@example.org", "pan": CARD, "HASH": "x"}
    answers.append(await world.web.post(f"{world.url}/callbacks/etimbre/payment", data=form))
    await world.web.get(f"{world.url}/callbacks/etimbre/return", params=form)
    return [answer.content for answer in answers]


async def mistakes(world: World, example: dict[str, Any]) -> list[bytes]:
    """Her own data in all the wrong places."""
    token = await world.citizen()
    private = (AMINA, "Amina El Fassi", "amina@example.org", "أمينة الفاسي", CARD, token)
    answers = []
    for value in private:
        bodies: list[Any] = [
            {"service": value, "form": {}},
            {"service": "watiqa.birth-extract", "form": {**example, "person": value, "copies": value}},
            {"service": "watiqa.birth-extract", "form": {**example, "contact": {"email": value, "phone": value}}},
            {"service": "echo.note", "form": {"text": "x"}, "language": value},
            {"service": "echo.note", "form": {"text": "x"}, "contact": {"phone": value + "x"}},
            {"service": "echo.note", "form": {"text": "x"}, "contact": value},
            value,
        ]
        answers += [await world.post("/v1/cases", body) for body in bodies]
        if value.isascii():
            answers.append(await world.get("/v1/tracking/watiqa/WQ-1", Tracking_Proof=f"cnie={value}"))
            answers.append(await world.get("/v1/cases", Last_Event_ID=value, Authorization=value))
        segment = quote(value, safe="")
        paths = (
            f"/v1/cases/{segment}", f"/v1/services/{segment}", f"/v1/tracking/barid/{segment}",
            f"/v1/tracking/{segment}/x", f"/v1/cases?status={segment}", f"/v1/cases?cursor={segment}",
            f"/v1/{segment}", f"/v1/cases?limit={segment}", f"/{segment}/v1",
        )  # fmt: skip
        answers += [await world.get(path) for path in paths]
    half = json.dumps({"service": "watiqa.birth-extract", "form": example})[:-2]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": AMINA, "Content-Type": "application/json"}
    answers.append(await world.web.post(f"{world.url}/v1/cases", content=half, headers=headers))
    assert all(answer.status_code >= 400 for answer in answers), [a.request.url for a in answers if a.is_success]
    return [answer.content for answer in answers]
