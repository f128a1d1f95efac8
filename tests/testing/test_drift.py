"""What counts as a portal that answers otherwise than recorded."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from gateway.testing.drift import RecordedAnswers
from gateway.testing.exchanges import Recorded


def recorded(*responses: dict[str, Any], operation: str = "progress", **end: Any) -> Recorded:
    """An exchange of one call, answered by these, one after the other."""
    wire = [{"request": {"method": "GET", "path": "/x"}, "response": each} for each in responses]
    told = {"about": "x", "operation": operation, "wire": wire} | (end or {"result": {}})
    return msgspec.convert(told, Recorded)


def differences(known: list[Recorded], *answers: httpx.Response, operation: str = "progress") -> list[tuple[str, ...]]:
    found = RecordedAnswers(known).compared(operation, answers)
    return [(each.change, each.member, each.expected, each.found) for each in found]


def answered(json: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=json)


KNOWN = [
    recorded({"json": {"statut": "RECUE", "pieces": [{"type": "CNIE"}], "lieu": {"ville": "Rabat"}, "motif": None}}),
    recorded({"json": {"statut": "PRETE", "pieces": [], "lieu": {"ville": "Fes"}, "motif": "x", "agent": "y"}}),
]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"statut": "X", "pieces": [{"type": "P"}], "lieu": {"ville": "v"}, "motif": "m", "agent": "a"}, []),
        ({"statut": "X", "pieces": [], "lieu": {"ville": "v"}, "motif": None}, []),
        (
            {"statut": "X", "pieces": [], "lieu": {"ville": "v"}, "motif": None, "delai": 3},
            [("new", "delai", "", "number")],
        ),
        (
            {"statut": "X", "pieces": [{"type": "P", "origine": {"a": 1}}], "lieu": {"ville": "v"}, "motif": None},
            [("new", "pieces[].origine", "", "object")],
        ),
        ({"pieces": [], "lieu": {"ville": "v"}, "motif": None}, [("missing", "statut", "text", "")]),
        (
            {"statut": "X", "pieces": [{}], "lieu": {"ville": "v"}, "motif": None},
            [("missing", "pieces[].type", "text", "")],
        ),
        ({"statut": 7, "pieces": [], "lieu": {"ville": "v"}, "motif": None}, [("type", "statut", "text", "number")]),
        ({"statut": None, "pieces": [], "lieu": {"ville": "v"}, "motif": None}, [("null", "statut", "text", "null")]),
        ({"statut": "X", "pieces": [], "lieu": None, "motif": None}, [("null", "lieu", "object", "null")]),
        ({"statut": "X", "pieces": "", "lieu": {"ville": "v"}, "motif": None}, [("type", "pieces", "list", "text")]),
    ],
)
def test_members_and_types_are_compared(answer: dict[str, Any], found: list[tuple[str, ...]]) -> None:
    """A member that only one recorded answer has may be there or not; a list may be empty."""
    assert differences(KNOWN, answered(answer)) == found


def test_another_status_is_drift_and_nothing_more_is_compared() -> None:
    assert differences(KNOWN, answered({"error": "x"}, 404)) == [("status", "", "200", "404")]


def test_answers_of_one_status_are_compared_with_each_other() -> None:
    known = [*KNOWN, recorded({"status": 404, "json": {"error": "X"}}, error={"type": "Refused", "code": "no"})]
    assert differences(known, answered({"error": "x"}, 404)) == []
    assert differences(known, answered({"erreur": "x"}, 404)) == [
        ("new", "erreur", "", "text"),
        ("missing", "error", "text", ""),
    ]


def test_media_type_is_compared_without_its_parameters() -> None:
    known = [recorded({"text": "a", "headers": {"content-type": "text/plain"}})]
    plain, page = {"content-type": "text/plain; charset=utf-8"}, {"content-type": "text/html"}
    assert differences(known, httpx.Response(200, headers=plain, content=b"b")) == []
    assert differences(known, httpx.Response(200, headers=page, content=b"<html>"))[0] == (
        "media_type", "", "text/plain", "text/html",
    )  # fmt: skip


def test_each_request_of_a_call_is_compared_with_its_like() -> None:
    known = [recorded({"json": {"token": "x"}}, {"json": {"statut": "x"}})]
    assert differences(known, answered({"token": "y"}), answered({"statut": "y"})) == []
    assert differences(known, answered({"token": "y"}), answered({"statut": 1})) == [
        ("type", "statut", "text", "number")
    ]
    further = differences(known, answered({"token": "y"}), answered({"statut": "y"}), answered({}))
    assert further == [("status", "", "no further answer", "200")]


def test_of_a_page_only_what_all_recorded_ones_have_counts() -> None:
    known = [recorded({"text": f"<html><table><tr><td>{each}</table>"}) for each in ("a", "b<br>")]
    more = httpx.Response(200, content=b"<html><nav></nav><table><tr><td>c</table>")
    less = httpx.Response(200, content=b"<html><div>c</div>")
    assert differences(known, more) == []
    assert {each[:2] for each in differences(known, less)} == {
        ("missing", "html: table"), ("missing", "html: tr"), ("missing", "html: td"),
    }  # fmt: skip


def test_of_a_soap_message_what_signing_adds_is_no_drift() -> None:
    def envelope(before: str, attributes: str, inside: str) -> bytes:
        return f'<s:Envelope xmlns:s="urn:s">{before}<s:Body{attributes}>{inside}</s:Body></s:Envelope>'.encode()

    known = [recorded({"xml": [envelope("", "", "<etat code='x'>A</etat>").decode()]})]
    signed = envelope("<s:Header><sig>x</sig></s:Header>", " Id='b'", "<etat code='y'>B</etat>")
    assert differences(known, httpx.Response(200, content=signed)) == []
    other = envelope("", "", "<etat>B</etat><delai>3</delai>")
    assert differences(known, httpx.Response(200, content=other)) == [
        ("new", "/Envelope/Body/delai", "", "text"),
        ("missing", "/Envelope/Body/etat@code", "attribute", ""),
    ]


def test_what_is_no_word_of_the_portals_is_no_model() -> None:
    """A recording of a proxy's page says nothing of how the portal answers."""
    bad = recorded({"json": {"code": 1}}, error={"type": "Unavailable", "code": "portal_answer_unexpected"})
    assert differences([bad, *KNOWN], answered({"code": 1}))[0] == ("new", "code", "", "number")


def test_an_operation_without_a_recording_is_told() -> None:
    assert differences(KNOWN, answered({}), operation="find") == [("not_recorded", "", "", "")]
    assert differences(KNOWN, operation="find") == []  # it asked nobody


def test_no_value_and_no_name_like_one_is_told() -> None:
    answer = {"statut": 7, "dossiers": {"AB123456": "Amina El Fassi", "Amina": 1}, "pieces": [], "lieu": {"ville": "v"}}
    told = " ".join(map(str, RecordedAnswers(KNOWN).compared("progress", [answered(answer)])))
    assert "dossiers" in told
    assert not any(each in told for each in ("AB123456", "Amina", "7"))
