"""Quiet hours: when a message may go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from gateway.auth.preferences import Channel, Preferences, QuietHours, SentCode

NIGHT = QuietHours(start="22:00", end="07:30", timezone="Europe/Paris")
SIESTA = QuietHours(start="13:00", end="15:00", timezone="America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "ready", "sent"),
    [
        (NIGHT, "2026-07-01T20:00+02:00", "2026-07-01T20:00+02:00"),
        (NIGHT, "2026-07-01T22:00+02:00", "2026-07-02T07:30+02:00"),
        (NIGHT, "2026-07-02T03:00+02:00", "2026-07-02T07:30+02:00"),
        (NIGHT, "2026-07-02T07:30+02:00", "2026-07-02T07:30+02:00"),
        (NIGHT, "2026-07-01T21:00+00:00", "2026-07-02T07:30+02:00"),  # 23:00 in Paris
        (NIGHT, "2026-10-24T23:00+02:00", "2026-10-25T07:30+01:00"),  # the clock goes back in between
        (SIESTA, "2026-07-01T14:00-04:00", "2026-07-01T15:00-04:00"),
        (SIESTA, "2026-07-01T15:00-04:00", "2026-07-01T15:00-04:00"),
        (SIESTA, "2026-07-01T14:00+00:00", "2026-07-01T14:00+00:00"),
    ],
)
def test_message_waits_for_the_end_of_quiet_hours(quiet: QuietHours, ready: str, sent: str) -> None:
    assert quiet.over_at(at(ready)) == at(sent)


def test_end_that_the_clock_skips_is_after_the_start() -> None:
    quiet = QuietHours(start="23:00", end="02:30", timezone="Europe/Paris")  # 02:30 does not exist that night
    assert quiet.over_at(at("2026-03-28T23:30+01:00")) == at("2026-03-29T02:30+01:00")


def test_code_is_good_until_its_time_or_its_tries_are_over() -> None:
    noon = at("2026-07-01T12:00+00:00")
    code = SentCode(message="msg_1", hash="", expires_at=noon, tries_left=1, language="en")
    assert code.good_at(noon - timedelta(seconds=1))
    assert not code.good_at(noon)
    assert not msgspec.structs.replace(code, tries_left=0).good_at(noon - timedelta(seconds=1))
    assert not Preferences(email=Channel(consent=True, address="a@example.org", code=code)).email.verified_address
