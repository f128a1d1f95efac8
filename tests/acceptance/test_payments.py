"""The card acquirer's callbacks: what each does to the case, the money and the record, and what CMI hears.

The rules are CMI's (hash, order and amount are checked; 00 is paid; what a browser brings proves nothing), and one is
ours: nothing is settled that the acquirer does not say itself when it is asked.
"""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
import pytest_asyncio

from gateway.sandbox.context import Store, Table
from plugins.etimbre import ver3
from plugins.etimbre.sandbox import callbacks

from .conftest import DECLINED_CARD, World
from .evidence import (
    call_back,
    card_payments,
    ended,
    happens,
    hold,
    ledger,
    let_go,
    notice,
    opened,
    order,
    payments_of,
    store_key,
)
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(portals={"etimbre": {"options": {"duplicate_callbacks": "true"}}})
"""Here CMI tells every success twice."""

PAID, NOTED, NOT_BELIEVED = "ACTION=POSTAUTH", "APPROVED", "FAILURE"


@pytest_asyncio.fixture(loop_scope="module")
async def fields(world: World) -> dict[str, str]:
    """An open card page for a case of its own."""
    return await opened(world, await order(world))


async def case_of(world: World, fields: dict[str, str]) -> str:
    token = await world.citizen()
    answer = await world.web.get(f"{world.url}/v1/cases", headers={"Authorization": f"Bearer {token}"})
    for case in answer.json()["data"]:
        if fields["oid"] in await payments_of(world, case["id"]):
            return case["id"]
    raise AssertionError(fields["oid"])


async def verdicts(world: World, case_id: str) -> list[tuple[str, str]]:
    """What the record says of the callbacks about the case, oldest first."""
    found = await world.records(portal="etimbre", kind="call")
    mine = [each for each in found if each.get("case") == case_id and each["operation"] == "callbacks.receive"]
    return [(each["decision"], each["code"]) for each in reversed(mine)]


async def unpaid(world: World, fields: dict[str, str]) -> bool:
    """The case waits for its fee as if nobody had called."""
    case_id = await case_of(world, fields)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    state = (case["status"], case["payments"][0]["state"], (await payments_of(world, case_id))[fields["oid"]])
    return state == ("action_required", "due", "pending") and not (await ledger(world, case_id))


async def test_a_success_told_twice_is_settled_once_and_acknowledged_each_time(world: World) -> None:
    case_id = await order(world)
    await world.pay(case_id)
    await world.ended(case_id)
    fields = await outcome(world, case_id)
    assert [await call_back(world, callbacks.body(fields)) for _ in range(3)] == [PAID] * 3
    assert (await world.codes(case_id)).count("paid") == 1
    assert await verdicts(world, case_id) == [("allow", "payment_settled")] * 5
    assert list((await payments_of(world, case_id)).values()) == ["paid"]
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["stamp"], happened["order"], happened["shipment"]) == (1, 1, 1, 1)


async def outcome(world: World, case_id: str) -> dict[str, str]:
    """The fields that CMI itself has called back with."""
    (oid,) = await payments_of(world, case_id)
    store = Store(world.state_dir / "sandbox.sqlite")
    try:
        payment = Table(store, "etimbre", "payments").get(oid)
        assert payment is not None
        return payment["outcome"]
    finally:
        store.close()


async def test_the_record_of_a_callback_says_whose_case_it_was_and_which_rule_let_it_in(world: World) -> None:
    case_id = await order(world)
    await world.pay(case_id)
    records = await world.records(portal="etimbre", kind="call")
    mine = [each for each in records if each.get("case") == case_id and each["operation"] == "callbacks.receive"]
    assert len(mine) == 2
    for record in mine:
        assert (record["rule"], record["service"]) == ("callback.authentic@1", "watiqa.birth-extract")
        assert record["subject"].startswith("p20")
        assert (record["principal"], record["status"], record["outcome"]) == ("portal", 200, "ok")


