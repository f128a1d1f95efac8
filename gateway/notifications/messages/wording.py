"""A fact in a person's words: subject, text and HTML of an e-mail, or one SMS.

Without her consent to details a message has fixed words and the reference. With it, also the service, what is asked,
how the case ended, and when and where the appointment is. Never a name, a number of hers, or what a portal wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_time

from gateway.cases.model import Case
from gateway.cases.state import BookedAppointment
from gateway.connectors.contract import Channel, Message
from gateway.connectors.services import Service
from gateway.i18n.formats import day
from gateway.i18n.messages import FALLBACK, read
from gateway.notifications.messages.facts import Fact, FactKind
from gateway.notifications.messages.layout import Letter, html, plain

_DOMAIN: Final = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Writes messages. `case_url` and `preferences_url` as in the settings."""

    case_url: str = ""
    preferences_url: str = ""

    def write(
        self,
        fact: Fact,
        case: Case,
        service: Service | None,
        *,
        channel: Channel,
        key: str,
        to: str,
        language: str,
        details: bool,
    ) -> Message:
        texts = read(language, _DOMAIN)
        if channel == "sms":
            text = texts[f"{fact.kind}.sms"].format(reference=case.id)
            return Message(key=key, to=to, language=language, text=f"{texts['sender']} – {text}")
        letter = self._letter(fact, case, service if details else None, language, details=details)
        return Message(
            key=key,
            to=to,
            language=language,
            subject=letter.title,
            text=plain(letter),
            html=html(letter, texts["sender"]),
        )

    def write_code(self, code: str, *, minutes: int, channel: Channel, key: str, to: str, language: str) -> Message:
        """The code by which she shows that an address is hers. Not in the subject, which is seen on locked screens."""
        texts = read(language, _DOMAIN)
        if channel == "sms":
            text = texts["code.sms"].format(code=code, minutes=minutes)
            return Message(key=key, to=to, language=language, text=f"{texts['sender']} – {text}")
        letter = Letter(
            language=language,
            line=texts["line"],
            title=texts["code.subject"],
            greeting=texts["hello"],
            sentence=texts["code.text"].format(minutes=minutes),
            facts=[(texts["label.code"], code)],
            notes=[texts["code.ignore"], texts["no_answers"]],
        )
        return Message(
            key=key,
            to=to,
            language=language,
            subject=letter.title,
            text=plain(letter),
            html=html(letter, texts["sender"]),
        )

    def _letter(self, fact: Fact, case: Case, service: Service | None, language: str, *, details: bool) -> Letter:
        texts = read(language, _DOMAIN)
        facts = [(texts["label.reference"], case.id)]
        title = texts[f"{fact.kind}.subject"]
        if service is not None:
            named = service.texts["title"]
            name = named.get(language) or named[FALLBACK]
            facts.append((texts["label.service"], name))
            title = f"{name} – {title}"
        booked = case.state.appointment.booked
        if details and fact.kind is FactKind.APPOINTMENT and booked is not None:
            facts.append((texts["label.appointment"], _appointment(booked, language)))
        return Letter(
            language=language,
            line=texts["line"],
            title=title,
            greeting=texts["hello"],
            sentence=_sentence(fact, language) if details else texts[f"{fact.kind}.text"],
            facts=facts,
            link=(texts["open.link"], self.case_url.format(case=case.id)) if self.case_url else None,
            hint="" if self.case_url else texts["open.hint"],
            notes=[
                texts["safety"],
                texts["why"] + ("" if self.preferences_url else f" {texts['stop.hint']}"),
                texts["no_answers"],
            ],
            stop=(texts["stop.link"], self.preferences_url) if self.preferences_url else None,
        )


def _sentence(fact: Fact, language: str) -> str:
    """What exactly it is; the general words for something that has none."""
    texts = read(language, _DOMAIN)
    return texts.get(f"{fact.kind}.{fact.what}") or texts[f"{fact.kind}.text"]


def _appointment(booked: BookedAppointment, language: str) -> str:
    """Day, time and place, by the clock of the post."""
    local = booked.slot.start.astimezone(ZoneInfo(booked.post.timezone))
    name = booked.post.name.get(language) or booked.post.name.get(FALLBACK, "")
    time = format_time(local, "HH:mm", locale="en_GB")
    return read(language, _DOMAIN)["appointment.when"].format(day=day(local, language), time=time, post=name)
