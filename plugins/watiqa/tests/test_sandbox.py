"""The connector and the sandbox over a real socket."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Milestone, Refused, Unavailable
from plugins.watiqa import mapping
from plugins.watiqa.sandbox.orders import Orders
from plugins.watiqa.sandbox.shapes import NewOrder

SECRET = "a secret both sides agreed on"
HOUR, DAY = timedelta(hours=1).total_seconds(), timedelta(days=1).total_seconds()
PICKUP = {"method": "pickup"}
ACT = {"/act/number", "/act/register_year", "/registry/office"}


async def test_an_order_for_the_post_goes_through_its_stages_and_stays_ready(watiqa, filing, context):
    filed = await watiqa.file(filing())
    assert filed.progress.status is CaseStatus.RECEIVED
    seen = [filed.progress.milestone]
    for days in (0.5, 1, 2, 30):
        context.clock.set(advance=days * DAY)
        seen.append((await watiqa.progress(filed.reference)).milestone)
    assert seen == [
        Milestone.CREATED, Milestone.PAID, Milestone.PROCESSING, Milestone.READY, Milestone.READY,
    ]  # fmt: skip
    at_last = await watiqa.progress(filed.reference)
    assert at_last.status is CaseStatus.IN_PROGRESS
    assert [step.milestone for step in at_last.steps] == seen[:4]
    assert [step.at for step in at_last.steps] == sorted(step.at for step in at_last.steps)


async def test_an_order_for_the_counter_is_completed_there(watiqa, filing, context):
    filed = await watiqa.file(filing(delivery=PICKUP))
    context.clock.set(advance=4 * DAY)
    assert (await watiqa.progress(filed.reference)).milestone is Milestone.READY
    context.clock.set(advance=2 * DAY)
    collected = await watiqa.progress(filed.reference)
    assert (collected.status, collected.milestone) == (CaseStatus.COMPLETED, Milestone.DELIVERED)


@pytest.mark.parametrize("service", ["birth-extract", "birth-full-copy", "consular-registration-certificate"])
async def test_every_service_can_be_ordered_with_its_example(watiqa, filing, service):
    filed = await watiqa.file(filing(service))
    assert re.fullmatch(r"WQ-\d{4}-\d{6}", filed.reference)


async def test_names_in_both_scripts_reach_the_register_unchanged(watiqa, filing, context):
    filed = await watiqa.file(filing())
    holder = context.table("orders").get(filed.reference)["holder"]
    assert holder == filing().form["person"]
    assert holder["first_name_arabic"] == "أمينة"


async def test_accents_vowel_signs_and_case_do_not_make_another_person(watiqa, filing):
    person = {
        "last_name_latin": "EL-FASSI",
        "first_name_latin": "Amîna",
        "first_name_arabic": "أَمِينَة",
        "cnie": "ab123456",
    }
    assert await watiqa.file(filing(person=person))


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"act": {"number": "1235"}}, "act_not_found", ACT),
        ({"act": {"register_year": 1989}}, "act_not_found", ACT),
        ({"registry": {"office": "Fès Médina"}}, "act_not_found", ACT),
        ({"person": {"first_name_latin": "Aminata"}}, "identity_mismatch", {"/person/first_name_latin"}),
        ({"person": {"last_name_arabic": "الفاسية"}}, "identity_mismatch", {"/person/last_name_arabic"}),
        ({"person": {"cnie": "AB123457"}}, "identity_mismatch", {"/person/cnie"}),
        ({"person": {"birth_date": "1988-03-15"}}, "identity_mismatch", {"/person/birth_date"}),
        ({"stamp": None}, "stamp_missing", set()),
        ({"stamp": "123"}, "stamp_invalid", set()),
        ({"copies": 11}, "form_not_accepted", set()),
        ({"delivery": {"method": "post"}}, "form_not_accepted", set()),
    ],
)  # fmt: skip
async def test_a_refused_order_says_what_is_wrong_and_leaves_nothing(watiqa, filing, context, changes, code, fields):
    with pytest.raises(Refused) as refused:
        await watiqa.file(filing(**changes))
    assert refused.value.code == code
    assert refused.value.fields == dict.fromkeys(fields, code)
    assert context.effects.all() == []
    assert await watiqa.find("key-1") is None


@pytest.mark.parametrize("born", ["1988", "1988-03"])
async def test_partial_birth_date_that_agrees_is_taken(watiqa, filing, born):
    assert await watiqa.file(filing(person={"birth_date": born}))


async def test_an_unknown_consular_registration_is_refused(watiqa, filing):
    with pytest.raises(Refused, match="consular_registration_not_found"):
        await watiqa.file(filing("consular-registration-certificate", registration={"number": "LYO-2016-1"}))


async def test_a_stamp_serves_one_demand_only(watiqa, filing, context):
    await watiqa.file(filing(key="key-1"))
    with pytest.raises(Refused, match="stamp_already_used"):
        await watiqa.file(filing(key="key-2"))
    assert len(context.effects.all()) == 1


async def test_a_demand_sent_twice_shows_as_two_orders(watiqa, filing, context):
    first = await watiqa.file(filing())
    await watiqa.file(filing())
    assert [effect["kind"] for effect in context.effects.all()] == ["order", "order"]
    assert (await watiqa.find("key-1")).reference == first.reference


async def test_a_lodged_demand_is_found_by_its_key_and_no_other(watiqa, filing):
    filed = await watiqa.file(filing(key="key-1"))
    assert await watiqa.find("key-1") == filed
    assert await watiqa.find("key-2") is None


@pytest.mark.parametrize(
    ("person", "office", "act", "reason"),
    [
        (
            {"cnie": "JB456789", "last_name_latin": "Aït Lahcen", "first_name_latin": "Youssef",
             "last_name_arabic": "أيت لحسن", "first_name_arabic": "يوسف", "birth_date": "1992-01-30"},
            "Agadir Centre", {"number": "1999", "register_year": 1992}, "act_unreadable",
        ),
        (
            {"cnie": "AA112233", "last_name_latin": "Ouazzani", "first_name_latin": "Nadia",
             "last_name_arabic": "الوزاني", "first_name_arabic": "نادية", "birth_date": "1979-09-09"},
            "Rabat Hassan", {"number": "2998", "register_year": 1979}, "act_under_correction",
        ),
    ],
)  # fmt: skip
async def test_the_officer_rejects_some_orders_after_processing(watiqa, filing, context, person, office, act, reason):
    filed = await watiqa.file(filing(person=person, registry={"office": office}, act=act))
    context.clock.set(advance=2 * DAY)
    assert (await watiqa.progress(filed.reference)).status is CaseStatus.IN_PROGRESS
    context.clock.set(advance=2 * DAY)
    rejected = await watiqa.progress(filed.reference)
    assert (rejected.status, rejected.milestone, rejected.reason) == (CaseStatus.REJECTED, Milestone.REFUSED, reason)
    assert [document.id for document in rejected.documents] == ["recu", "notification"]


async def test_an_order_can_be_taken_back_until_the_office_works_on_it(watiqa, filing, context):
    filed = await watiqa.file(filing())
    context.clock.set(advance=2 * HOUR)
    withdrawn = await watiqa.withdraw(filed.reference)
    again = await watiqa.withdraw(filed.reference)
    assert withdrawn.status is again.status is CaseStatus.WITHDRAWN
    assert [effect["kind"] for effect in context.effects.all()] == ["order", "cancellation"]
    context.clock.set(advance=10 * DAY)
    assert (await watiqa.progress(filed.reference)).steps == withdrawn.steps
    assert [step.milestone for step in withdrawn.steps] == [Milestone.CREATED, Milestone.PAID, None]


async def test_an_order_in_the_offices_hands_cannot_be_taken_back(watiqa, filing, context):
    filed = await watiqa.file(filing())
    context.clock.set(advance=1 * DAY)
    with pytest.raises(Refused, match="too_late"):
        await watiqa.withdraw(filed.reference)
    assert (await watiqa.progress(filed.reference)).status is CaseStatus.IN_PROGRESS


async def test_an_unknown_order_is_not_found(watiqa):
    with pytest.raises(Refused, match="not_found_at_portal"):
        await watiqa.progress("WQ-2025-999999")
    with pytest.raises(Refused, match="not_found_at_portal"):
        await watiqa.withdraw("WQ-2025-999999")


async def test_the_receipt_is_a_pdf_whose_offsets_are_right(watiqa, filing):
    filed = await watiqa.file(filing())
    [receipt] = filed.progress.documents
    document = await watiqa.document(filed.reference, receipt.id)
    assert document.filename == f"{filed.reference}-recu.pdf"
    assert document.content.startswith(b"%PDF-1.4")
    assert filed.reference.encode() in document.content
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF", document.content)[1])
    assert document.content[start:].startswith(b"xref\n0 6\n")
    offsets = re.findall(rb"(\d{10}) 00000 n", document.content)
    assert len(offsets) == 5
    for number, offset in enumerate(offsets, start=1):
        assert document.content[int(offset) :].startswith(b"%d 0 obj" % number)
    length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", document.content, re.DOTALL).groups()
    assert len(stream) == int(length)


async def test_a_paper_that_does_not_exist_yet_is_not_found(watiqa, filing, context):
    filed = await watiqa.file(filing())
    with pytest.raises(Refused, match="document_not_found"):
        await watiqa.document(filed.reference, "avis")
    context.clock.set(advance=3 * DAY)
    assert (await watiqa.document(filed.reference, "avis")).content.startswith(b"%PDF-")


async def test_tracking_needs_the_number_and_the_address_that_go_together(watiqa, filing):
    filed = await watiqa.file(filing())
    assert (await watiqa.track(filed.reference, email="Amina.ElFassi@example.org")).reference == filed.reference
    for reference, email in [
        (filed.reference, "aminaelfassi@example.org"),
        ("WQ-2025-999999", "amina.elfassi@example.org"),
    ]:
        with pytest.raises(Refused, match="not_found_at_portal"):
            await watiqa.track(reference, email=email)


async def test_an_order_made_on_the_site_itself_can_be_tracked_until_posted(watiqa):
    tracked = await watiqa.track("WQ-2024-900017", email="amina.elfassi@example.org")
    assert (tracked.status, tracked.milestone) == (CaseStatus.IN_PROGRESS, Milestone.POSTED)
    assert [step.milestone for step in tracked.steps] == [
        Milestone.CREATED, Milestone.PAID, Milestone.PROCESSING, Milestone.POSTED,
    ]  # fmt: skip


async def test_attachments_arrive_whole(watiqa, filing, context):
    attachment = Attachment(id="att_1", filename="livret.pdf", media_type="application/pdf", content=bytes(range(256)))
    filed = await watiqa.file(msgspec.structs.replace(filing(), attachments=[attachment]))
    assert context.table("orders").get(filed.reference)["attachments"] == [{"name": "livret.pdf", "size": 256}]


# --- Tokens -------------------------------------------------------------------------------------------------------


async def test_one_token_serves_many_requests_and_a_new_one_is_needed_after_it_expires(http, context):
    for _ in range(3):
        assert (await http.get("/orders", params={"client_reference": "x"})).is_success
    assert http.auth.asked == 1
    context.clock.set(advance=301)
    assert (await http.get("/orders", params={"client_reference": "x"})).is_success
    assert http.auth.asked == 2


async def test_a_fast_sandbox_clock_does_not_shorten_the_life_of_tokens(http, context):
    context.clock.set(speed=86400)
    for _ in range(3):
        assert (await http.get("/orders", params={"client_reference": "x"})).is_success
    assert http.auth.asked == 1


async def test_nothing_is_answered_without_a_token_that_is_known(base_url):
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, verify=False) as stranger:
        for headers in ({}, {"authorization": "Bearer made-up"}, {"authorization": "Basic bXJl"}):
            for method, path in [("POST", "/orders"), ("GET", "/orders/WQ-2025-000001"), ("POST", "/tracking")]:
                answer = await stranger.request(method, path, headers=headers)
                assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize(
    ("grant", "client", "secret", "status", "error"),
    [
        ("client_credentials", "mre-gateway", "wrong", 401, "invalid_client"),
        ("client_credentials", "other", SECRET, 401, "invalid_client"),
        ("client_credentials", "", "", 401, "invalid_client"),
        ("password", "mre-gateway", SECRET, 400, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_client_gets_no_token(base_url, grant, client, secret, status, error):
    form = {"grant_type": grant, "client_id": client, "client_secret": secret}
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, verify=False) as stranger:
        answer = await stranger.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_client_may_show_its_secret_by_http_basic(base_url):
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, verify=False) as client:
        answer = await client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=("mre-gateway", SECRET.replace(" ", "%20")),
        )
    assert answer.json()["token_type"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_gateway_that_is_locked_out_is_unavailable_not_refused(watiqa, http):
    http.auth._ask["client_secret"] = "rotated by the other side"
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await watiqa.progress("WQ-2025-000001")


async def test_a_body_that_is_not_an_order_is_refused_in_the_portals_own_words(http):
    for body in (b"{", b"[]", b'{"client_reference": 1}'):
        answer = await http.post("/orders", content=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "demande_invalide")


async def test_orders_outlive_the_process(open_context, tmp_path, filing):
    order = msgspec.json.decode(msgspec.json.encode(mapping.order(filing())), type=NewOrder)
    lodged = Orders(open_context(tmp_path / "sandbox.sqlite")).create(order)
    found = Orders(open_context(tmp_path / "sandbox.sqlite")).get(lodged["number"])
    assert found["history"] == lodged["history"]
    assert [effect["key"] for effect in open_context(tmp_path / "sandbox.sqlite").effects.all()] == [lodged["number"]]


async def test_a_lost_document_is_made_again_once_per_parcel_and_is_ready_a_day_later(watiqa, filing, context):
    filed = await watiqa.file(filing())
    context.clock.set(advance=4 * DAY)
    for parcel, seen in (("RR123456785MA", 6), ("RR400000015MA", 8)):
        again = await watiqa.act(filed.reference, "reissue", {"parcel": parcel})
        assert again.milestone is Milestone.PROCESSING
        assert (await watiqa.act(filed.reference, "reissue", {"parcel": parcel})).steps == again.steps
        context.clock.set(advance=DAY + HOUR)
        ready = await watiqa.progress(filed.reference)
        assert (ready.milestone, len(ready.steps)) == (Milestone.READY, seen)
        assert [document.id for document in ready.documents] == ["recu", "avis"]
    assert [each["kind"] for each in context.effects.all()] == ["order", "reissue", "reissue"]


@pytest.mark.parametrize(
    ("delivery", "action", "answer"),
    [
        ({}, "confirm", {"parcel": "RR123456785MA"}),
        ({}, "reissue", {}),
        ({}, "reissue", {"parcel": "RR123456785MA"}),  # not ready yet
        (PICKUP, "reissue", {"parcel": "RR123456785MA"}),
    ],
)
async def test_what_was_not_sent_is_not_made_again(watiqa, filing, context, delivery, action, answer):
    filed = await watiqa.file(filing(**({"delivery": delivery} if delivery else {})))
    if delivery:
        context.clock.set(advance=4 * DAY)
    with pytest.raises(Refused, match="action_not_supported"):
        await watiqa.act(filed.reference, action, answer)
    assert [each["kind"] for each in context.effects.all()] == ["order"]