async def test_a_failure_before_a_success_leaves_the_order_alone(world: World, fields: dict[str, str]) -> None:
    case_id = await case_of(world, fields)
    hold(world, fields["oid"], DECLINED_CARD)
    for results in (
        {"ProcReturnCode": "05"},
        {"ProcReturnCode": "51"},
        {"ProcReturnCode": ""},
        {"ProcReturnCode": "0"},
    ):
        assert await call_back(world, notice(world, fields, **results)) == NOTED
    without = callbacks.refusal(fields, store_key=store_key(world), transaction="2", code="")
    assert await call_back(world, callbacks.body(without)) == NOTED
    assert await unpaid(world, fields)
    assert (await world.codes(case_id)).count("payment_declined") == 1
    hold(world, fields["oid"])
    assert await call_back(world, notice(world, fields)) == PAID
    assert (await payments_of(world, case_id))[fields["oid"]] == "paid"


async def test_a_declined_card_may_be_followed_by_a_good_one_on_the_same_page(world: World) -> None:
    case_id = await order(world)
    again = await world.pay(case_id, DECLINED_CARD)
    await world.enter_card(again, "4000000000000010")
    assert await ended(world, case_id) == ("completed", None)
    assert len(await payments_of(world, case_id)) == 1


async def test_a_failure_after_the_success_changes_nothing(world: World, fields: dict[str, str]) -> None:
    case_id = await case_of(world, fields)
    hold(world, fields["oid"])
    assert await call_back(world, notice(world, fields)) == PAID
    assert await call_back(world, notice(world, fields, ProcReturnCode="05")) == NOTED
    assert "payment_declined" not in await world.codes(case_id)
    assert await call_back(world, notice(world, fields)) == PAID


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "one centime less": ({"amount": "39.99"}, "callback_altered"),
    "one centime more": ({"amount": "40.01"}, "callback_altered"),
    "a hundredth": ({"amount": "0.40"}, "callback_altered"),
    "one decimal": ({"amount": "40.0"}, "callback_altered"),
    "a comma": ({"amount": "40,00"}, "callback_altered"),
    "negative": ({"amount": "-40.00"}, "callback_altered"),
    "no amount": ({"amount": ""}, "callback_altered"),
    "another currency": ({"currency": "978"}, "callback_altered"),
    "no currency": ({"currency": ""}, "callback_altered"),
    "another order": ({"oid": "pay_01k8z6v3p4q5r6s7t8v9w0x1y2"}, "callback_incomplete"),
    "no order": ({"oid": ""}, "callback_incomplete"),
    "another order, twice": (
        {"oid": "pay_01k8z6v3p4q5r6s7t8v9w0x1y2", "ReturnOid": "pay_01k8z6v3p4q5r6s7t8v9w0x1y2"},
        "callback_altered",
    ),
    "another word": ({"Response": "Declined"}, "callback_incomplete"),
    "no transaction of the issuer's": ({"AuthCode": ""}, "callback_incomplete"),
    "an order in other letters": ({"oid": "'; DROP TABLE payments --"}, "callback_incomplete"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_signed_but_not_what_was_asked_it_is_not_believed(
    world: World, fields: dict[str, str], wrong: str
) -> None:
    changes, code = WRONG[wrong]
    assert await call_back(world, notice(world, fields, **changes)) == NOT_BELIEVED
    assert await unpaid(world, fields)
    newest = next(
        each
        for each in await world.records(portal="etimbre", kind="refusal")
        if each["operation"] == "callbacks.receive"
    )
    assert (newest["kind"], newest["decision"], newest["outcome"]) == ("refusal", "deny", "denied")
    assert (newest["principal"], newest.get("case")) == ("anonymous", None)
    assert newest["code"] == code


def forged(fields: dict[str, str], **hashes: str) -> bytes:
    return callbacks.body({name: value for name, value in fields.items() if name.lower() != "hash"} | hashes)


async def test_a_bad_hash_is_not_believed(world: World, fields: dict[str, str]) -> None:
    key = store_key(world)
    said = fields | {"ProcReturnCode": "00"}
    right = ver3.hash({name: value for name, value in said.items() if name.lower() != "hash"}, key)
    for body in (
        forged(said),
        forged(said, HASH=""),
        forged(said, HASH=ver3.hash(said, "another key")),
        forged(said, HASH=right.swapcase()),
        forged(said, HASH=right[:-4]),
        forged(said | {"amount": "40.00 "}, HASH=fields["hash"]),
        forged(said, HASH=right) + b"&ProcReturnCode2=00",
        forged(said, HASH=right, hash=right),
    ):
        assert await call_back(world, body) == NOT_BELIEVED
    assert await unpaid(world, fields)


async def test_a_callback_replayed_for_another_case_pays_neither_again(world: World, fields: dict[str, str]) -> None:
    other = await order(world)
    await world.pay(other)
    await world.ended(other)
    paid = await outcome(world, other)
    assert await call_back(world, forged(paid, oid=fields["oid"], HASH=paid["HASH"])) == NOT_BELIEVED
    assert await call_back(world, callbacks.body(paid)) == PAID  # its own case, paid already
    assert await unpaid(world, fields)
    happened = await ledger(world, other)
    assert (happened["capture"], happened["stamp"], happened["order"]) == (1, 1, 1)


async def test_nothing_is_settled_where_the_browser_returns(world: World, fields: dict[str, str]) -> None:
    body = notice(world, fields)
    for path in ("return", "return/", "return/payment", "Payment", "payment/x", "payment%2Freturn"):
        assert await call_back(world, body, path) not in (PAID, NOTED)
    url = f"{world.url}/callbacks/etimbre"
    for method, path in (("GET", "return"), ("GET", "payment"), ("PUT", "payment")):
        answer = await world.web.request(method, f"{url}/{path}?{body.decode()}")
        assert answer.text not in (PAID, NOTED)
    assert (await world.web.post(f"{world.url}/callbacks/barid/payment", content=body)).status_code == 404
    assert await unpaid(world, fields)
    hold(world, fields["oid"])
    assert await call_back(world, body) == PAID


TRICKS: dict[str, Any] = {
    "nothing": b"",
    "not UTF-8": lambda body: body.replace(b"Approved", b"Approv%E9"),
    "latin-1": lambda body: body + "&x=é".encode("latin-1"),
    "a name twice": lambda body: body + b"&oid=other",
    "a name twice, in another case": lambda body: body + b"&OID=other",
    "an empty name": lambda body: body + b"&=1",
    "hundreds of fields": lambda body: body + b"".join(b"&f%d=1" % n for n in range(300)),
    "another separator": lambda body: body.replace(b"&", b";"),
    "JSON": b'{"oid": "x", "ProcReturnCode": "00"}',
    "packed": lambda body: gzip.compress(body),
    "one more field": lambda body: body + b"&extra=1",
    "NUL": lambda body: body + b"&nul=%00%00",
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_body_that_is_not_cmis_is_not_believed(world: World, fields: dict[str, str], trick: str) -> None:
    change = TRICKS[trick]
    body = change(notice(world, fields)) if callable(change) else change
    if trick == "NUL":  # trimmed before the hash is made, so an empty value: still one field too many
        assert await call_back(world, body) == NOT_BELIEVED
    assert await call_back(world, body, content_encoding="gzip" if trick == "packed" else "identity") == NOT_BELIEVED
    assert await unpaid(world, fields)


async def test_what_is_signed_counts_and_not_the_media_type(world: World, fields: dict[str, str]) -> None:
    hold(world, fields["oid"])
    body = notice(world, fields)
    assert await call_back(world, body, content_type="application/json") == PAID


async def test_a_success_for_a_withdrawn_case_is_noted_and_nothing_is_taken(world: World) -> None:
    case_id = await order(world)
    checkout = await world.checkout(case_id)
    page = await world.web.post(checkout["url"], data=checkout["fields"])
    assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200
    await world.ended(case_id)
    await world.enter_card(page, "4000000000000010")
    await happens(world, case_id, "void")
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["void"]) == (0, 1)
    assert await verdicts(world, case_id) == [("allow", "payment_not_needed")] * 2
    assert list((await payments_of(world, case_id)).values()) == ["pending"]
    assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    assert (await world.codes(case_id)).count("payment_not_needed") == 1, "told once, though the portal says it twice"
    assert [each["state"] for each in (await world.get(f"/v1/cases/{case_id}")).json()["payments"]] == ["cancelled"]


async def test_money_that_the_acquirer_took_by_itself_is_told_of(world: World) -> None:
    case_id = await order(world)
    fields = await opened(world, case_id)
    assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200
    await world.ended(case_id)
    hold(world, fields["oid"])
    with card_payments(world) as (_, bank):
        bank.capture(fields["oid"])
    assert [await call_back(world, notice(world, fields)) for _ in range(2)] == [NOTED] * 2
    told = [each for each in await world.events(case_id) if each["code"] == "payment_too_late"]
    assert [each["data"]["amount"]["currency"] for each in told] == ["MAD"]
    payment = (await world.get(f"/v1/cases/{case_id}")).json()["payments"][0]
    assert (payment["state"], payment["paid_at"]) == ("paid", None)
    assert await payments_of(world, case_id) == {fields["oid"]: "paid"}


async def test_of_two_paid_attempts_one_is_taken(world: World) -> None:
    case_id = await order(world)
    pages = []
    for _ in range(2):
        checkout = await world.checkout(case_id)
        pages.append(await world.web.post(checkout["url"], data=checkout["fields"]))
    await asyncio.gather(*(world.enter_card(page, "4000000000000010") for page in pages))
    assert await ended(world, case_id) == ("completed", None)
    await happens(world, case_id, "void")
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["void"], happened["refund"], happened["stamp"]) == (1, 1, 0, 1)
    assert sorted((await payments_of(world, case_id)).values()) == ["paid", "pending"]
    assert sorted({code for _, code in await verdicts(world, case_id)}) == ["payment_not_needed", "payment_settled"]


