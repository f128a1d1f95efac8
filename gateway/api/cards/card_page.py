"""The page on which anybody verifies a card. One file: kept on a disk it works without a network, in every language.

The issuer's keys and the status lists of the moment are in it, so whoever keeps the page keeps these, too.
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

_PREFIX: Final = "page.card."
_TEXTS: Final = (
    *("title", "intro", "label", "hint", "check", "clear", "languages", "issuer", "list", "no_list", "refresh"),
    *("refreshed", "not_refreshed", "offline", "nothing_shown", "holder_not_proved"),
    *(
        f"{part}.{result}"
        for part in ("result", "explain")
        for result in ("valid", "expired", "not_yet_valid", "revoked", "status_unknown", "not_genuine")
    ),
    *(f"claim.{claim}" for claim in ("entitlements", "name", "national_id_ending", "birthdate", "iat", "exp")),
)


def render(
    messages: Messages, languages: Iterable[str], language: str, *, issuer: Mapping[str, Any], lists: list[str]
) -> Response[str]:
    texts = {each: _texts(messages, each) for each in languages}
    trust = msgspec.json.encode({"issuer": issuer, "lists": lists, "language": language, "texts": texts}).decode()
    script = _read("card_page.js")
    page = _read("card_page.html")
    for name, value in {
        "language": escape(language),
        "direction": direction(language),
        **{each: escape(texts[language][each]) for each in ("title", "intro", "languages")},
        "trust": trust.replace("<", "\\u003c"),  # or a text could end the element
        "script": script,
    }.items():
        page = page.replace(f"@{name}@", value)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; script-src '{_hash(script)}'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Content-Language": language,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }
    return Response(page, media_type="text/html", headers=headers)


def _texts(messages: Messages, language: str) -> dict[str, str]:
    later = {"since": "{since}", "until": "{until}"}  # the page fills these in
    own = {name: messages.translate(_PREFIX + name, language, **later) for name in _TEXTS}
    rights = {"entitlement.fast_lane": messages.translate("card.entitlement.fast_lane", language)}
    itself = Locale.parse(language).get_display_name() or language
    return {**own, **rights, "direction": direction(language), "itself": itself[0].upper() + itself[1:]}


@cache
def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def _hash(script: str) -> str:
    """As a Content-Security-Policy names a script (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
