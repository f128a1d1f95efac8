"""What the window says itself, by gettext: `locale/<language>/LC_MESSAGES/<page>.po`, one file a folder of templates.

The message id is the English text. What a language lacks is said in the fallback language of the settings.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import escape

from window.settings import LANGUAGES, SettingsError

FOLDER: Final = Path(__file__).with_name("locale")
COMPLETE: Final = ("ar", "fr", "en")
NAMES: Final[Mapping[str, str]] = {
    "ar": "العربية", "fr": "Français", "en": "English", "es": "Español", "nl": "Nederlands", "it": "Italiano",
    "de": "Deutsch",
}  # fmt: skip

_FROM_THE_RIGHT: Final = ("ar",)
_LEFT_TO_RIGHT: Final = re.compile(r"(?<![0-9A-Za-z\u200e])\d+(?:[-/:.][0-9A-Za-z]+)+")
"""Numbers with a sign inside, as of a law: after Arabic letters a browser writes 09-08 as 08-09."""
_MARKED: Final = "\u200e\\g<0>"
"""With a left-to-right mark before it."""


class Texts:
    """The texts of one language."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language, self._catalogue = language, catalogue

    @property
    def direction(self) -> str:
        return "rtl" if self.language in _FROM_THE_RIGHT else "ltr"

    def _(self, message: str, /, **values: Any) -> str:
        """The text, with `%(name)s` filled in. Values that are markup make the whole markup, safely."""
        return _filled(self._catalogue.gettext(message), values)

    def ngettext(self, one: str, many: str, number: int, /, **values: Any) -> str:
        return _filled(self._catalogue.ngettext(one, many, number), {"n": number, **values})


def _filled(text: str, values: Mapping[str, Any]) -> str:
    if not values:
        return text
    if any(hasattr(value, "__html__") for value in values.values()):
        return escape(text) % {name: escape(value) for name, value in values.items()}
    return text % values


def load(fallback: str, theme: Path | None = None) -> dict[str, Texts]:
    """All languages. A theme's `texts.<language>.po` comes before the window's own.

    Raises `SettingsError` for a file that is no catalogue.
    """
    catalogues = {language: _read(language, theme) for language in LANGUAGES}
    for language, catalogue in catalogues.items():
        if language not in (*COMPLETE, fallback):
            catalogue.add_fallback(catalogues[fallback])
    return {language: Texts(language, catalogue) for language, catalogue in catalogues.items()}


def _read(language: str, theme: Path | None) -> gettext.NullTranslations:
    files = sorted((FOLDER / language / "LC_MESSAGES").glob("*.po"))
    if theme is not None and (own := theme / f"texts.{language}.po").exists():
        files.append(own)
    found: gettext.NullTranslations = gettext.NullTranslations()
    for path in files:
        one = gettext.GNUTranslations(_compiled(path))
        if isinstance(found, gettext.GNUTranslations):
            found._catalog.update(one._catalog)  # type: ignore[attr-defined]
        else:
            found = one
    if language in _FROM_THE_RIGHT and isinstance(found, gettext.GNUTranslations):
        catalogue: dict[Any, Any] = found._catalog  # type: ignore[attr-defined]
        for key, text in catalogue.items():
            catalogue[key] = _LEFT_TO_RIGHT.sub(_MARKED, text) if isinstance(text, str) else text
    return found


def _compiled(path: Path) -> BytesIO:
    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, abort_invalid=True))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    compiled.seek(0)
    return compiled


def chosen(preferences: str, default: str) -> str:
    """The language of ours that an `Accept-Language` header wants most; `default` if none."""
    wanted: list[tuple[float, int, str]] = []
    for place, each in enumerate(preferences.split(",")[:20]):
        tag, _, weight = each.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        primary = tag.strip().partition("-")[0].lower()
        if primary in LANGUAGES and quality > 0:
            wanted.append((-quality, place, primary))
    return min(wanted)[2] if wanted else default
