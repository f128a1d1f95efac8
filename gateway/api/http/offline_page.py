"""A page that verifies something in the browser. One file: kept on a disk it works offline, in every language.

Whoever keeps the page keeps what it trusts, too: that is in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec
from babel import Locale
from litestar import Response

from gateway.i18n.messages import direction

Texts = dict[str, str]

_HERE: Final = Path(__file__).parent
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def offline_page(
    page: Path, *, language: str, texts: Mapping[str, Texts], trust: Mapping[str, Any], refreshes: bool = False
) -> Response[str]:
    """`page`: the HTML; its script stands beside it. `texts`: by language, `title`, `intro` and `languages` among them.
    `trust`: keys, and what else a verdict needs. `refreshes`: the script may ask this host for newer ones."""
    script = _read(_HERE / "strict_token.js") + _read(page.with_suffix(".js"))
    given = msgspec.json.encode({**trust, "language": language, "texts": texts}).decode()
    text = _read(page)
    for name, value in {
        "language": escape(language),
        "direction": direction(language),
        **{each: escape(texts[language][each]) for each in ("title", "intro", "languages")},
        "style": _read(_HERE / "offline_page.css"),
        "trust": given.replace("<", "\\u003c"),  # or a text could end the element
        "script": script,
    }.items():
        text = text.replace(f"@{name}@", value)
    connects = "connect-src 'self'; " if refreshes else ""
    headers = {
        "Content-Security-Policy": f"{_POLICY}; {connects}script-src '{_hash(script)}'",
        "Content-Language": language,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }
    return Response(text, media_type="text/html", headers=headers)


def about_language(language: str) -> Texts:
    """What a page needs to know of a language: its direction, and what it is called in itself."""
    itself = Locale.parse(language).get_display_name() or language
    return {"direction": direction(language), "itself": itself[0].upper() + itself[1:]}


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _hash(script: str) -> str:
    """As a Content-Security-Policy names a script (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
