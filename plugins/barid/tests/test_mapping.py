from __future__ import annotations

import contextlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.authoring import (
    CaseStatus,
    Milestone,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    fold,
    in_morocco,
    wall_clock,
)
from plugins.barid import mapping
from plugins.barid.sandbox.routes import NOTHING_FOUND, tracking_page

CASABLANCA = timezone(timedelta(hours=1), "Morocco in June 2025")
NUMBER = "RR123456785MA"
MORNING = datetime(2025, 6, 2, 9, 0, tzinfo=CASABLANCA)


def page(*texts: str, recipient: str = "FATIMA ZAHRA EL IDRISSI") -> str:
    """The Html of a parcel with these steps, one an hour."""
    steps = [(MORNING.replace(hour=9 + i), text) for i, text in enumerate(texts)]
    return json.loads(tracking_page(NUMBER, recipient, steps))["Html"]


def answer(html: str | None, success: bool = True) -> bytes:
    return json.dumps({"OperationSuccess": success, "Html": html}).encode()


def read(*texts: str):
    return mapping.progress(NUMBER, answer(page(*texts)))


DELIVERED = page("Prise en charge", "Envoi arrivé à l'agence RABAT AGDAL", "Livraison effectuée")


@pytest.mark.parametrize(
    ("text", "milestone", "status"),
    [
        ("Prise en charge", Milestone.POSTED, CaseStatus.IN_PROGRESS),
        ("Envoi arrivé à l'agence RABAT", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
        ("Envoi sorti de l'agence RABAT", Milestone.IN_TRANSIT, CaseStatus.IN_PROGRESS),
        ("Envoi sorti par le facteur", Milestone.OUT_FOR_DELIVERY, CaseStatus.IN_PROGRESS),
        ("1ère tentative de livraison", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
        ("2ème tentative de livraison", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
        ("3 ème tentative de livraison : client absent, échec", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
        ("Envoi à retourner à l'expéditeur", Milestone.DELIVERY_FAILED, CaseStatus.IN_PROGRESS),
        ("Envoi retourné à l'expéditeur", Milestone.RETURNED, CaseStatus.FAILED),
        ("Envoi perdu", Milestone.LOST, CaseStatus.FAILED),
        ("Livraison effectuée", Milestone.DELIVERED, CaseStatus.COMPLETED),
    ],
)
def test_each_label_of_the_post_has_its_meaning(text, milestone, status):
    found = read("Prise en charge", text)
    assert (found.milestone, found.status, found.warnings) == (milestone, status, [])
    assert found.portal_status == text


@given(
    st.sampled_from([phrase.replace("<Nème>", "2ème") for phrase, _, _ in mapping.LABELS]),
    st.sampled_from([str.upper, str.title, str.lower, str.swapcase]),
    st.sampled_from(["'", "’", "ʼ", "`", "´"]),
    st.sampled_from(["NFC", "NFD"]),
    st.booleans(),
)
def test_accents_capitals_and_apostrophes_do_not_count(phrase, letter_case, apostrophe, form, bare):
    written = unicodedata.normalize(form, letter_case(phrase).replace("'", apostrophe))
    if bare:
        written = "".join(c for c in unicodedata.normalize("NFD", written) if not unicodedata.combining(c))
    assert mapping.read_label(f"  Envoi  {written} ") == mapping.read_label(phrase) is not None


@given(st.text())
def test_no_unknown_text_is_ever_a_delivery(text):
    meaning = mapping.read_label(text)
    if meaning is not None and meaning[1] is CaseStatus.COMPLETED:
        assert "livraison effectuee" in fold(text)


@pytest.mark.parametrize(
    "text",
    [
        "Livraison non effectuée",
        "Livraison effectuée annulée",
        "Livraison effectuée : erreur de saisie",
        "Livraison effectuée par erreur, non remise",
        "Livraison pas effectuée",
        "Distribué",
        "تم التسليم",
        "Envoi retournera bientôt",
        "Nouvelle tentative de livraison prévue",
    ],
)
def test_a_text_that_is_not_in_the_table_is_in_progress_with_a_warning(text):
    found = read("Prise en charge", text)
    assert (found.status, found.milestone) == (CaseStatus.IN_PROGRESS, None)
    assert found.warnings == ["portal_status_unknown"]
    assert found.portal_status == text


def test_an_unknown_step_after_the_delivery_takes_the_success_back():
    assert read("Prise en charge", "Livraison effectuée", "Réclamation ouverte").status is CaseStatus.IN_PROGRESS


def test_a_delivery_that_the_current_position_contradicts_is_not_believed():
    html = DELIVERED.replace("RABAT AGDAL</span>", "Envoi à retourner</span>")
    assert html != DELIVERED
    found = mapping.progress(NUMBER, answer(html))
    assert (found.status, found.warnings) == (CaseStatus.IN_PROGRESS, ["portal_status_contradictory"])


def test_steps_come_oldest_first_whichever_way_the_page_shows_them():
    found = mapping.progress(NUMBER, answer(DELIVERED))
    head, _, rest = DELIVERED.partition('<ul class="timeline">')
    items, _, tail = rest.partition("</ul>")
    turned = "</li>".join(reversed(items.split("</li>")[:-1])) + "</li>"
    assert mapping.progress(NUMBER, answer(f'{head}<ul class="timeline">{turned}</ul>{tail}')) == found
    assert [step.milestone for step in found.steps] == [Milestone.POSTED, Milestone.IN_TRANSIT, Milestone.DELIVERED]
    assert found.steps[1].place == "RABAT AGDAL"


def test_steps_that_the_page_mixes_up_are_put_in_the_order_of_time():
    texts = ("Prise en charge", "Livraison effectuée", "Envoi sorti par le facteur")
    steps = [(MORNING.replace(hour=hour), text) for hour, text in zip((9, 12, 11), texts, strict=True)]
    found = mapping.progress(NUMBER, tracking_page(NUMBER, "X", steps))
    assert (found.milestone, found.warnings) == (Milestone.DELIVERED, ["portal_steps_out_of_order"])


def test_markup_inside_a_text_does_not_change_its_meaning():
    html = DELIVERED.replace("l&#x27;agence RABAT AGDAL</div>", "l&#x27;<b>agence</b> <i>RABAT AGDAL</i></div>")
    assert html != DELIVERED
    found = mapping.progress(NUMBER, answer(html))
    assert (found.steps[1].milestone, found.steps[1].place) == (Milestone.IN_TRANSIT, "RABAT AGDAL")


def test_steps_of_the_same_minute_keep_the_order_of_the_page():
    texts = ("Prise en charge", "Envoi sorti par le facteur", "Livraison effectuée")
    html = json.loads(tracking_page(NUMBER, "X", [(MORNING, text) for text in texts]))["Html"]
    assert mapping.progress(NUMBER, answer(html)).milestone is Milestone.DELIVERED


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        ("02/06/2025", "09:30", datetime(2025, 6, 2, 8, 30, tzinfo=UTC)),
        ("10/03/2025", "10:30", datetime(2025, 3, 10, 10, 30, tzinfo=UTC)),  # Ramadan
        ("01/01/2025", "00:15", datetime(2024, 12, 31, 23, 15, tzinfo=UTC)),
        ("29/11/2026", "10:00", datetime(2026, 11, 29, 10, 0, tzinfo=UTC)),  # UTC for good since September
    ],
)
def test_times_are_moroccan_and_become_utc(day, hour, utc):
    assert in_morocco(wall_clock(f"{day} {hour}", seconds=False)) == utc


@pytest.mark.parametrize(
    ("day", "hour"),
    [("2025-06-02", "09:30"), ("31/02/2025", "09:30"), ("02/06/2025", "25:00"), ("02/06/25", "9:30"), ("", "")],
)
def test_a_time_in_another_form_is_an_error(day, hour):
    with pytest.raises(ValueError, match=r".+"):
        in_morocco(wall_clock(f"{day} {hour}", seconds=False))


def test_the_name_of_the_recipient_is_nowhere_in_the_result():
    name = "Fatima Zahra El Idrissi"
    found = mapping.progress(
        NUMBER, answer(page("Prise en charge", f"Livraison effectuée à {name.upper()}", recipient=name))
    )
    assert found.milestone is Milestone.DELIVERED
    assert "idrissi" not in repr(found).casefold()


@pytest.mark.parametrize("name", [*mapping.PAGE_PARTS, "container_date", "container_time"])
def test_a_renamed_class_is_an_error_and_not_a_guess(name):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(NUMBER, answer(DELIVERED.replace(name, f"x-{name}")))


@pytest.mark.parametrize(
    "html",
    [
        "",
        None,
        "   ",
        "<!-- -->",
        "<h1>Site en maintenance</h1>",
        DELIVERED[: DELIVERED.index("<ul")],
        DELIVERED.replace("\n      <li>", "\0<li>"),
        page("Prise en charge", "").replace("</b>", ""),
        DELIVERED[: DELIVERED.index("<li>")] + "</ul>",
    ],
)
def test_a_page_without_a_timeline_is_an_error(html):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(NUMBER, answer(html))


@pytest.mark.parametrize(
    "content",
    [
        b"<html><h1>Maintenance</h1></html>",
        b"",
        b"null",
        b"[]",
        b'{"Html": "x"}',
        b'{"OperationSuccess": "yes", "Html": "x"}',
        json.dumps({"OperationSuccess": True, "Html": "أهلا"}, ensure_ascii=False).encode("windows-1256"),
        answer(DELIVERED)[:-40],
        answer(DELIVERED + " " * mapping.MAX_PAGE_BYTES),
        answer("<ul class='timeline'>" + "<li></li>" * 500),
        answer("<div>" * 20_000),
    ],
)
def test_an_answer_of_another_shape_is_an_error(content):
    with pytest.raises(ValueError, match=r".+"):
        mapping.progress(NUMBER, content)


@given(st.integers(0, len(DELIVERED)), st.text(max_size=20), st.integers(0, 40))
def test_a_damaged_page_gives_an_error_or_a_reading_but_no_crash(at, inserted, removed):
    damaged = DELIVERED[:at] + inserted + DELIVERED[at + removed :]
    with contextlib.suppress(ValueError, Refused):
        mapping.progress(NUMBER, answer(damaged))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_value_error(content):
    with pytest.raises(ValueError, match=r".+"):
        mapping.progress(NUMBER, content)


@pytest.mark.parametrize("success", [True, False])
def test_a_number_the_post_does_not_know_is_refused(success):
    content = NOTHING_FOUND.replace(b"true", b"true" if success else b"false")
    with pytest.raises(Refused) as refused:
        mapping.progress(NUMBER, content)
    assert refused.value.code == "tracking_number_unknown"


def test_an_operation_that_failed_at_the_post_can_be_tried_again():
    with pytest.raises(Unavailable):
        mapping.progress(NUMBER, answer(None, success=False))


def test_a_shipment_without_an_s10_number_or_a_pdf_is_an_error():
    good = {"number": NUMBER, "client_reference": "k", "label": "JVBERi0xLjQ="}
    assert mapping.shipment(json.dumps(good).encode(), "k").number == NUMBER
    for bad in (
        {**good, "number": "RR123456784MA"},
        {**good, "label": "AAAA"},
        {"number": NUMBER, "client_reference": "k"},
    ):
        with pytest.raises(ValueError, match=r".+"):
            mapping.shipment(json.dumps(bad).encode(), "k")


def test_a_search_that_ignored_the_key_does_not_give_somebody_elses_parcel():
    found = {"shipments": [{"number": NUMBER, "client_reference": "other", "label": "JVBERi0xLjQ="}]}
    assert mapping.first_shipment(json.dumps(found).encode(), "k") is None
    assert mapping.first_shipment(json.dumps(found).encode(), "other").number == NUMBER


TWICE = [("20/09/2026", "01:40"), ("20/09/2026", "01:10")]
"""On 20 September 2026 the clocks of Morocco went back from 2:00 to 1:00: half an hour lies between these two."""


@pytest.mark.parametrize("newest_first", [True, False])
def test_steps_of_an_hour_that_comes_twice_keep_the_page_order(newest_first):
    before, after = ("19/09/2026", "10:00"), ("21/09/2026", "10:00")
    walls = [before, *TWICE, after]
    texts = ["Prise en charge", "Envoi sorti par le facteur", "1ère tentative de livraison", "Livraison effectuée"]
    items = [
        f'<li><div class="container_date">{day}</div><div class="container_time">{hour}</div><div>{text}</div></li>'
        for (day, hour), text in zip(walls, texts, strict=True)
    ]
    head, _, rest = DELIVERED.partition('<ul class="timeline">')
    shown = "".join(reversed(items) if newest_first else items)
    found = mapping.progress(NUMBER, answer(f'{head}<ul class="timeline">{shown}</ul>{rest.partition("</ul>")[2]}'))
    assert [step.label for step in found.steps] == texts
    assert [step.at for step in found.steps[1:3]] == [
        datetime(2026, 9, 20, 0, 40, tzinfo=UTC),
        datetime(2026, 9, 20, 1, 10, tzinfo=UTC),
    ]
    assert (found.milestone, found.warnings) == (Milestone.DELIVERED, [])


def test_the_last_step_of_a_doubled_hour_is_the_present_one():
    items = [
        f'<li><div class="container_date">{day}</div><div class="container_time">{hour}</div><div>{text}</div></li>'
        for (day, hour), text in zip(TWICE, ["Envoi sorti par le facteur", "Livraison effectuée"], strict=True)
    ]
    head, _, rest = DELIVERED.partition('<ul class="timeline">')
    shown = "".join(reversed(items))
    found = mapping.progress(NUMBER, answer(f'{head}<ul class="timeline">{shown}</ul>{rest.partition("</ul>")[2]}'))
    assert found.milestone is Milestone.DELIVERED


def test_texts_of_any_length_are_read_and_only_usual_ones_remembered():
    """A page may be 256 kB, and what is remembered of a thousand of them would stay."""
    long = "Livraison effectuée " + "x" * 300
    before = mapping._meaning.cache_info().currsize
    assert mapping.read_label(long) == mapping.read_label("Livraison effectuée") is not None
    assert mapping._meaning.cache_info().currsize <= before + 1
    known = mapping._of_classes.cache_info().currsize
    assert "container_date" in mapping._known("y" * 300 + " container_date")
    assert mapping._of_classes.cache_info().currsize == known
