"""Attacks on the card acquirer's callback, by a payer who has nothing but her browser and her signed forms.

CMI's ver3 hash covers the sorted values of a form and not the names: whoever has a signed form may call its values
otherwise, as long as the new names sort as the old ones did.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx
import jwt
import pytest
import pytest_asyncio
from sqlalchemy import select

from gateway.storage.tables import case_events, payments
from plugins.etimbre import ver3
from plugins.etimbre.sandbox import callbacks
from tests.database_sessions import read

from .conftest import CARD, DECLINED_CARD, World, world_in
from .evidence import FORM, call_back, ended, ledger, opened, order, payments_of, store_key
from .forge import Forge
from .shared import IN_ONE_LOOP, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

PAID, NOTED, NOT_BELIEVED = "ACTION=POSTAUTH", "APPROVED", "FAILURE"
PHONE = "+33612345678"


async def named(world: World, name: str, service: str = "passeport.renewal-adult") -> str:
    """A case of 860 dirhams whose payer is called so, by an identity provider that believes anything."""
    example = (await world.get(f"/v1/services/{service}")).json()["example"]
    example["contact"] = {"email": "amina@example.org", "phone": PHONE}
    body = {"service": service, "form": await world.with_files(service, example)}
    claims = jwt.decode(await world.citizen(), options={"verify_signature": False})
    answer = await world.post("/v1/cases", body, Forge.of(world).token(**claims | {"name": name}))
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["id"]
    return case_id


def renamed(fields: dict[str, str], **wanted: str) -> dict[str, str]:
    """The same values in the same order under other names: `wanted` says which, by their old ones. The hash holds."""
    ordered = sorted((name for name in fields if name.lower() not in ver3.UNHASHED), key=str.lower)
    last, new = "", {}
    for old in ordered:
        name = wanted.get(old, old)
        if name.lower() <= last:
            name = f"{last}0"
        assert name.lower() > last, (old, name, last)
        last, new[old] = name.lower(), name
    kept = {name: value for name, value in fields.items() if name.lower() in ver3.UNHASHED}
    return {new[old]: fields[old] for old in ordered} | kept


def moved(fields: dict[str, str], old: str, new: str) -> dict[str, str]:
    """The value called `old` is called `new`, and what stands before or after it makes room."""
    ordered = sorted((name for name in fields if name.lower() not in ver3.UNHASHED), key=str.lower)
    at = ordered.index(old)
    if new.lower() < old.lower():  # what sorts between them goes before it
        between = [name for name in ordered[:at] if name.lower() >= new.lower()]
        names = {name: f"{new[:-1]}{chr(ord(new[-1]) - 1)}{n:02}" for n, name in enumerate(between)}
    else:
        between = [name for name in ordered[at + 1 :] if name.lower() <= new.lower()]
        names = {name: f"{new}{n:02}" for n, name in enumerate(between)}
    changed = renamed(fields, **{old: new}, **names)
    assert ver3.hash(changed, "k") == ver3.hash(fields, "k")
    return changed


def hidden(page: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    return {unescape(name): unescape(value) for name, value in found}


async def authorised(world: World, form: dict[str, str]) -> dict[str, str]:
    """What the browser brings back after a card was entered on the page of this form."""
    page = await world.web.post(f"{world.sandbox_url}/etimbre/fim/est3Dgate", data=form)
    assert page.status_code == 200, page.text
    back = hidden(await world.enter_card(page, CARD))
    assert back["ProcReturnCode"] == "00"
    return back


async def due(world: World, case_id: str) -> bool:
    """The case waits for its fee, and none of its attempts is paid."""
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["stamp"]) == (0, 0), happened
    return case["payments"][0]["state"] == "due" and "paid" not in (await payments_of(world, case_id)).values()


async def told(world: World, case_id: str) -> str:
    """All that the timeline and the payments of a case hold."""
    async with read(world.gateway.storage) as connection:
        events = (await connection.execute(select(case_events).where(case_events.c.case_id == case_id))).all()
        rows = (await connection.execute(select(payments).where(payments.c.case_id == case_id))).all()
    return f"{events} {rows}"


async def post(world: World, fields: dict[str, str]) -> httpx.Response:
    return await world.web.post(f"{world.url}/callbacks/etimbre/payment", data=fields)


def signed(world: World, fields: dict[str, str], **changes: str) -> dict[str, str]:
    """A form that a more careless merchant would have signed."""
    form = {name: value for name, value in fields.items() if name.lower() != "hash"} | changes
    return form | {"hash": ver3.hash(form, store_key(world))}


# --- One dirham for 860 -------------------------------------------------------------------------------------------


async def test_a_name_that_is_an_amount_pays_nothing(world: World) -> None:
    case_id = await named(world, "1.00")
    fields = (await world.checkout(case_id))["fields"]
    if "BillToName" in fields:
        back = await authorised(world, renamed(fields, amount="aaa", AutoRedirect="aab", BillToName="amount"))
        again = {"aaa": "amount", "aab": "AutoRedirect", "amount": "BillToName"}
        answer = await post(world, {again.get(name, name): value for name, value in back.items()})
        assert (answer.status_code, answer.text) == (200, NOT_BELIEVED)
    assert "1.00" not in fields.values()
    assert await due(world, case_id)


async def test_one_dirham_authorised_settles_no_860(world: World) -> None:
    """The acquirer takes the renamed form; its word about the order is what the gateway goes by."""
    case_id = await named(world, "Amina El Fassi")
    fields = signed(world, (await world.checkout(case_id))["fields"], BillToName="1.00")
    assert fields["amount"] == "860.00"
    back = await authorised(world, renamed(fields, amount="aaa", AutoRedirect="aab", BillToName="amount"))
    assert (back["aaa"], back["amount"], back["oid"]) == ("860.00", "1.00", fields["oid"])
    again = {"aaa": "amount", "aab": "AutoRedirect", "amount": "BillToName"}
    for body in (back, {again.get(name, name): value for name, value in back.items()}):
        answer = await post(world, body)
        assert (answer.status_code, answer.text) == (200, NOT_BELIEVED)
        assert (await record_of(world, answer))["principal"] == "anonymous"
    assert await due(world, case_id)


async def test_one_payment_does_not_settle_two_cases(world: World) -> None:
    other = await named(world, "Amina El Fassi")
    unpaid = await opened(world, other)
    case_id = await named(world, unpaid["oid"])
    fields = (await world.checkout(case_id))["fields"]
    assert unpaid["oid"] not in fields.values()
    back = await authorised(world, fields)
    if "BillToName" in back:
        assert (await post(world, moved(back, "BillToName", "oid"))).text == NOT_BELIEVED
    careless = signed(world, back, BillToName=unpaid["oid"])
    for body in (moved(careless, "BillToName", "oid"), careless):
        assert (await post(world, body)).text == NOT_BELIEVED
    assert await due(world, other)


async def test_no_value_of_the_payers_fits_another_member(world: World) -> None:
    """Whatever she calls herself: no digit of hers, and no word of the protocol, is in the form."""
    for name in ("00", "504", "1", "600000001", "Approved", "١٫٠٠", "²³", "Ⅷ", "1,00", "a1.00b"):
        case_id = await named(world, name, "watiqa.birth-extract")
        fields = (await world.checkout(case_id))["fields"]
        hers = fields.get("BillToName", "")
        assert not any(each.isnumeric() for each in hers), (name, hers)
        assert hers.lower() not in ("approved", "00", "504")
        assert "@" in fields.get("email", "@")
        assert PHONE not in fields.values()


# --- The form of the card page, posted back -----------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module")
async def fields(world: World) -> dict[str, str]:
    return await opened(world, await named(world, "Amina El Fassi", "watiqa.birth-extract"))


async def case_of(world: World, fields: dict[str, str]) -> str:
    async with read(world.gateway.storage) as connection:
        query = select(payments.c.case_id).where(payments.c.oid == fields["oid"])
        return str((await connection.execute(query)).scalar_one())


async def test_the_checkout_posted_back_is_no_callback(world: World, fields: dict[str, str]) -> None:
    case_id = await case_of(world, fields)
    before = await world.codes(case_id)
    for _ in range(5):
        answer = await post(world, fields)
        assert (answer.status_code, answer.text) == (200, NOT_BELIEVED)
    assert await world.codes(case_id) == before
    record = await record_of(world, answer)
    assert (record["principal"], record["decision"], record["kind"]) == ("anonymous", "deny", "refusal")
    assert not record.get("case")
    assert not record.get("subject")


RENAMED: dict[str, dict[str, str]] = {
    "the last as a return code": {"TranType": "ProcReturnCode"},
    "the e-mail as a return code": {"email": "ProcReturnCode"},
    "the shop as a return code": {"shopurl": "ProcReturnCode"},
    "the name as a transaction": {"BillToName": "TransId"},
}


@pytest.mark.parametrize("trick", RENAMED)
async def test_renamed_members_are_refused_and_not_kept(world: World, fields: dict[str, str], trick: str) -> None:
    case_id = await case_of(world, fields)
    fields = signed(world, fields, tel=PHONE)
    before = await told(world, case_id)
    ((old, new),) = RENAMED[trick].items()
    assert (await post(world, moved(fields, old, new))).text == NOT_BELIEVED
    if "tel" in fields:
        assert (await post(world, moved(fields, "tel", "ProcReturnCode"))).text == NOT_BELIEVED
    assert await told(world, case_id) == before
    assert PHONE not in await told(world, case_id)


# --- The acquirer's word ------------------------------------------------------------------------------------------


async def test_a_declined_notice_that_comes_twice_is_one(world: World) -> None:
    case_id = await order(world)
    page = await world.pay(case_id, DECLINED_CARD)
    assert (await world.codes(case_id)).count("payment_declined") == 1
    back = await declined(world, case_id)
    for _ in range(3):
        assert await call_back(world, callbacks.body(back)) == NOTED
    assert (await world.codes(case_id)).count("payment_declined") == 1
    await world.enter_card(page, DECLINED_CARD)  # another attempt is another entry
    assert (await world.codes(case_id)).count("payment_declined") == 2
    reasons = [each["data"]["reason"] for each in await world.events(case_id) if each["code"] == "payment_declined"]
    assert reasons == ["05", "05"]


async def declined(world: World, case_id: str) -> dict[str, str]:
    from .test_payments import outcome

    return await outcome(world, case_id)


async def test_a_signed_success_that_the_acquirer_does_not_know_is_not_believed(world: World) -> None:
    """Everything about it is right but its truth: nobody has entered a card."""
    case_id = await order(world)
    fields = await opened(world, case_id)
    success = callbacks.approval(fields, store_key=store_key(world), transaction="1")
    for _ in range(2):
        assert await call_back(world, callbacks.body(success)) == NOT_BELIEVED
    assert await due(world, case_id)


async def test_an_acquirer_that_cannot_be_asked_settles_nothing_and_loses_nothing(world: World) -> None:
    case_id = await order(world)
    checkout = await world.checkout(case_id)
    page = await world.web.post(checkout["url"], data=checkout["fields"])
    success = callbacks.approval(checkout["fields"], store_key=store_key(world), transaction="1")
    await world.fault("etimbre", "error")
    try:
        url = f"{world.url}/callbacks/etimbre/payment"
        answer = await world.web.post(url, content=callbacks.body(success), headers=FORM)
    finally:
        await world.fault("etimbre", "none")
    assert answer.status_code in (502, 503), answer.text
    assert answer.text not in (PAID, NOTED, NOT_BELIEVED)
    assert (await record_of(world, answer))["principal"] == "anonymous"
    assert "paid" not in (await payments_of(world, case_id)).values()
    await world.enter_card(page, CARD)
    assert await ended(world, case_id) == ("completed", None)
    assert (await ledger(world, case_id))["capture"] == 1


async def test_a_body_that_ends_in_an_ampersand_is_read(world: World) -> None:
    case_id = await order(world)
    await world.pay(case_id)
    body = callbacks.body(await declined(world, case_id)).removesuffix(b"&")
    assert await call_back(world, body + b"&") == PAID
    assert await call_back(world, body) == PAID
    assert await call_back(world, body + b"&&") == NOT_BELIEVED
    assert await ended(world, case_id) == ("completed", None)


async def test_a_callback_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    """The acquirer hangs, and the way to it would wait for a minute."""
    slow = {"connect_seconds": 60.0, "read_seconds": 60.0, "total_seconds": 120.0}
    more = {"journeys": {"embedded": False}, "server": {"callback_seconds": 0.3}, "outbound": {"timeouts": slow}}
    async with world_in(tmp_path, "", **more) as world:
        fields = await opened(world, await order(world))
        await world.fault("etimbre", "hang")
        body = callbacks.body(callbacks.approval(fields, store_key=store_key(world), transaction="1"))
        answer = await world.web.post(f"{world.url}/callbacks/etimbre/payment", content=body, headers=FORM)
        assert answer.status_code in (503, 504), answer.text
        assert answer.json()["retry_safe"]
