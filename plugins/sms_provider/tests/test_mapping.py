from __future__ import annotations

import pytest

from gateway.connectors.contract import MessageState
from plugins.sms_provider import mapping


@pytest.mark.parametrize(
    ("text", "encoding"), [("Une démarche", "GSM-7"), ("Rendez-vous à l’heure", "UCS-2"), ("ملفكم", "UCS-2")]
)
def test_letters_decide_the_encoding(text: str, encoding: str) -> None:
    assert mapping.encoding(text) == encoding


def test_unknown_status_says_nothing() -> None:
    found = mapping.receipt(b'{"id": "1", "client_ref": "k", "status": "buffered"}', "1")
    assert (found.state, found.reason) == (MessageState.ACCEPTED, "")


def test_answer_about_another_message_is_not_believed() -> None:
    with pytest.raises(Exception, match="another message"):
        mapping.receipt(b'{"id": "2", "client_ref": "k", "status": "delivered"}', "1")


def test_search_that_ignored_the_key_finds_nothing() -> None:
    assert mapping.first_receipt(b'{"messages": [{"id": "1", "client_ref": "j", "status": "sent"}]}', "k") is None
