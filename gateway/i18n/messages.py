"""Texts for people, by key and language, and which language a caller wants.

The catalogues are gettext `.po` files read as they are: no compile step, and translators' tools know them. Their
msgids are keys such as `problem.case_not_found.title`, not English sentences: correcting the English must not orphan
the others.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.pofile import read_po

from gateway.i18n import formats

FALLBACK: Final = "en"
GENERIC_REASON: Final = "reason.portal_refused"

_LOCALE: Final = Path(__file__).parent / "locale"
_API: Final = ("gateway", "problems", "refusals")
_HEADER_CHARACTERS: Final = 500
"""More of an Accept-Language header is not looked at."""


class Messages:
    """The texts of one gateway: its own catalogues and what its plugins add."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], default: str = FALLBACK) -> None:
        self._texts = {language: dict(catalogue) for language, catalogue in texts.items()}
        self._default = default

    @classmethod
    def load(cls, languages: Iterable[str] = ("ar", "fr", "en"), default: str = FALLBACK) -> Messages:
        """Read the shipped catalogues. Raises `ValueError` for a language that has none."""
        return cls({language: read(language) for language in {*languages, default}}, default)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._texts)

    def has(self, key: str) -> bool:
        return key in self._texts[self._default]

    def codes(self, kind: str) -> frozenset[str]:
        """The codes that have a text of this kind, `reason` or `event`, the plugins' own included."""
        found = (key.split(".") for key in self._texts[self._default] if key.startswith(f"{kind}."))
        of_portals = kind == "reason"  # `reason.<portal>.<code>`; what follows another code is a case of it
        return frozenset(parts[-1] if of_portals else parts[1] for parts in found)

    def translate(self, key: str, language: str, **params: object) -> str:
        """The text with its `{placeholders}` filled; a missing one in the default language, or its key."""
        text = self._texts.get(language, {}).get(key) or self._texts[self._default].get(key) or key
        return _filled(text, params)

    def translator(self, language: str) -> Callable[..., str]:
        """`translate` with the language given."""
        return lambda key, **params: self.translate(key, language, **params)

    def add(self, portal: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        """A plugin's own words for its refusals: code -> language -> text.

        They stand in `reason` for this portal; for others only where nobody else has a text for the code.
        Raises `ValueError` for a text with a placeholder: a refusal brings nothing to fill it with.
        """
        for code, by_language in texts.items():
            for language, text in by_language.items():
                if placeholders(text):
                    raise ValueError(f"{portal}: the text for {code} ({language}) has a placeholder")
                catalogue = self._texts.setdefault(language, {})
                catalogue[f"reason.{portal}.{code}"] = text
                catalogue.setdefault(f"reason.{code}", text)

    def add_choices(self, portal: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        """What a plugin calls the options of its actions: option -> language -> text."""
        for option, by_language in texts.items():
            for language, text in by_language.items():
                self._texts.setdefault(language, {})[f"choice.{portal}.{option}"] = text

    def choice(self, option: str, language: str, portal: str = "") -> str:
        """What an option is called; the option itself where nobody says."""
        keys = (f"choice.{portal}.{option}", f"choice.{option}")
        return self.translate(next((key for key in keys if self.has(key)), option), language)

    def add_documents(self, portal: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        """What a plugin calls its portal's documents: folded title -> language -> text."""
        for title, by_language in texts.items():
            for language, text in by_language.items():
                self._texts.setdefault(language, {})[f"document.{portal}.{title}"] = text

    def document(self, title: str, language: str, portal: str) -> str | None:
        """What the document with this folded title is called; None where nobody says."""
        key = f"document.{portal}.{title}"
        return self.translate(key, language) if self.has(key) else None

    def reason(self, code: str, language: str, portal: str = "") -> str:
        """Why a portal refused or a case ended, in a sentence; a general one for a code that has no text."""
        return self.own_reason(code, language, portal) or self.translate(GENERIC_REASON, language)

    def own_reason(self, code: str, language: str, portal: str = "") -> str | None:
        """The same; None for a code that has no text."""
        key = next((key for key in (f"reason.{portal}.{code}", f"reason.{code}") if self.has(key)), None)
        return None if key is None else self.translate(key, language)

    def said(self, code: str, language: str, portal: str) -> str | None:
        """A plugin's own words for what it asks, which stand among those for its refusals; None if it has none."""
        key = f"reason.{portal}.{code}"
        return self.translate(key, language) if self.has(key) else None

    def money(self, amount: int, currency: str, language: str) -> str:
        return formats.money(amount, currency, language)


@cache
def read(language: str, domain: str = "") -> Mapping[str, str]:
    """One shipped catalogue, or those of the API's own texts together: key -> text."""
    if not domain:
        return {key: text for each in _API for key, text in read(language, each).items()}
    path = _LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
    if not language.isalpha() or not path.is_file():
        raise ValueError(f"there are no texts in the language {language!r}")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


@cache
def _shipped() -> Messages:
    return Messages.load()


def translate(key: str, language: str, **params: object) -> str:
    """A text of the gateway itself."""
    return _shipped().translate(key, language, **params)


def guide(key: str, language: str, **params: object) -> str:
    """A text of the catalogue and its pages, which exist in more languages than the rest. Raises `KeyError`."""
    return _filled(read(language, "guide")[key], params)


def placeholders(text: str) -> set[str]:
    """Names of the placeholders. Raises `ValueError` for one that is more than a name."""
    found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if not all(name.isidentifier() for name in found):
        raise ValueError(f"a placeholder must be a plain name: {text!r}")
    return found


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _filled(text: str, params: Mapping[str, object]) -> str:
    return text.format_map(_Params(params)) if "{" in text else text


def negotiate(header: str, supported: Iterable[str], default: str) -> str:
    """The language for an Accept-Language header (RFC 9110, section 12.5.4; lookup of RFC 4647): `fr-CA` finds `fr`.

    Never fails: what cannot be read in the header is skipped, and with nothing acceptable the answer is in `default`.
    """
    return _negotiate(header[:_HEADER_CHARACTERS], tuple(supported), default)


@lru_cache(maxsize=512)
def _negotiate(header: str, supported: tuple[str, ...], default: str) -> str:
    wanted = []
    for item in header.split(","):
        tag, _, rest = item.strip().partition(";")
        quality = _quality(rest)
        if tag and quality is not None:
            wanted.append((tag.strip().lower(), quality))
    refused = {tag for tag, quality in wanted if quality == 0}
    by_preference = [tag for tag, quality in sorted(wanted, key=lambda pair: -pair[1]) if quality]
    for tag in by_preference:
        if tag == "*":
            named = {*by_preference, *refused}
            others = [language for language in (default, *supported) if language not in named]
            found = others[0] if others else None
        else:
            found = negotiate_locale([tag], supported, sep="-")
        if found is not None and found not in refused:
            return found
    return default


def _quality(rest: str) -> float | None:
    """`q` of one item; None if it is nonsense, so that the item is skipped."""
    if not rest.strip():
        return 1.0
    name, _, value = rest.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None


def direction(language: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute of a page."""
    return str(Locale.parse(language).text_direction)
