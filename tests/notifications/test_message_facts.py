"""Which lines of a timeline are told, and in which words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.cases.model import Case
from gateway.cases.state import Action, ActionType, AppointmentPart, BookedAppointment, FilingPart, Part, State
from gateway.connectors.contract import CaseStatus, Message, Milestone, Post, Slot
from gateway.i18n.messages import placeholders, read
from gateway.notifications.case_change import CaseChange
from gateway.notifications.messages.facts import Fact, FactKind, fact_of, still_holds
from gateway.notifications.messages.wording import Wording

LANGUAGES = ("ar", "fr", "en", "es", "nl", "it", "de")
CASE = "case_01m8mafqtzjdr9j08bxdwm8y9w"


def change(
    code: str, status: CaseStatus = CaseStatus.IN_PROGRESS, before: CaseStatus | None = None, **data: Any
) -> Any:
    return CaseChange(
        case_id=CASE, seq=7, client="app", subject="anna", service="echo.note", language="fr", code=code, portal="",
        at=datetime.now(UTC), data=data, status=status, status_before=before or status,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (change("payment_due"), (FactKind.ACTION, "pay", "event:7")),
        (change("slot_due"), (FactKind.ACTION, "choose_slot", "event:7")),
        (change("asked", action="provide_document", why="x"), (FactKind.ACTION, "provide_document", "event:7")),
        (change("parcel_lost", number="RR1"), (FactKind.ACTION, "parcel_lost", "event:7")),
        (change("shipped", number="RR1"), (FactKind.PARCEL, "posted", "event:7")),
        (change("portal_step", milestone="out_for_delivery"), (FactKind.PARCEL, "out_for_delivery", "event:7")),
        (change("portal_step", milestone="delivery_failed"), (FactKind.PARCEL, "delivery_failed", "event:7")),
        (change("completed", CaseStatus.COMPLETED, CaseStatus.IN_PROGRESS), (FactKind.END, "completed", "end")),
        (change("refused", CaseStatus.REJECTED, CaseStatus.IN_PROGRESS), (FactKind.END, "rejected", "end")),
    ],
)
def test_line_that_matters_to_her_is_told(line: CaseChange, told: tuple[FactKind, str, str]) -> None:
    fact = fact_of(line)
    assert fact is not None
    assert (fact.kind, fact.what, fact.key) == told


@pytest.mark.parametrize(
    "line",
    [
        change("received"),
        change("paid"),
        change("offered", action="rate"),
        change("asked", action="a word that nobody knows"),
        change("portal_step", milestone="in_transit"),
        change("portal_step", milestone="delivered"),
        change("offered", CaseStatus.COMPLETED, action="rate"),  # after the end
    ],
)
def test_line_that_she_need_not_know_is_not_told(line: CaseChange) -> None:
    assert fact_of(line) is None


def booked_at(start: datetime, state: str = "booked") -> Case:
    zone = "Europe/Paris"
    post = Post(id="lyon", name={"en": "Lyon"}, country="FR", city="Lyon", timezone=zone)
    slot = Slot(id="s", service="passport", post="lyon", start=start, end=start + timedelta(minutes=20))
    case = case_of(CaseStatus.IN_PROGRESS)
    booked = BookedAppointment(key="k", reference="R", portal="p", slot=slot, post=post, state=state)
    case.state.appointment = AppointmentPart(booked=booked)
    return case


def test_appointment_is_told_only_while_it_stands() -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    told = fact_of(change("appointment_booked", post="lyon", start=start.isoformat()))
    assert told is not None
    assert still_holds(told, booked_at(start))
    assert not still_holds(told, booked_at(start + timedelta(days=1)))  # moved
    assert not still_holds(told, booked_at(start, "cancelled"))
    past = start - timedelta(days=1)
    missed = fact_of(change("appointment_booked", post="lyon", start=past.isoformat()))
    assert missed is not None
    assert not still_holds(missed, booked_at(past))
    details = Wording().write(
        told, booked_at(start), None, channel="email", key="m", to="a@example.org", language="en", details=True
    )
    local = start.astimezone(ZoneInfo("Europe/Paris"))
    assert f"Appointment: {local.day} {local:%B %Y} at {local:%H:%M} – Lyon" in details.text


def test_action_is_told_only_while_it_waits() -> None:
    told = fact_of(change("payment_due"))
    assert told is not None
    case = case_of(CaseStatus.ACTION_REQUIRED)
    assert not still_holds(told, case)
    case.state.action = Action(type=ActionType.CHOOSE_SLOT, code="slot_due")
    assert not still_holds(told, case)
    case.state.action = Action(type=ActionType.PAY, code="fee_due")
    assert still_holds(told, case)


def test_words_exist_in_all_seven_languages() -> None:
    english = read("en", "messages")
    for language in LANGUAGES:
        texts = read(language, "messages")
        assert set(texts) == set(english), language
        for key, text in texts.items():
            assert placeholders(text) == placeholders(english[key]), (language, key)
    # All actions but those that are never required.
    wanted = {f"action.{each.value}" for each in ActionType} - {"action.rate", "action.appeal", "action.withdraw"}
    wanted |= {f"parcel.{each}" for each in ("posted", "out_for_delivery", "delivery_failed")}
    wanted |= {f"end.{each}" for each in ("completed", "rejected", "withdrawn", "failed")}
    assert wanted <= set(english)


def case_of(status: CaseStatus) -> Case:
    moment = datetime.now(UTC)
    return Case(
        id=CASE, client="app", subject="anna", service="echo.note", status=status, version=1,
        language="fr", created_at=moment, updated_at=moment, deadline_on=None, due_at=None,
        state=State(parts=[Part.FILING], filing=FilingPart(portal="echo", reference="E-778899")),
    )  # fmt: skip


def written(language: str, *, details: bool, channel: str = "email", **urls: str) -> Message:
    case = case_of(CaseStatus.REJECTED)
    fact = Fact(kind=FactKind.END, what="rejected", key="end")
    return Wording(**urls).write(
        fact, case, None, channel=channel, key="msg_1", to="a@example.org", language=language, details=details
    )


class Strict(HTMLParser):
    """Notes what a page loads, and whether each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.loads += [str(value) for name, value in attrs if name in ("src", "background", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_says_the_same_as_text_and_as_html(language: str) -> None:
    message = written(
        language, details=True, case_url="https://s.example/c/{case}", preferences_url="https://s.example/me"
    )
    page = Strict()
    page.feed(message.html)
    assert (page.open, page.loads) == ([], [])
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in message.html
    texts = read(language, "messages")
    for said in (texts["end.rejected"], CASE, texts["safety"], texts["why"], texts["open.link"], texts["hello"]):
        assert said in message.text
        assert said in page.text
    for url in (f"https://s.example/c/{CASE}", "https://s.example/me"):
        assert url in message.text
        assert f'href="{url}"' in message.html


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_without_consent_to_details_the_end_is_not_named(channel: str) -> None:
    plain = written("en", details=False, channel=channel)
    assert CASE in plain.text
    assert "refused" not in plain.text + plain.html + plain.subject
    assert "E-778899" not in written("en", details=True, channel=channel).text


def test_sms_has_no_address_of_a_page() -> None:
    message = written("fr", details=True, channel="sms", case_url="https://s.example/c/{case}")
    assert "https:" not in message.text
    assert not re.search(r"\n", message.text)


def test_each_milestone_of_a_parcel_is_decided_upon() -> None:
    """A new milestone of the contract needs a decision whether people are told."""
    told = {each for each in Milestone if fact_of(change("portal_step", milestone=each.value)) is not None}
    assert told == {Milestone.OUT_FOR_DELIVERY, Milestone.DELIVERY_FAILED}