async def test_successes_that_come_at_the_same_time_as_everything_else_settle_once(world: World) -> None:
    case_id = await order(world)
    fields = [await opened(world, case_id) for _ in range(2)]
    hold(world, fields[0]["oid"])
    said = await asyncio.gather(
        *(call_back(world, notice(world, fields[0])) for _ in range(6)),
        *(call_back(world, notice(world, fields[0], ProcReturnCode="05")) for _ in range(3)),
        *(world.post(f"/v1/cases/{case_id}/actions/pay", {}) for _ in range(6)),
    )
    assert set(said[:6]) <= {PAID} | {each for each in said[:6] if "overloaded" in each}
    assert PAID in said[:6]
    assert set(said[6:9]) <= {NOTED}
    assert {answer.status_code for answer in said[9:]} <= {200, 409, 503}
    assert (await world.codes(case_id)).count("paid") == 1
    states = await payments_of(world, case_id)
    assert [oid for oid, state in states.items() if state == "paid"] == [fields[0]["oid"]]


async def test_a_success_that_cmi_never_took_ends_the_case_without_a_refund(
    world: World, fields: dict[str, str]
) -> None:
    """The money was held, and we said to take it; our answer got lost, and the acquirer let the money go."""
    case_id = await case_of(world, fields)
    hold(world, fields["oid"])
    assert await call_back(world, notice(world, fields)) == PAID
    let_go(world, fields["oid"])
    assert await ended(world, case_id) == ("rejected", "payment_not_captured")
    assert "payment_not_taken" in await world.codes(case_id)
    assert await ledger(world, case_id) == {"void": 1}


@pytest.mark.usefixtures("portals_not_asked")
async def test_after_the_refund_the_same_success_takes_nothing_again(world: World) -> None:
    case_id = await order(world, act={"number": "4321"})
    await world.pay(case_id)
    assert await ended(world, case_id) == ("rejected", "act_not_found")
    assert list((await payments_of(world, case_id)).values()) == ["refunded"]
    assert await call_back(world, callbacks.body(await outcome(world, case_id))) == NOTED
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["refund"], happened["stamp_cancelled"]) == (1, 1, 1)
