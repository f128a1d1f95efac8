"""People are told about their cases: by e-mail and SMS over real sockets, once each, in their language."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, select

from gateway.cli import main
from gateway.sandbox.demo_identities import person
from gateway.sandbox.faults import Receive, Scope, Send
from gateway.sandbox.host import Host
from gateway.storage.tables import case_events, outbox
from tests.database_sessions import read
from tests.waiting import PATIENCE, eventually

from .conftest import AMINA, YOUSSEF, World, world_in
from .needles import hits
from .served import served
from .shared import IN_ONE_LOOP, problem, shared_world
from .test_erasure import erase
from .test_mandates import agent, held

CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
SMS = "sms_provider"
world = shared_world()
SALMA, MEHDI, KARIM, HAFSA, NAWAL, OMAR = "CD778899", "E445566", "K102030", "LB334455", "PB991122", "MC667788"


async def says(world: World, token: str | None = None, **wanted: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": str(uuid4()), **await world._headers(token, {})}
    answer = await world.web.put(f"{world.url}/v1/me/preferences", json=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def wants(world: World, token: str | None = None, **wanted: Any) -> None:
    """She says it, and gives back the code that comes to an address which is not known to be hers."""
    said = await says(world, token, **wanted)
    for channel in ("email", "sms"):
        if said[channel]["state"] == "unverified":
            asked = await ask_for_code(world, channel, token)
            assert asked.status_code == 202, asked.text
            (code, *_) = await codes(world, said[channel]["address"])
            answer = await give_back(world, channel, code, token)
            assert answer.status_code == 200, answer.text


async def ask_for_code(world: World, channel: str, token: str | None = None, **headers: str) -> httpx.Response:
    return await world.post("/v1/me/preferences/code", {"channel": channel}, token, **headers)


async def give_back(world: World, channel: str, code: str, token: str | None = None) -> httpx.Response:
    return await world.post("/v1/me/preferences/verify", {"channel": channel, "code": code}, token)


async def codes(world: World, to: str, count: int = 1) -> list[str]:
    """The codes in this mailbox, the newest first, once there are so many."""

    async def enough() -> list[str]:
        found = [code for each in await arrived(world, to) for code in CODE.findall(each["text"])][::-1]
        return found if len(found) >= count else []

    return await eventually(enough)


async def wants_at_failing(world: World, token: str, cnie: str, address: str) -> None:
    """As `wants`, at an address that takes no code: it was verified while it still took messages."""
    await says(world, token, email=agrees(address))
    store, subject = world.gateway.preferences, world.gateway.ring.pseudonym(cnie)

    def work(tx: Connection) -> None:
        held = store.lock(tx, subject).preferences
        verified = msgspec.structs.replace(held.email, verified_at=datetime.now(UTC))
        store.keep(tx, subject, held.with_channel("email", verified))

    await world.gateway.storage.run_write(work)


def agrees(to: str = "") -> dict[str, Any]:
    return {"consent": True, "address": to} if to else {"consent": True}


async def arrived(world: World, to: str, case: str = "") -> list[dict[str, Any]]:
    """What is in this mailbox about the case, the oldest first."""
    answer = await world.web.get(f"{world.sandbox_url}/mailbox/messages", params={"to": to})
    return [each for each in answer.json()["data"][::-1] if case in each["text"]]


async def until(world: World, to: str, case: str, count: int = 1) -> list[dict[str, Any]]:
    async def enough() -> list[dict[str, Any]]:
        found = await arrived(world, to, case)
        return found if len(found) >= count else []

    return await eventually(enough)


async def mine(world: World, case: str, token: str | None = None) -> list[dict[str, Any]]:
    answer = await world.get("/v1/me/messages?limit=100", token)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["data"] if each["case"] == case]


async def became(world: World, case: str, token: str | None, *states: str) -> list[dict[str, Any]]:
    """Her messages about the case, once each is in one of these states and there is one."""

    async def settled() -> list[dict[str, Any]]:
        found = await mine(world, case, token)
        return found if found and all(each["state"] in states for each in found) else []

    return await eventually(settled)


async def told_of_its_end(world: World, case: str) -> list[dict[str, Any]]:
    """Her messages about the case, once she was told that it ended and nothing is to be sent any more."""

    async def settled() -> list[dict[str, Any]]:
        found = await mine(world, case)
        over = {"sent", "delivered", "not_sent"}
        told = any(each["about"] == "end" for each in found) and all(each["state"] in over for each in found)
        return found if told else []

    return await eventually(settled)


async def note(world: World, token: str) -> str:
    """A case that ends by itself: one thing to tell."""
    answer = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "hello"}}, token)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@IN_ONE_LOOP
async def test_person_is_told_each_fact_in_arabic(world: World) -> None:
    await wants(world, language="ar", email=agrees("amina@example.org"), details=True)
    case = (await world.order())["id"]
    (asked,) = await until(world, "amina@example.org", case)
    assert asked["subject"].endswith("ملفكم ينتظر إجراء منكم")
    assert "يتعين أداء رسوم حتى يتقدم ملفكم." in asked["text"]
    assert '<html lang="ar" dir="rtl">' in asked["html"]
    assert asked["headers"]["Content-Language"] == "ar"
    assert asked["headers"]["Auto-Submitted"] == "auto-generated"
    await world.pay(case)
    await world.ended(case)
    listed = await told_of_its_end(world, case)
    mails = await arrived(world, "amina@example.org", case)
    lines = [each["text"].splitlines()[2] for each in mails]
    asked_for, ended = "يتعين أداء رسوم حتى يتقدم ملفكم.", "اكتملت معالجة ملفكم بنجاح."
    on_the_way = {"سلمت وثيقتكم إلى البريد.", "ظرفكم البريدي في طور التوزيع."}  # told unless it is over by then
    assert len(set(lines)) == len(lines)
    assert {asked_for, ended} <= set(lines) <= {asked_for, ended, *on_the_way}
    assert {each["arrivals"] for each in mails} == {1}
    assert {each["id"] for each in listed if each["state"] == "sent"} == {_id(each) for each in mails}
    assert {each["channel"] for each in listed} == {"email"}


def _id(mail: dict[str, Any]) -> str:
    found = re.fullmatch(r"<(msg_\w{26})@services\.example>", mail["headers"]["Message-ID"])
    assert found is not None
    assert mail["from"] == f"bounces+{found[1]}@services.example"
    return found[1]


@IN_ONE_LOOP
async def test_unverified_address_is_told_nothing(world: World) -> None:
    token = await world.citizen(SALMA)
    said = await says(world, token, email=agrees("stranger@example.org"))
    assert (said["email"]["state"], said["email"]["sent_to"]) == ("unverified", None)
    case = await note(world, token)
    (kept,) = await became(world, case, token, "not_sent")
    assert kept["reason"] == "address_unverified"
    assert "Verify it in your preferences" in kept["text"]
    assert await arrived(world, "stranger@example.org") == []
    await says(world, token, email={"consent": False})


@IN_ONE_LOOP
async def test_code_that_comes_back_verifies_the_address(world: World) -> None:
    token = await world.citizen(SALMA)
    problem(await ask_for_code(world, "sms", token), 409, "address_not_unverified")
    await says(world, token, language="fr", email=agrees("salma.autre@example.org"))
    problem(await give_back(world, "email", "000000", token), 409, "address_code_not_awaited")
    asked = await ask_for_code(world, "email", token)
    assert asked.status_code == 202, asked.text
    assert asked.json()["email"]["code_expires_at"]
    (code,) = await codes(world, "salma.autre@example.org")
    (mail,) = await arrived(world, "salma.autre@example.org")
    assert mail["subject"] == "Confirmez votre adresse"
    assert "10 minutes" in mail["text"]
    wrong = problem(await give_back(world, "email", f"{(int(code) + 1) % 10**6:06}", token), 422, "address_code_wrong")
    assert "Tries left: 4." in wrong["detail"]
    answer = await give_back(world, "email", f"{code[:3]} {code[3:]}", token)
    assert answer.status_code == 200, answer.text
    email = answer.json()["email"]
    assert (email["state"], email["sent_to"]) == ("verified", "salma.autre@example.org")
    assert email["verified_at"]
    assert email["code_expires_at"] is None
    problem(await give_back(world, "email", code, token), 409, "address_code_not_awaited")
    case = await note(world, token)
    assert await until(world, "salma.autre@example.org", case)
    listed = (await world.get("/v1/me/messages", token)).json()["data"]
    assert [(each["case"], each["state"]) for each in listed if each["about"] == "code"] == [(None, "sent")]
    for operation in ("me.preferences.code", "me.preferences.verify", "message.email.code"):
        records = await world.records(operation=operation)
        assert records, operation
        assert not hits(["salma.autre@example.org", code], {operation: json.dumps(records).encode()})
    moved = await says(world, token, email=agrees("salma.encore@example.org"))
    assert moved["email"]["state"] == "unverified"
    back = await says(world, token, email=agrees("salma.autre@example.org"))
    assert back["email"]["state"] == "unverified"
    await says(world, token, email={"consent": False})


@IN_ONE_LOOP
async def test_five_wrong_codes_use_a_code_up(world: World) -> None:
    token = await world.citizen(SALMA)
    await says(world, token, sms=agrees("+34655000111"))
    assert (await ask_for_code(world, "sms", token)).status_code == 202
    (code,) = await codes(world, "+34655000111")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = await asyncio.gather(*(give_back(world, "sms", wrong, token) for _ in range(5)))
    assert {each.status_code for each in answers} == {422}
    problem(await give_back(world, "sms", code, token), 409, "address_code_not_awaited")
    assert (await ask_for_code(world, "sms", token)).status_code == 202
    newest, _ = await codes(world, "+34655000111", 2)
    assert (await give_back(world, "sms", newest, token)).status_code == 200
    async with asyncio.timeout(PATIENCE):
        while not (records := await world.records(operation="message.sms.code")):
            await asyncio.sleep(0.02)
    hops = [hop for each in records for hop in each["hops"]]
    assert hops
    assert not any(hop.get("request") or hop.get("response") for hop in hops)  # the code was in them
    await says(world, token, sms={"consent": False})


@IN_ONE_LOOP
async def test_strangers_mailbox_is_not_flooded(world: World) -> None:
    """By several people together, in whatever letters; what is refused sends nothing."""
    answers = []
    for cnie, address in ((YOUSSEF, "stranger.two@example.org"), (MEHDI, "Stranger.Two@example.org")):
        token = await world.citizen(cnie)
        await says(world, token, email=agrees(address))
        answers += [await ask_for_code(world, "email", token) for _ in range(3)]
    assert [each.status_code for each in answers] == [202] * 5 + [429]
    refused = problem(answers[-1], 429, "address_codes_used")
    assert refused["quota"] == "codes_per_address_day"
    assert int(answers[-1].headers["retry-after"]) > 0


@IN_ONE_LOOP
async def test_without_details_the_reference_is_all(world: World) -> None:
    token = await world.citizen(YOUSSEF)
    await wants(world, token, language="fr", email=agrees("youssef@example.org"))
    case = await note(world, token)
    (mail,) = await until(world, "youssef@example.org", case)
    assert mail["subject"] == "Votre dossier est clos"
    assert f"Référence : {case}" in mail["text"]
    assert '<html lang="fr" dir="ltr">' in mail["html"]
    title = (await world.get("/v1/services/echo.note", token, Accept_Language="fr")).json()["title"]
    assert title not in mail["text"] + unescape(mail["html"])


@IN_ONE_LOOP
async def test_who_agreed_to_nothing_is_told_nothing(world: World) -> None:
    token = await world.citizen(SALMA)
    case = await note(world, token)
    await _outbox_is_empty(world, case)
    assert await mine(world, case, token) == []
    assert await arrived(world, person(SALMA).email, case) == []


async def _outbox_is_empty(world: World, case: str) -> None:
    """All that happened so far was handed to whoever tells people."""

    async def handed() -> bool:
        async with read(world.gateway.storage) as connection:
            waiting = (await connection.execute(select(outbox.c.id).where(outbox.c.case_id == case))).first()
            codes = select(case_events.c.code).where(case_events.c.case_id == case)
            ended = "completed" in (await connection.execute(codes)).scalars().all()
        return ended and waiting is None

    assert await eventually(handed)


@IN_ONE_LOOP
async def test_sms_reaches_the_number_that_the_issuer_verified(world: World) -> None:
    """Without a number of her own; and the provider says that the phone has it."""
    token = await world.citizen(MEHDI)
    await wants(world, token, language="en", sms=agrees())
    case = await note(world, token)
    (sms,) = await until(world, person(MEHDI).phone, case)
    assert sms["text"] == f"MRE Services – Your case {case} is closed. See the result in the app."
    (listed,) = await became(world, case, token, "delivered")
    assert (listed["channel"], listed["about"], listed["text"]) == ("sms", "end", "Delivered")


@IN_ONE_LOOP
async def test_refusing_address_is_shown_and_then_spared(world: World) -> None:
    token = await world.citizen(KARIM)
    await wants_at_failing(world, token, KARIM, "refused@example.org")
    for _ in range(3):
        case = await note(world, token)
        (refused,) = await became(world, case, token, "refused")
        assert (refused["reason"], refused["sent_at"]) == ("address_refused", None)
    case = await note(world, token)
    (spared,) = await became(world, case, token, "not_sent")
    assert spared["reason"] == "address_fails"
    assert "Correct or confirm it" in spared["text"]
    await wants(world, token, email=agrees("karim@example.org"))
    case = await note(world, token)
    await until(world, "karim@example.org", case)


@IN_ONE_LOOP
async def test_returned_mail_is_shown_to_her(world: World) -> None:
    token = await world.citizen(HAFSA)
    await wants_at_failing(world, token, HAFSA, "bounce@example.org")
    case = await note(world, token)
    (sent,) = await became(world, case, token, "sent")
    (report,) = await eventually(lambda: arrived(world, f"bounces+{sent['id']}@services.example"))
    done = await asyncio.to_thread(
        CliRunner().invoke, main, ["messages", "bounce", "--state", str(world.state_dir)], report["source"]
    )
    assert (done.exit_code, done.output) == (0, f"{sent['id']} came back\n"), done.output
    (returned,) = await mine(world, case, token)
    assert (returned["state"], returned["reason"]) == ("undeliverable", "smtp_5_1_1")
    again = await asyncio.to_thread(
        CliRunner().invoke, main, ["messages", "bounce", "--state", str(world.state_dir)], "From: x\n\nOn holiday\n"
    )
    assert (again.exit_code, again.output) == (0, "no report about a message that was sent\n")


@IN_ONE_LOOP
async def test_quiet_hours_are_waited_for(world: World) -> None:
    token, now = await world.citizen(NAWAL), datetime.now(UTC)
    quiet = {
        "start": f"{now - timedelta(hours=1):%H:%M}",
        "end": f"{now + timedelta(hours=2):%H:%M}",
        "timezone": "UTC",
    }
    await wants(world, token, email=agrees("nawal@example.org"), quiet_hours=quiet)
    case = await note(world, token)

    async def put_off() -> bool:
        return [each["reason"] for each in await mine(world, case, token)] == ["quiet_hours"]

    assert await eventually(put_off)
    assert await arrived(world, "nawal@example.org", case) == []


@IN_ONE_LOOP
async def test_failing_mail_server_delays_and_loses_nothing(world: World) -> None:
    token = await world.citizen(OMAR)
    await wants(world, token, email=agrees("later@example.org"))
    await world.fault("mailbox", "error")
    case = await note(world, token)

    async def tried() -> bool:
        return [each["reason"] for each in await mine(world, case, token)] == ["carrier_busy"]

    assert await eventually(tried)
    await world.fault("mailbox", "none")
    (mail,) = await until(world, "later@example.org", case)
    assert mail["arrivals"] == 1


@IN_ONE_LOOP
async def test_list_is_for_the_person_alone(world: World) -> None:
    problem(await world.get("/v1/me/messages", await world.machine("demo-app")), 403, "principal_not_allowed")
    mandate = await held(world)
    refused = await world.get("/v1/me/messages", await agent(world), Mandate=mandate)
    assert refused.status_code == 403
    await wants(world, email=agrees("amina@example.org"))
    for _ in range(2):
        await became(world, await note(world, await world.citizen()), None, "sent")
    first = (await world.get("/v1/me/messages?limit=1")).json()
    assert first["has_more"]
    second = (await world.get(f"/v1/me/messages?limit=1&cursor={first['next_cursor']}")).json()
    assert second["data"][0]["id"] < first["data"][0]["id"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)  # all others here are on SQLite
async def test_what_holds_when_it_is_sent_decides(tmp_path: Path, store_url: str) -> None:
    """A fee that is paid by then is not asked for, who agrees no more is told no more, and there is
    an end to what one person is told in a day."""
    async with world_in(tmp_path, store_url, messages={"per_person_day": 1}) as world:
        token = await world.citizen()
        await wants(world, email=agrees("amina@example.org"))
        await world.fault("mailbox", "error")
        paid = (await world.order())["id"]
        await eventually(lambda: _failing(world, paid))
        await world.pay(paid)
        await world.ended(paid)  # before a message can be sent
        await world.fault("mailbox", "none")
        reasons = {each["about"]: each["reason"] for each in await told_of_its_end(world, paid)}
        assert (reasons["action"], reasons["end"]) == ("no_longer_true", "too_many")
        assert await arrived(world, "amina@example.org", paid) == []
        await wants(world, email={"consent": False})
        assert await mine(world, await _told_of_nothing(world, token)) == []


async def _failing(world: World, case: str) -> bool:
    return [each["reason"] for each in await mine(world, case)] == ["carrier_busy"]


async def _told_of_nothing(world: World, token: str) -> str:
    case = await note(world, token)
    await _outbox_is_empty(world, case)
    return case


async def test_no_message_or_log_holds_what_is_hers(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Searched by value: subjects, texts, logs, metrics, audit leaves, the database byte by byte."""
    async with world_in(tmp_path, "", logging={"level": "debug"}) as world:
        await wants(world, language="ar", email=agrees("amina@example.org"), sms=agrees("+33612345678"), details=True)
        case = (await world.order("watiqa.birth-extract"))["id"]
        await until(world, "amina@example.org", case)
        await until(world, "+33612345678", case)
        await world.pay(case)
        await world.ended(case)
        await told_of_its_end(world, case)
        mails, texts = await arrived(world, "amina@example.org", case), await arrived(world, "+33612345678", case)
        records = [each for each in await world.records() if each["operation"].startswith("message.")]
        metrics = (await world.web.get(f"{world.url}/metrics")).content
        known = person(AMINA)
        hers = [AMINA, known.given_name, known.family_name, known.given_name_ar, known.family_name_ar]
        hers += [known.birthdate, "33612345678", "612345678", *world.tokens.values(), *_secrets(world)]
        address = [*hers, "amina@example.org"]
        said = "".join(each.get("subject", "") + each["text"] + each.get("html", "") for each in mails + texts)
        files = {path.name: path.read_bytes() for path in tmp_path.glob("gateway.sqlite*")}
        files = {name: content for name, content in files.items() if content}
        gone = await erase_everything(world, case)
    logs = b"".join(capfdbinary.readouterr())
    assert {each["operation"] for each in records} >= {
        "message.email.action",
        "message.email.end",
        "message.sms.end",
    }
    assert b'mre_gateway_messages_total{channel="email",reason="",state="sent"}' in metrics
    assert hits(hers, {"messages": said.encode()}) == []
    assert hits(address, {"logs": logs, "metrics": metrics, "records": json.dumps(records).encode(), **files}) == []
    assert gone == []


