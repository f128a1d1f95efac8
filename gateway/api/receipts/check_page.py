"""The page on which anybody checks a receipt. The public keys of the moment are in it.

The receipt comes in the fragment of the address, from a QR code, or is pasted; it is sent to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Response

from gateway.api.http.offline_page import Texts, about_language, offline_page
from gateway.i18n.messages import Messages

_PAGE: Final = Path(__file__).with_suffix(".html")
_PREFIX: Final = "page.receipt."
_TEXTS: Final = (
    *("title", "intro", "label", "hint", "check", "clear", "languages", "issuer", "offline", "service", "filed"),
    *(f"{part}.{result}" for part in ("result", "explain") for result in ("genuine", "not_genuine", "unsupported")),
)
_FACTS: Final = (*("case", "competent_body", "reference", "deadline", "fee", "attachments", "appeal"),)


def render(
    messages: Messages, languages: Iterable[str], language: str, *, issuer: str, keys: Mapping[str, Any]
) -> Response[str]:
    """`keys`: the JSON Web Key Set."""
    texts = {each: _texts(messages, each) for each in languages}
    return offline_page(_PAGE, language=language, texts=texts, trust={"issuer": issuer, "keys": keys["keys"]})


def _texts(messages: Messages, language: str) -> Texts:
    own = {name: messages.translate(_PREFIX + name, language) for name in _TEXTS}
    facts = {f"receipt.{name}": messages.translate(f"receipt.{name}", language) for name in _FACTS}
    return {**own, **facts, **about_language(language)}
