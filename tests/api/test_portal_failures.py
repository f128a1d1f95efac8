"""What the operator reads about the codes of failed calls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.api.portals.routes import _Writer
from gateway.i18n.messages import Messages


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("other", None),
        ("a_word_of_the_plugins", None),
        ("", None),
        ("portal_timeout", "Portal too slow"),
        ("plot_unknown", "Unknown plot."),
    ],
)
def test_a_code_without_a_text_is_told_by_itself(code: str, text: str | None) -> None:
    messages = Messages.load(("ar", "fr", "en"), "fr")
    messages.add("rokhas", {"plot_unknown": {"ar": "س", "fr": "Inconnue.", "en": "Unknown plot."}})
    writer: Any = SimpleNamespace(_messages=messages, _language="en")
    assert _Writer._said(writer, code, "rokhas") == text
