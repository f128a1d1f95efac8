"""Each service to its end through real sockets: the happy way, and its likeliest unhappy ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.connectors.contract import CaseStatus, Filing, Milestone, Refused, Unavailable, Unknown
from plugins.alhalalmadania.tests.conftest import COPIES, DECLARATIONS, SERVICES, pdf

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = {"last_name_latin": "Autre"}
PERSONS = {"birth-copy": "person", "marriage-copy": "wife", "death-copy": "deceased"}


async def provide(running_sandbox, reference, file=None):
    return await running_sandbox.call(Filing.act, reference, "provide_document", {"attachments": [file or pdf()]})


@pytest.mark.parametrize("service", SERVICES)
async def test_every_example_comes_to_its_end_whenever_it_is_filed(running_sandbox, later, filing, service):
    filed = await running_sandbox.call(Filing.file, filing(service))
    assert filed.progress.status is CaseStatus.RECEIVED
    later(1.5)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    if progress.ask is not None:
        assert (progress.status, progress.ask.type) == (CaseStatus.ACTION_REQUIRED, "provide_document")
        assert (await provide(running_sandbox, filed.reference)).status is CaseStatus.IN_PROGRESS
    later(3)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    assert (progress.status, progress.milestone, progress.warnings) == (CaseStatus.COMPLETED, Milestone.READY, [])
    assert [step.at for step in progress.steps] == sorted(step.at for step in progress.steps)
    for paper in progress.documents:
        assert (await running_sandbox.call(Filing.document, filed.reference, paper.id)).content.startswith(b"%PDF-")
    assert len(progress.documents) == 2


@pytest.mark.parametrize("service", DECLARATIONS)
async def test_a_declaration_in_time_is_registered_and_tells_its_last_day(running_sandbox, later, in_time, service):
    filed = await running_sandbox.call(Filing.file, in_time(service))
    last = datetime.strptime(filed.progress.steps[0].label[-10:], "%d/%m/%Y").replace(tzinfo=UTC).date()
    event = datetime.now(UTC).date() - timedelta(days=5)
    assert (last - event).days in ((365, 366) if service == "birth-declaration" else (30,))
    later(4)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    assert (progress.status, progress.portal_status) == (CaseStatus.COMPLETED, "enregistre")


async def test_the_act_of_a_birth_brings_an_identifier_of_ten_digits_in_the_paper_alone(
    running_sandbox, later, in_time
):
    filed = await running_sandbox.call(Filing.file, in_time("birth-declaration"))
    later(4)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    content = (await running_sandbox.call(Filing.document, filed.reference, "acte")).content
    _, _, rest = content.partition(b"IDCS ")
    digits = rest[:10].decode()
    assert digits.isdigit()
    assert digits not in str(progress)


# --- Too late -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", DECLARATIONS)
async def test_a_declaration_after_its_time_without_a_judgment_is_refused(running_sandbox, filing, service):
    with pytest.raises(Refused) as refused:
        await running_sandbox.call(Filing.file, filing(service, judgment=None))
    assert refused.value.code == "declaration_too_late"
    assert refused.value.fields == dict.fromkeys(("/event/date", "/judgment"), "declaration_too_late")
    assert "jugement" in refused.value.portal_message
    assert running_sandbox.effects() == []


@pytest.mark.parametrize(
    ("service", "country", "days", "accepted"),
    [
        ("birth-declaration", "FR", 360, True),
        ("birth-declaration", "FR", 370, False),
        ("birth-declaration", "MA", 29, True),
        ("birth-declaration", "MA", 32, False),
        ("death-declaration", "FR", 29, True),
        ("death-declaration", "FR", 32, False),
    ],
)
async def test_thirty_days_or_a_year_for_a_birth_abroad(running_sandbox, in_time, service, country, days, accepted):
    declared = in_time(service, days=days, event={"country": country})
    if accepted:
        assert await running_sandbox.call(Filing.file, declared)
    else:
        with pytest.raises(Refused, match="declaration_too_late"):
            await running_sandbox.call(Filing.file, declared)


async def test_how_long_the_sandbox_has_run_makes_nothing_late(running_sandbox, later, in_time):
    later(1000)
    assert await running_sandbox.call(Filing.file, in_time("death-declaration"))


async def test_what_has_not_happened_yet_cannot_be_declared(running_sandbox, in_time):
    with pytest.raises(Refused, match="date_in_the_future") as refused:
        await running_sandbox.call(Filing.file, in_time("death-declaration", days=-3))
    assert refused.value.fields == {"/event/date": "date_in_the_future"}


# --- Refused at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", COPIES)
async def test_a_copy_of_an_act_that_is_not_there_or_anothers_is_refused(running_sandbox, filing, service):
    with pytest.raises(Refused, match="act_not_found") as refused:
        await running_sandbox.call(Filing.file, filing(service, act={"number": "4321"}))
    assert set(refused.value.fields) == {"/act/number", "/act/register_year", "/register/office"}
    with pytest.raises(Refused, match="identity_mismatch") as refused:
        await running_sandbox.call(Filing.file, filing(service, **{PERSONS[service]: OTHER}))
    assert refused.value.fields == {f"/{PERSONS[service]}": "identity_mismatch"}
    assert running_sandbox.effects() == []


async def test_names_are_compared_without_case_accents_and_vowel_signs(running_sandbox, filing):
    person = {"last_name_latin": "EL-FASSI", "first_name_latin": "Amîna", "first_name_arabic": "أَمِينَة"}
    assert await running_sandbox.call(Filing.file, filing("birth-copy", person=person))


@pytest.mark.parametrize(("born", "taken"), [("1988", True), ("1988-03", True), ("1989", False)])
async def test_partial_birth_date_is_sent_as_it_is_known(running_sandbox, filing, born, taken):
    if taken:
        assert await running_sandbox.call(Filing.file, filing("birth-copy", person={"birth_date": born}))
    else:
        with pytest.raises(Refused, match="identity_mismatch"):
            await running_sandbox.call(Filing.file, filing("birth-copy", person={"birth_date": born}))


async def test_the_consular_register_has_its_own_acts(running_sandbox, filing):
    consular = {"source": "consular", "country": "FR", "office": "Consulat général de Lyon"}
    names = {"last_name_latin": "Benjelloun", "first_name_latin": "Salma", "birth_date": "2001-06-21"}
    names |= {"last_name_arabic": "بنجلون", "first_name_arabic": "سلمى"}
    act = {"number": "415", "register_year": 2001}
    filed = await running_sandbox.call(Filing.file, filing("birth-copy", register=consular, person=names, act=act))
    assert filed.progress.status is CaseStatus.RECEIVED


@pytest.mark.parametrize("service", DECLARATIONS)
async def test_an_event_is_declared_once(running_sandbox, filing, service):
    await running_sandbox.call(Filing.file, filing(service, key="key-1"))
    with pytest.raises(Refused, match="already_declared"):
        await running_sandbox.call(Filing.file, filing(service, key="key-2"))
    assert len(running_sandbox.effects()) == 1


async def test_what_was_withdrawn_can_be_declared_again(running_sandbox, filing):
    filed = await running_sandbox.call(Filing.file, filing("death-declaration", key="key-1"))
    await running_sandbox.call(Filing.withdraw, filed.reference)
    assert await running_sandbox.call(Filing.file, filing("death-declaration", key="key-2"))


# --- The officer's check ------------------------------------------------------------------------------------------


async def test_the_officer_asks_for_each_missing_document_until_all_are_there(running_sandbox, later, in_time):
    missing = ("birth_certificate", "family_booklet")
    filed = await running_sandbox.call(Filing.file, in_time("birth-declaration", without=missing))
    later(1)
    for number, code in enumerate(("birth_certificate_missing", "family_booklet_missing")):
        ask = (await running_sandbox.call(Filing.progress, filed.reference)).ask
        assert (ask.type, ask.code) == ("provide_document", code)
        assert ask.until > datetime.now(UTC) + timedelta(days=300)  # the year that a birth abroad has
        await provide(running_sandbox, filed.reference, pdf(f"att_{number:026d}"))
    later(2)
    assert (await running_sandbox.call(Filing.progress, filed.reference)).status is CaseStatus.COMPLETED


async def test_the_same_document_twice_is_one_completion(running_sandbox, later, in_time):
    filed = await running_sandbox.call(
        Filing.file, in_time("birth-declaration", without=("birth_certificate", "family_booklet"))
    )  # fmt: skip
    later(1)
    first = await provide(running_sandbox, filed.reference)
    again = await provide(running_sandbox, filed.reference)
    assert first == again
    assert first.ask.code == "family_booklet_missing"
    assert [each["kind"] for each in running_sandbox.effects()] == ["demand", "completion"]


async def test_a_document_that_nobody_asked_for_is_not_taken(running_sandbox, filing):
    filed = await running_sandbox.call(Filing.file, filing("birth-copy"))
    for action, answer in [
        ("provide_document", {"attachments": [pdf()]}),
        ("provide_document", {"attachments": []}),
        ("provide_document", {}),
        ("confirm", {"choice": "yes"}),
    ]:
        with pytest.raises(Refused, match="action_not_supported"):
            await running_sandbox.call(Filing.act, filed.reference, action, answer)
    assert len(running_sandbox.effects()) == 1


@pytest.mark.parametrize("service", ["death-copy", *DECLARATIONS])
async def test_a_request_that_stays_unanswered_ends_the_demand(running_sandbox, later, filing, service):
    filed = await running_sandbox.call(Filing.file, filing(service))
    later(17)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    assert (progress.status, progress.reason, progress.ask) == (CaseStatus.REJECTED, "documents_not_provided", None)


REJECTED = {
    "birth-copy": {
        "register": {"office": "Agadir Centre"},
        "act": {"number": "1999", "register_year": 1992},
        "person": {
            "last_name_latin": "Aït Lahcen", "first_name_latin": "Youssef",
            "last_name_arabic": "أيت لحسن", "first_name_arabic": "يوسف", "birth_date": "1992-01-30",
        },
    },
    "marriage-copy": {
        "act": {"number": "2998"},
        "husband": {
            "last_name_latin": "Berrada", "first_name_latin": "Omar",
            "last_name_arabic": "برادة", "first_name_arabic": "عمر",
        },
        "wife": {
            "last_name_latin": "Tazi", "first_name_latin": "Leïla",
            "last_name_arabic": "التازي", "first_name_arabic": "ليلى",
        },
    },
    "death-copy": {
        "act": {"number": "5999"},
        "capacity": "heir",
        "deceased": {
            "last_name_latin": "Mansouri", "first_name_latin": "Fatima",
            "last_name_arabic": "المنصوري", "first_name_arabic": "فاطمة",
        },
    },
    **{service: {"event": {"place": "Nulle  Part"}} for service in DECLARATIONS},
}  # fmt: skip
REASONS = {"birth-copy": "act_unreadable", "marriage-copy": "act_under_correction", "death-copy": "act_unreadable"}


@pytest.mark.parametrize("service", REJECTED)
async def test_the_officer_may_reject_after_the_check(running_sandbox, later, filing, service):
    filed = await running_sandbox.call(Filing.file, filing(service, **REJECTED[service]))
    later(1)
    if (await running_sandbox.call(Filing.progress, filed.reference)).ask:
        await provide(running_sandbox, filed.reference)
    later(3)
    progress = await running_sandbox.call(Filing.progress, filed.reference)
    assert progress.status is CaseStatus.REJECTED
    assert progress.reason == REASONS.get(service, "declaration_inaccurate")
    assert [paper.id for paper in progress.documents] == ["recepisse", "notification"]


# --- Withdrawal, documents, evidence ------------------------------------------------------------------------------


async def test_a_demand_can_be_taken_back_until_the_officer_has_decided(running_sandbox, later, filing):
    filed = await running_sandbox.call(Filing.file, filing("birth-copy"))
    later(1)
    withdrawn = await running_sandbox.call(Filing.withdraw, filed.reference)
    again = await running_sandbox.call(Filing.withdraw, filed.reference)
    assert withdrawn.status is again.status is CaseStatus.WITHDRAWN
    later(30)
    assert (await running_sandbox.call(Filing.progress, filed.reference)).steps == withdrawn.steps
    second = await running_sandbox.call(Filing.file, filing("birth-copy", key="key-2"))
    later(4)
    with pytest.raises(Refused, match="too_late"):
        await running_sandbox.call(Filing.withdraw, second.reference)
    assert [each["kind"] for each in running_sandbox.effects()] == ["demand", "withdrawal", "demand"]


async def test_what_is_not_there_is_not_found(running_sandbox, filing):
    for operation in (Filing.progress, Filing.withdraw):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await running_sandbox.call(operation, "EC-2026-999999")
    filed = await running_sandbox.call(Filing.file, filing("birth-copy"))
    for id in ("copie", "../etc"):
        with pytest.raises(Refused, match="document_not_found"):
            await running_sandbox.call(Filing.document, filed.reference, id)


async def test_evidence_arrives_whole_and_a_file_over_the_limit_is_not_sent(running_sandbox, in_time):
    large = in_time("death-declaration")
    large.attachments[0] = pdf(large.attachments[0].id, size=5_000_000)
    filed = await running_sandbox.call(Filing.file, large)
    [piece] = running_sandbox.host.store.execute("SELECT doc FROM rows WHERE name='demands'").fetchall()
    assert "certificat_deces" in piece[0]
    large.attachments[0] = pdf(large.attachments[0].id, size=5_000_001)
    with pytest.raises(Refused, match="attachment_too_large") as refused:
        await running_sandbox.call(Filing.file, large)
    assert refused.value.fields == {"/evidence/0/file": "attachment_too_large"}
    with pytest.raises(Refused, match="attachment_too_large"):
        await provide(running_sandbox, filed.reference, pdf(size=5_000_001))
    assert len(running_sandbox.effects()) == 1


# --- Exactly once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["error", "garbage", "reset", "commit_then_drop"])
@pytest.mark.parametrize("service", ["birth-copy", "death-declaration"])
async def test_whatever_goes_wrong_the_finder_tells_whether_it_was_lodged(running_sandbox, filing, mode, service):
    running_sandbox.fault(mode)
    with pytest.raises(Unknown):
        await running_sandbox.call(Filing.file, filing(service))
    running_sandbox.fault("none")
    found = await running_sandbox.call(Filing.find, "key-1")
    assert (found is not None) == (mode == "commit_then_drop") == (len(running_sandbox.effects()) == 1)
    assert await running_sandbox.call(Filing.find, "key-2") is None


async def test_a_portal_that_hangs_costs_no_more_than_the_time_for_the_call(running_sandbox, filing):
    filed = await running_sandbox.call(Filing.file, filing("birth-copy", key="key-1"))
    running_sandbox.fault("hang")
    with pytest.raises(Unknown):
        await running_sandbox.within(0.2).call(Filing.file, filing("birth-copy", key="key-2"))
    with pytest.raises(Unavailable, match="portal_timeout"):
        await running_sandbox.within(0.2).call(Filing.progress, filed.reference)
    running_sandbox.fault("none")
    assert await running_sandbox.call(Filing.find, "key-2") is None
    assert len(running_sandbox.effects()) == 1


@pytest.mark.parametrize("mode", ["error", "garbage", "reset"])
async def test_reading_is_tried_again_and_then_the_portal_is_unavailable(running_sandbox, filing, mode):
    filed = await running_sandbox.call(Filing.file, filing("birth-copy"))
    running_sandbox.fault(mode)
    with pytest.raises(Unavailable):
        await running_sandbox.call(Filing.progress, filed.reference)
    running_sandbox.fault("none")
    assert (await running_sandbox.call(Filing.progress, filed.reference)).reference == filed.reference
