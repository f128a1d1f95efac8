"""What an auditor reads on the pages of the log: the chart is of the list, words are words, times say their zone."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_args

import httpx
import pytest

from gateway.audit.entry import Kind, Outcome
from gateway.auth.rules import _REASONS
from gateway.outbound import errors
from tests.window.played_gateway import Played, played, refused, told

AT: Final = "2026-11-29T22:15:07.123456Z"
LANGS: Final = ("ar", "fr")
ERROR_WORDS: Final = {
    each.word
    for each in vars(errors).values()
    if isinstance(each, type) and isinstance(getattr(each, "word", None), str)
} | {word for _, word in errors._WORDS}
HOPS: Final = sorted({"answered", "under_way", "failed", *ERROR_WORDS})


def _record(index: int = 7, at: str = AT, **more: Any) -> dict[str, Any]:
    record = {"at": at, "call": f"call_{index}", "kind": "call", "outcome": "ok", "v": 1, **more}
    return {"index": index, "leaf_hash": "0" * 64, "record": record}


@dataclass
class Log:
    records: list[dict[str, Any]] = field(default_factory=lambda: [_record()])
    more: bool = False
    findings: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    note: str = "log.example\n9\nroot=\n\n— log.example AAAA\n"
    anchors: str = ""
    refusal: httpx.Response | None = None

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if path == "/audit/records":
            cursor = "3" if self.more else None
            return self.refusal or told({"data": self.records, "has_more": self.more, "next_cursor": cursor})
        if path.startswith("/audit/records/"):
            return told(self.records[0])
        if path == "/audit/density":
            asked = dict(request.url.params)
            since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
            body = {"since_at": since, "until_at": until}
            times = {name: moment.isoformat() for name, moment in body.items()}
            return told({**times, "seconds": 3600, "counts": [25_500], "total": 25_500, "counted_from_at": None})
        if path == "/audit/anomalies":
            return told({"record_count": 7, "complete": True, "anomalies": self.findings})
        if path == "/health/ready":
            return told({"anchors": self.gaps})
        if path == "/.well-known/mre-gateway":
            return told({"audit": {"origin": "log.example", "vkeys": []}})
        if path == "/audit/log/checkpoint":
            headers = {"last-modified": "Sun, 29 Nov 2026 22:15:07 GMT", "call-id": "c"}
            return httpx.Response(200, content=self.note.encode(), headers=headers)
        if path == "/audit/log/anchors":
            return httpx.Response(200, content=self.anchors.encode(), headers={"call-id": "c"})
        return None


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def window(tmp_path: Path, log: Log) -> AsyncIterator[Played]:
    async with played(tmp_path, log.answer, look={"time_zone": "Europe/Paris"}) as found:
        await found.session("auditor")
        yield found


async def _seen(window: Played, path: str, language: str = "en") -> str:
    page = await window.web.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200, page.text
    return page.text.partition("<main")[2].partition("</main>")[0]


def _drawn(window: Played) -> Mapping[str, str]:
    (asked,) = window.asked("GET", "/audit/density")
    return asked.url.params


# --- The chart and the list ------------------------------------------------------------------------------------------


async def test_chart_is_of_the_time_of_the_whole_list(window: Played, log: Log) -> None:
    log.records = [_record(9), _record(8, "2026-11-20T10:00:00.000000Z")]
    shown = await _seen(window, "/audit?case_id=case_1&until=2026-11-30T23:59")
    asked = _drawn(window)
    assert (asked["since"], asked["until"]) == ("2026-11-20T10:00:00+00:00", "2026-11-30T23:59:00+01:00")
    assert "goes further back" not in shown


async def test_chart_of_a_longer_list_says_that_the_list_goes_on(window: Played, log: Log) -> None:
    log.more = True
    shown = await _seen(window, "/audit?until=2026-11-30T00:00")
    asked = _drawn(window)
    length = datetime.fromisoformat(asked["until"]) - datetime.fromisoformat(asked["since"])
    assert length == timedelta(days=1)
    assert "The list below goes further back" in shown


async def test_chart_shows_at_least_what_the_page_lists(window: Played, log: Log) -> None:
    log.more, log.records = True, [_record(9), _record(8, "2026-10-01T10:00:00.000000Z")]
    await _seen(window, "/audit?until=2026-11-30T00:00")
    assert _drawn(window)["since"] == "2026-10-01T10:00:00+00:00"


async def test_chart_is_of_the_time_that_was_asked_for(window: Played, log: Log) -> None:
    log.more = True
    shown = await _seen(window, "/audit?since=2026-11-01T00:00&until=2026-11-30T00:00")
    assert (_drawn(window)["since"], _drawn(window)["until"]) == (
        "2026-11-01T00:00:00+01:00",
        "2026-11-30T00:00:00+01:00",
    )
    assert "goes further back" not in shown


@pytest.mark.parametrize("until", ["9999-12-31T23:59", "2100-01-01T00:00"])
async def test_chart_of_an_end_to_come_is_of_what_is_listed(window: Played, log: Log, until: str) -> None:
    """And not of years in which there can be no record."""
    log.more = True
    await _seen(window, f"/audit?until={until}")
    asked = _drawn(window)
    oldest = min(datetime.fromisoformat(each["record"]["at"]) for each in log.records)
    assert datetime.fromisoformat(asked["since"]) <= oldest < datetime.fromisoformat(asked["until"])


async def test_empty_list_has_no_chart(window: Played, log: Log) -> None:
    log.records = []
    shown = await _seen(window, "/audit")
    assert window.asked("GET", "/audit/density") == []
    assert "No record fits here." in shown


async def test_way_back_to_the_newest_keeps_the_filters(window: Played) -> None:
    shown = await _seen(window, "/audit?portal=barid&cursor=3")
    assert 'href="/audit?portal=barid">Back to the newest records' in shown
    assert "Back to the newest" not in await _seen(window, "/audit?portal=barid")


@pytest.mark.parametrize(
    ("query", "field_name", "said"),
    [
        ("since=2026-11-30T10:00&until=2026-11-30T09:00", "until", "The end is not after the beginning."),
        ("since=2026-11-30T10:00&until=2026-11-30T10:00", "until", "The end is not after the beginning."),
        ("since=yesterday", "since", "A time is written like 2026-11-30T09:00."),
    ],
)
async def test_wrong_time_is_said_at_its_field(window: Played, query: str, field_name: str, said: str) -> None:
    shown = await _seen(window, f"/audit?{query}")
    assert re.search(rf'id="wrong-{field_name}"><a [^>]*href="#{field_name}">[^<]+</a>: {re.escape(said)}', shown)
    assert re.search(rf'id="{field_name}"[^>]* aria-invalid="true" aria-describedby="wrong-{field_name}"', shown)
    assert window.asked("GET", "/audit/records") == []
    assert "data-export" not in shown


async def test_what_the_gateway_says_of_a_filter_is_said_at_its_field(window: Played, log: Log) -> None:
    errors = [{"pointer": "/?kind", "code": "enum", "detail": "Choose one of these."}]
    log.refusal = refused(400, "filter_invalid", errors=errors)
    shown = await _seen(window, "/audit?kind=odd")
    assert re.search(r'id="wrong-kind"><a [^>]*href="#kind">Kind</a>: Choose one of these\.', shown)
    log.refusal = refused(400, "filter_invalid")
    assert re.search(r'role="alert"><p id="wrong-">[A-Z][^<]+</p>', await _seen(window, "/audit?kind=odd"))


# --- Words -----------------------------------------------------------------------------------------------------------


def _plain(html: str) -> list[str]:
    """Texts that are not marked as code."""
    html = re.sub(
        r'<bdi dir="ltr" class="code">.*?</bdi>|<textarea.*?</textarea>|<pre.*?</pre>', "", html, flags=re.DOTALL
    )
    return [each.strip() for each in re.findall(r">([^<]+)<", html) if each.strip()]


@pytest.mark.parametrize("language", LANGS)
async def test_no_kind_or_outcome_is_shown_as_a_raw_word(window: Played, log: Log, language: str) -> None:
    raw = {*get_args(Kind), *get_args(Outcome)}
    principals = ("citizen", "app", "agent", "auditor", "operator", "agency", "portal", "journey", "anonymous")
    mixed = _mixed(get_args(Kind), get_args(Outcome), principals)
    log.records = [
        _record(n, kind=kind, outcome=outcome, principal=who, case="case_1")
        for n, (kind, outcome, who) in enumerate(mixed)
    ]
    for path in ("/audit", "/audit/cases/case_1"):
        html = await _seen(window, path, language)
        texts = _plain(html)
        assert raw & _coded(html) == set(), path
        shown = {each for text in texts for each in re.split(r"[\s·:]+", text)}
        assert len(texts) > 20
        assert {each for each in raw | set(principals) if each in shown and not _same(each, language)} == set(), path


def _coded(html: str) -> set[str]:
    return set(re.findall(r'class="code">([^<]+)<', html))


def _mixed(*lists: tuple[str, ...]) -> list[tuple[str, ...]]:
    longest = max(map(len, lists))
    return [tuple(each[n % len(each)] for each in lists) for n in range(longest)]


def _same(word: str, language: str) -> bool:
    """French says it in the same letters."""
    return language == "fr" and word in ("agent",)


@pytest.mark.parametrize("language", LANGS)
async def test_no_attempt_is_shown_as_a_raw_word(window: Played, log: Log, language: str) -> None:
    assert len(HOPS) > 15
    breakers = ("closed", "half_open", "open")
    log.records = [_record(hops=[
        {"attempt": n, "portal": "barid", "operation": "track", "outcome": word, "breaker": breakers[n % 3],
         "status": 200, "duration_us": 1_234_500} for n, word in enumerate(HOPS)
    ])]  # fmt: skip
    html = await _seen(window, "/audit/records/7", language)
    texts = _plain(html)
    assert {*HOPS, *breakers} & _coded(html) == set()
    raw = {each for each in (*HOPS, *breakers) if any(each in text.split() for text in texts)}
    assert raw == set()


@pytest.mark.parametrize("language", LANGS)
async def test_no_reason_of_a_finding_is_shown_as_a_raw_word(window: Played, log: Log, language: str) -> None:
    denied = {*_REASONS, "no_mandate", "code_wrong", "revoked", "expired"} - {"by_proof"}  # that one allows
    log.findings = [_finding(reason=each) for each in sorted(denied)]
    html = await _seen(window, "/audit/anomalies", language)
    texts = _plain(html)
    assert denied & _coded(html) == set()
    assert {each for each in denied if any(each in text for text in texts)} == set()


def _finding(**more: Any) -> dict[str, Any]:
    url = (
        "/audit/records?client=c&actor=a_1&outcome=denied&since=2026-11-29T22%3A15%3A07Z&until=2026-11-29T22%3A20%3A00Z"
    )
    names = ("portal", "client", "actor", "operation", "reason")
    return {"type": "denied", **dict.fromkeys(names), "count": 7, "first_at": AT, "last_at": AT, "records": [12, 11],
            "records_url": url, "added": [], "missing": [], **more}  # fmt: skip


async def test_finding_leads_to_its_agent_and_to_its_records(window: Played, log: Log) -> None:
    log.findings = [_finding(actor="a_1", client="c")]
    shown = await _seen(window, "/audit/anomalies")
    (link,) = re.findall(r'href="(/audit\?[^"]+)">Show the records of this time', shown)
    assert "actor=a_1" in link
    assert re.findall(r'href="/audit/records/(\d+)"', shown) == ["12", "11"]


async def test_agent_can_be_searched_for(window: Played) -> None:
    shown = await _seen(window, "/audit?actor=a_1")
    assert window.asked("GET", "/audit/records")[0].url.params["actor"] == "a_1"
    assert re.search(r'<input[^>]* name="actor" value="a_1"', shown)
    assert "actor=a_1" in re.findall(r'href="(/audit/export[^"]+)"', shown)[0]


# --- Times and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/audit", "/audit/records/7", "/audit/cases/case_1"])
async def test_times_of_records_have_seconds_and_their_zone(window: Played, path: str) -> None:
    assert "29 November 2026, 23:15:07 UTC+01:00" in await _seen(window, path)


async def test_time_draws_nothing_beside_it_to_itself_in_arabic(window: Played, log: Log) -> None:
    """Two of them with a dash between, as of a finding: the second begins with a number."""
    log.findings = [_finding()]
    times = re.findall(r"<bdi>([^<]*UTC[^<]*)</bdi>", shown := await _seen(window, "/audit/anomalies", "ar"))
    assert len(times) == shown.count("UTC") == 2
    assert all("\u200e23:15:07 UTC+01:00" in each for each in times), "the clock is read from the left"


async def test_list_names_the_zone_of_its_times(window: Played) -> None:
    assert "Times are those of" in (shown := await _seen(window, "/audit"))
    assert "Europe/Paris" in shown


@pytest.mark.parametrize(("language", "number"), [("en", "25,500"), ("fr", "25\u202f500"), ("ar", "25.500")])
async def test_numbers_are_written_as_the_language_does(window: Played, language: str, number: str) -> None:
    shown = await _seen(window, "/audit", language)
    assert shown.count(number) == 5, "above the chart, twice at its bar, in the sentence, in the table"
    assert "25500" not in re.sub(r"<rect[^>]*>", "", shown)


async def test_record_says_what_of_its_attempts_is_recorded(window: Played, log: Log) -> None:
    hop = {"attempt": 1, "portal": "barid", "operation": "track", "outcome": "answered", "duration_us": 200_000}
    log.records = [_record(duration_us=1_000_000, hops=[hop, {**hop, "attempt": 2}])]
    shown = await _seen(window, "/audit/records/7")
    assert "Order and length are as recorded" in shown
    assert "Our signature, by key" in shown
    assert re.findall(r'<rect class="bar good" x="([\d.]+)"', shown) == ["0", "144"], "none is drawn in the middle"
    assert 'class="code">barid.track</bdi></td>' in shown


async def test_attempts_longer_than_the_whole_stand_side_by_side(window: Played, log: Log) -> None:
    hop = {"attempt": 1, "portal": "barid", "operation": "track", "outcome": "answered", "duration_us": 900_000}
    log.records = [_record(duration_us=1_000_000, hops=[hop, hop])]
    shown = await _seen(window, "/audit/records/7")
    assert re.findall(r'<rect class="bar good" x="([\d.]+)"', shown) == ["0", "0"]


# --- Signatures ------------------------------------------------------------------------------------------------------


async def test_checkpoint_says_its_age_and_when_witnesses_saw_it(window: Played, log: Log) -> None:
    seen = int(datetime(2026, 11, 29, 22, 15, 8, tzinfo=UTC).timestamp())
    signature = base64.b64encode(b"keyx" + seen.to_bytes(8, "big") + b"s" * 64).decode()
    log.note += f"— witness.example {signature}\n"
    shown = re.sub(r"<[^>]+>", "", await _seen(window, "/audit/state"))
    assert "Made 29 November 2026, 23:15:07 UTC+01:00, " in shown
    assert "a witness, who saw it 29 November 2026, 23:15:08 UTC+01:00" in shown
    assert shown.count("who saw it") == 1


async def test_anchors_say_what_they_are(window: Played, log: Log) -> None:
    log.anchors = "1200.cosigned\n1200.tsa-a.checkpoint\n1200.tsa-a.tsr\n"
    texts = re.sub(r"<[^>]+>", "", await _seen(window, "/audit/state"))
    assert "Signatures of witnesses under the first 1,200 records" in texts
    assert "Timestamp by tsa-a on the first 1,200 records" in texts
    assert "The checkpoint that the timestamp by tsa-a is on, of 1,200 records" in texts


@pytest.mark.parametrize("language", LANGS)
async def test_no_state_of_an_anchor_is_a_raw_word(window: Played, log: Log, language: str) -> None:
    states = ("up", "late", "down", "refused")
    log.gaps = [{"name": f"w{n}", "kind": "witness", "state": each, "size": 1, "records": 2, "seconds": 3.0}
                for n, each in enumerate(states)]  # fmt: skip
    html = await _seen(window, "/audit/state", language)
    texts = _plain(html)
    assert set(states) & _coded(html) == set()
    assert [each for each in (*states, "witness") if each in texts] == []
