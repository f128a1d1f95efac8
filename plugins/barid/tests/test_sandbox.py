"""The sandbox over a real socket, through the connector that uses it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from gateway.connectors.contract import Address, CaseStatus, Milestone, Parcel, Refused, Unavailable
from plugins.barid import s10
from plugins.barid.sandbox.routes import DEMO, WAYS


def parcel(*, name="Amina Tazi", lines=("12 rue de la Paix",), city="Rabat", postcode="10000", country="MA", key="k1"):
    to = Address(name=name, lines=list(lines), city=city, postcode=postcode, country=country)
    return Parcel(case_id="case_1", key=key, recipient=to, content="Extrait d'acte", sender="Bureau d'état civil")


async def milestones(running_sandbox, number, *days):
    """What `trace` says after each of these further days."""
    seen = [(await running_sandbox.barid.trace(number)).milestone]
    for day in days:
        running_sandbox.days_pass(day)
        seen.append((await running_sandbox.barid.trace(number)).milestone)
    return seen


async def test_a_parcel_at_home_is_delivered_after_three_days(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel())).number
    assert number.startswith("QD")
    assert await milestones(running_sandbox, number, 1, 1, 1) == [
        Milestone.POSTED,
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERED,
    ]
    assert (await running_sandbox.barid.trace(number)).status is CaseStatus.COMPLETED


async def test_a_parcel_abroad_takes_twice_as_long(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel(country="FR", postcode="69003", city="Lyon"))).number
    assert number.startswith("RR")
    assert await milestones(running_sandbox, number, 4, 1, 1) == [
        Milestone.POSTED,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERED,
    ]


async def test_an_absent_recipient_gets_two_attempts_and_then_the_parcel_goes_back(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel(lines=("ABSENT", "12 rue X")))).number
    running_sandbox.days_pass(2.5)
    assert (await running_sandbox.barid.trace(number)).milestone is Milestone.DELIVERY_FAILED
    running_sandbox.days_pass(10)
    found = await running_sandbox.barid.trace(number)
    assert (found.milestone, found.status, found.reason) == (
        Milestone.RETURNED,
        CaseStatus.FAILED,
        "returned_to_sender",
    )
    assert sum("tentative" in step.label for step in found.steps) == 2


async def test_a_lost_parcel_stops_moving_and_is_declared_lost_after_fifteen_days(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel(lines=("LOST",)))).number
    assert await milestones(running_sandbox, number, 3, 10, 2) == [
        Milestone.POSTED,
        Milestone.IN_TRANSIT,
        Milestone.IN_TRANSIT,
        Milestone.LOST,
    ]


async def test_a_parcel_lost_once_arrives_when_it_is_sent_again(running_sandbox):
    first = (await running_sandbox.barid.ship(parcel(lines=("LOST ONCE",)))).number
    second = (await running_sandbox.barid.ship(parcel(lines=("LOST ONCE",), key="k2"))).number
    running_sandbox.days_pass(15)
    assert (await running_sandbox.barid.trace(first)).milestone is Milestone.LOST
    assert (await running_sandbox.barid.trace(second)).milestone is Milestone.DELIVERED


async def test_a_parcel_lost_once_by_the_recipients_name_leaves_her_address_alone(running_sandbox):
    """What reached these lines before, under another name, was another parcel."""
    before = (await running_sandbox.barid.ship(parcel())).number
    first = (await running_sandbox.barid.ship(parcel(name="Amina LOST ONCE", key="k2"))).number
    second = (await running_sandbox.barid.ship(parcel(name="Amina LOST ONCE", key="k3"))).number
    running_sandbox.days_pass(15)
    ends = [(await running_sandbox.barid.trace(number)).milestone for number in (before, first, second)]
    assert ends == [Milestone.DELIVERED, Milestone.LOST, Milestone.DELIVERED]


async def test_a_name_that_only_contains_such_a_word_is_an_ordinary_name(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel(name="CLOSTERMANN"))).number
    running_sandbox.days_pass(3)
    assert (await running_sandbox.barid.trace(number)).milestone is Milestone.DELIVERED


async def test_a_parcel_at_the_customs_is_in_progress_with_a_warning(running_sandbox):
    number = (await running_sandbox.barid.ship(parcel(lines=("CUSTOMS",)))).number
    running_sandbox.days_pass(3)
    found = await running_sandbox.barid.trace(number)
    assert (found.status, found.warnings) == (CaseStatus.IN_PROGRESS, ["portal_status_unknown"])


async def test_a_shipment_is_found_by_its_key_with_the_same_label(running_sandbox):
    assert await running_sandbox.barid.find_shipment("k1") is None
    made = await running_sandbox.barid.ship(parcel())
    assert await running_sandbox.barid.find_shipment("k1") == made
    assert made.label.content.startswith(b"%PDF-1.4")
    assert made.number.encode() in made.label.content


async def test_the_post_does_not_notice_a_blind_resend(running_sandbox):
    one, other = await asyncio.gather(running_sandbox.barid.ship(parcel()), running_sandbox.barid.ship(parcel()))
    assert one.number != other.number
    assert [effect["key"] for effect in running_sandbox.context.effects.all()] == sorted([one.number, other.number])
    found = await running_sandbox.barid.find_shipment("k1")
    assert found.number == min(one.number, other.number)


async def test_an_address_the_post_cannot_use_is_refused_and_nothing_is_shipped(running_sandbox):
    for wrong, code in (
        ({"postcode": "1000"}, "postcode_invalid"),
        ({"postcode": ""}, "postcode_invalid"),
        ({"postcode": "١٠٠٠٠"}, "postcode_invalid"),
        ({"country": "QQ"}, "country_unknown"),
        ({"lines": ()}, "address_incomplete"),
        ({"lines": (" ",)}, "address_incomplete"),
        ({"name": ""}, "address_incomplete"),
        ({"city": ""}, "address_incomplete"),
    ):
        with pytest.raises(Refused) as refused:
            await running_sandbox.barid.ship(parcel(**wrong))
        assert refused.value.code == code, wrong
    assert running_sandbox.context.effects.all() == []


async def test_abroad_any_postcode_will_do(running_sandbox):
    for country, postcode in (("GB", "SW1A 1AA"), ("IE", ""), ("NL", "1011 AB")):
        assert s10.valid((await running_sandbox.barid.ship(parcel(country=country, postcode=postcode))).number)


async def test_without_the_right_key_every_door_is_shut(running_sandbox):
    for key in ("", "wrong", "key-of-the-test"):
        running_sandbox.client.headers["X-API-Key"] = key
        for ask in (
            running_sandbox.barid.ship(parcel()),
            running_sandbox.barid.find_shipment("k1"),
            running_sandbox.barid.track("RR123456785MA"),
        ):
            with pytest.raises(Unavailable) as refused:
                await ask
            assert refused.value.code == "portal_denied_gateway"
    assert running_sandbox.context.effects.all() == []


async def test_a_body_that_is_no_shipment_is_refused(running_sandbox):
    for body in (b"", b"{}", b"[1]", b"\xff", b'{"client_reference": 1}'):
        assert (await running_sandbox.client.post("/shipments", content=body)).status_code == 400
    assert (await running_sandbox.client.post("/shipments", content=b" " * 100_000)).status_code == 413
    assert (await running_sandbox.client.get("/elsewhere")).status_code == 404


async def test_a_number_never_given_is_unknown_until_it_is_given(running_sandbox):
    coming = s10.make("QD", 40_000_001)
    with pytest.raises(Refused) as refused:
        await running_sandbox.barid.track(coming)
    assert refused.value.code == "tracking_number_unknown"
    assert (await running_sandbox.barid.ship(parcel())).number == coming
    assert (await running_sandbox.barid.track(coming)).milestone is Milestone.POSTED


async def test_the_numbers_for_demonstrations_show_every_state(running_sandbox):
    found = {number: await running_sandbox.barid.track(number) for number in DEMO}
    assert found["RR123456785MA"].milestone is Milestone.DELIVERED
    assert {progress.milestone for progress in found.values()} == {
        Milestone.POSTED,
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERY_FAILED,
        Milestone.DELIVERED,
        Milestone.RETURNED,
        Milestone.LOST,
        None,
    }


async def test_names_with_markup_in_them_stay_text(running_sandbox):
    number = (
        await running_sandbox.barid.ship(parcel(name="<ul class=timeline><li>{x}</li></ul>", city="<b>&{city}"))
    ).number
    running_sandbox.days_pass(5)
    assert (await running_sandbox.barid.trace(number)).milestone is Milestone.DELIVERED


def test_the_readme_lists_the_words_and_the_numbers():
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([^`]+)` \|", readme.partition("## The sandbox")[2], re.MULTILINE))
    assert rows == {*DEMO, *filter(None, WAYS), "LOST ONCE"}
