"""The page on which anybody checks a receipt. One file: kept on a disk it works without a network, in every language.

The public keys of the moment are in it. The receipt comes in the fragment of the address, from a QR code, or is pasted;
it is sent to nobody.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec
from babel import Locale
from litestar import Response

from gateway.i18n.messages import Messages, direction

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
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
    given = {"issuer": issuer, "keys": keys["keys"], "language": language, "texts": texts}
    trust = msgspec.json.encode(given).decode().replace("<", "\\u003c")  # or a text could end the element
    script, page = _read("check_page.js"), _read("check_page.html")
    for name, value in {
        "language": escape(language),
        "direction": direction(language),
        **{each: escape(texts[language][each]) for each in ("title", "intro", "languages")},
        "trust": trust,
        "script": script,
    }.items():
        page = page.replace(f"@{name}@", value)
    headers = {
        "Content-Security-Policy": f"{_POLICY}; script-src '{_hash(script)}'",
        "Content-Language": language,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }
    return Response(page, media_type="text/html", headers=headers)


def _texts(messages: Messages, language: str) -> dict[str, str]:
    own = {name: messages.translate(_PREFIX + name, language) for name in _TEXTS}
    facts = {f"receipt.{name}": messages.translate(f"receipt.{name}", language) for name in _FACTS}
    itself = Locale.parse(language).get_display_name() or language
    return {**own, **facts, "direction": direction(language), "itself": itself[0].upper() + itself[1:]}


@cache
def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def _hash(script: str) -> str:
    """As a Content-Security-Policy names a script (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
