"""The page on which anybody verifies a card. The issuer's keys and the status lists of the moment are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Response

from gateway.api.http.offline_page import Texts, about_language, offline_page
from gateway.i18n.messages import Messages

_PAGE: Final = Path(__file__).with_suffix(".html")
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
    trust = {"issuer": issuer, "lists": lists}
    return offline_page(_PAGE, language=language, texts=texts, trust=trust, refreshes=True)


def _texts(messages: Messages, language: str) -> Texts:
    later = {"since": "{since}", "until": "{until}"}  # the page fills these in
    own = {name: messages.translate(_PREFIX + name, language, **later) for name in _TEXTS}
    rights = {"entitlement.fast_lane": messages.translate("card.entitlement.fast_lane", language)}
    return {**own, **rights, **about_language(language)}
