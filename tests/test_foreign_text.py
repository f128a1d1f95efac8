"""Numbers, times and Base64 of others, each by its specification."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.foreign_text import base64_bytes, http_date, retry_after, seconds, xsd_date_time

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", 0), ("120", 120), ("007", 7), (" 5 ", 5), ("9" * 400, 2**31),
        ("", None), ("²", None), ("१२", None), ("１２", None), ("1_0", None), ("+5", None), ("-5", None), ("1.5", None),
        ("0x10", None), ("5s", None), ("\u00a05", None),
    ],
)  # fmt: skip
def test_seconds_are_ascii_digits_alone(text: str, wait: float | None) -> None:
    assert seconds(text) == wait


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),  # RFC 9110 section 5.6.7
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 29-Nov-76 08:00:00 GMT", datetime(2076, 11, 29, 8, tzinfo=UTC)),
        ("Monday, 29-Nov-77 08:00:00 GMT", datetime(1977, 11, 29, 8, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ("Sun, 31 Feb 2027 08:49:37 GMT", None),
        ("06 Nov 1994 08:49:37 GMT", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_date_of_http_has_three_forms(text: str, at: datetime | None) -> None:
    assert http_date(text, now=NOW) == at


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (None, None), ("7", 7), ("²", None), ("Sun, 29 Nov 2026 08:00:30 GMT", 30),
        ("Sunday, 29-Nov-26 08:01:00 GMT", 60), ("Sun Nov 29 08:00:05 2026", 5), ("Sun, 29 Nov 2020 08:00:30 GMT", 0),
    ],
)  # fmt: skip
def test_a_time_to_come_back_is_read_in_either_form(text: str | None, wait: float | None) -> None:
    assert retry_after(text, now=NOW) == wait


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-29T08:00:00Z", NOW),
        ("\n 2026-11-29T09:00:00+01:00 ", NOW),
        ("2026-11-29T08:00:00.1234567Z", NOW.replace(microsecond=123456)),
        ("2026-11-29T08:00:00.5Z", NOW.replace(microsecond=500000)),
        ("2026-11-28T24:00:00Z", datetime(2026, 11, 29, tzinfo=UTC)),
    ],
)
def test_a_time_of_xml_schema_is_read(text: str, at: datetime) -> None:
    assert xsd_date_time(text) == at


@pytest.mark.parametrize(
    "text",
    ["2026-11-29T08:00:00", "20261129T080000Z", "2026-W48-7T08:00:00Z", "2026-11-29 08:00:00Z", "2026-11-29T08:00Z",
     "2026-11-29T08:00:00٫5Z", "2026-13-01T00:00:00Z", "2026-11-29T24:00:01Z", ""],
)  # fmt: skip
def test_what_is_no_time_of_xml_schema_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        xsd_date_time(text)


def test_wrapped_base64_is_read_where_it_may_be_wrapped() -> None:
    assert base64_bytes("JVBE\r\n Rg==", wrapped=True) == b"%PDF"
    for text in ("JVBE\nRg==", "JVBERg", "JVBE-g==", "JVBERg==\n", "ﬀVBE"):
        with pytest.raises(ValueError, match="not Base64"):
            base64_bytes(text)