def _secrets(world: World) -> list[str]:
    return [path.read_text().strip() for path in (world.state_dir / "secrets").iterdir()]


async def erase_everything(world: World, case: str) -> list[dict[str, Any]]:
    """What is left of her messages once she was forgotten."""
    assert await mine(world, case)
    assert (await erase(world, AMINA)).exit_code == 0
    return (await world.get("/v1/me/messages")).json()["data"]


class TakesAndHolds:
    """The provider has taken the message, and its answer never comes."""

    def __init__(self, host: Host) -> None:
        self._host, self._app = host, host.apps[SMS]
        host.apps[SMS] = self

    def let(self) -> None:
        self._host.apps[SMS] = self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def nowhere(_: Any) -> None: ...

        await self._app(scope, receive, nowhere)
        while (await receive())["type"] != "http.disconnect":
            pass


async def test_killed_process_tells_each_fact_once(tmp_path: Path) -> None:
    """kill -9 between the carrier's having the message and our knowing it, for both channels. Of an e-mail nobody can
    ask; it comes again under the same id, which makes it one. An SMS is found."""
    async with served(tmp_path) as world:
        amina, youssef = await world.citizen(), await world.citizen(YOUSSEF)
        await wants(world, amina, email=agrees("amina@example.org"))
        await wants(world, youssef, sms=agrees("+32470123456"))
        await world.fault("mailbox", "hang")
        holding = TakesAndHolds(world.host)
        by_mail, by_sms = await note(world, amina), await note(world, youssef)
        await until(world, "amina@example.org", by_mail)
        await until(world, "+32470123456", by_sms)
        world.kill()
        await world.fault("mailbox", "none")
        holding.let()
        await world.start()
        (mail_told,) = await became(world, by_mail, amina, "sent")
        (sms_told,) = await became(world, by_sms, youssef, "sent", "delivered")
        (mail,) = await arrived(world, "amina@example.org", by_mail)
        (sms,) = await arrived(world, "+32470123456", by_sms)
        assert (mail["arrivals"], sms["arrivals"]) == (2, 1)
        assert _id(mail) == mail_told["id"]
        assert sms_told["channel"] == "sms"
        effects: httpx.Response = await world.web.get(f"{world.sandbox_url}/_effects/{SMS}")
        assert len(effects.json()) == 1
