"""Recordings of portals that speak XML: the document counts, not how it is written."""

from __future__ import annotations

import httpx
import pytest

from gateway.testing.exchanges import Request, Response, _differences

SENT = b'<a:one xmlns:a="urn:x" c="2" b="1"><a:two>t</a:two></a:one>'


def differences(lines: list[str], sent: bytes = SENT) -> list[str]:
    made = httpx.Request("POST", "https://portal.invalid/x", content=sent)
    return list(_differences(Request(method="POST", path="/x", xml=lines), made, sent))


@pytest.mark.parametrize(
    "lines",
    [
        ['<one xmlns="urn:x" b="1" c="2">', "  <two>t</two>", "</one>"],
        ["<?xml version='1.0'?>", "<z:one xmlns:z='urn:x' c='2' b='1'><z:two> t </z:two></z:one>"],
    ],
)
def test_prefixes_indentation_and_the_order_of_attributes_are_free(lines):
    assert differences(lines) == []


@pytest.mark.parametrize(
    "lines",
    [
        ['<one xmlns="urn:x" b="1" c="3"><two>t</two></one>'],
        ['<one xmlns="urn:y" b="1" c="2"><two>t</two></one>'],
        ['<one xmlns="urn:x" b="1" c="2"><two>u</two></one>'],
        ['<one xmlns="urn:x" b="1" c="2"><two>t</two><two>t</two></one>'],
    ],
)
def test_another_document_is_found_and_both_are_shown(lines):
    [message] = differences(lines)
    assert message.startswith("the XML differs: recorded …")


def test_what_is_not_xml_is_said():
    assert differences(["<one"]) == ["the body or the recording is not XML: not_well_formed"]
    assert differences(["<one/>"], b"{}") == ["the body or the recording is not XML: not_well_formed"]


def test_the_answer_is_the_lines_as_they_are():
    answer = Response(headers={"content-type": "text/xml"}, xml=["<a>", "é</a>"]).built()
    assert answer.content == "<a>\né</a>".encode()
