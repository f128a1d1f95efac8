"""Numbers, times and Base64 in text that somebody else wrote, read by their specification.

`str.isdigit` takes `²`, `int` takes `१२` and `1_0`, `datetime.fromisoformat` takes week dates: none of them is what
HTTP, XML or a portal's page means. What does not fit the grammar is `None` or a `ValueError`, as each function says,
and never an error of another kind.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

MOST_SECONDS: Final = 2**31
"""What a larger number of seconds means (RFC 9111 section 1.2.2)."""

_DIGITS: Final = re.compile(r"[0-9]+")
_BLANK: Final = re.compile(r"[ \t\r\n]+")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME: Final = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_HTTP_DATES: Final = (
    re.compile(rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    re.compile(
        rf"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"
    ),
    re.compile(rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)
_XSD_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def seconds(text: str) -> float | None:
    """`delay-seconds` (RFC 9110 section 10.2.3): ASCII digits and nothing else; at most `MOST_SECONDS`."""
    text = text.strip(" \t")
    if not _DIGITS.fullmatch(text):
        return None
    return float(MOST_SECONDS) if len(text.lstrip("0")) > 10 else float(min(int(text), MOST_SECONDS))


def http_date(text: str, *, now: datetime) -> datetime | None:
    """One of the three forms of RFC 9110 section 5.6.7, in UTC. A year of two digits that seems to be more than fifty
    years ahead of `now` is the last one with these digits."""
    found = next((match for form in _HTTP_DATES if (match := form.fullmatch(text.strip(" \t")))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += now.year // 100 * 100
        if year > now.year + 50:
            year -= 100
    month, second = _MONTHS.index(found["month"]) + 1, min(int(found["second"]), 59)  # 60 is a leap second
    try:
        return datetime(year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, tzinfo=UTC)
    except ValueError:
        return None


def retry_after(text: str | None, *, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 section 10.2.3), from either of its forms; None without it
    and for what it cannot be."""
    if text is None:
        return None
    if (wait := seconds(text)) is not None:
        return wait
    at = http_date(text, now=now)
    return None if at is None else max(0.0, (at - now).total_seconds())


def xsd_date_time(text: str) -> datetime:
    """`xs:dateTime` with a time zone (XML Schema 1.1 part 2, section 3.3.7), blanks around it collapsed; what is finer
    than a microsecond is cut off. Raises `ValueError`."""
    found = _XSD_DATE_TIME.fullmatch(text.strip(" \t\r\n"))
    if found is None:
        raise ValueError("not a dateTime with a time zone")
    day, clock, fraction, zone = found.groups()
    midnight = clock == "24:00:00" and not (fraction or "").strip("0")  # the end of a day may be written so
    read = datetime.fromisoformat(f"{day}T{'00:00:00' if midnight else clock}.{(fraction or '0'):0<6.6}{zone}")
    return read + timedelta(days=1) if midnight else read


def base64_bytes(text: str, *, wrapped: bool = False) -> bytes:
    """Base64 (RFC 4648 section 4), with its padding. `wrapped`: blanks and line breaks inside do not count, as in MIME
    (RFC 2045 section 6.8), PEM and `xs:base64Binary`; a structured field of HTTP and a JWS have none. Raises
    `ValueError`."""
    if wrapped:
        text = _BLANK.sub("", text)
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not Base64") from error


def wall_clock_order(
    times: Sequence[datetime], zone: tzinfo, *, newest_first: bool
) -> list[tuple[int, datetime]] | None:
    """The order of a list of steps that gives no offsets: (place in the list, instant in UTC), the oldest first.

    `times` are naive, as a wall clock in `zone` shows them. When clocks go back an hour comes twice, and only the
    list's own order says which of the two is meant. `newest_first` is how the list is usually written; one that can
    only be read the other way is read so. None if it can be read in neither: then its order means nothing.
    """
    for turned in (newest_first, not newest_first):
        places = range(len(times) - 1, -1, -1) if turned else range(len(times))
        read: list[tuple[int, datetime]] = []
        for place in places:
            least = read[-1][1] if read else None
            local = times[place].replace(tzinfo=zone, fold=0)
            at = local.astimezone(UTC)
            if least is not None and at < least:
                at = local.replace(fold=1).astimezone(UTC)
                if at < least:
                    break
            read.append((place, at))
        else:
            return read
    return None
