"""Pages from templates: one Jinja environment a language, so that macros know theirs, and files with their hash."""

from __future__ import annotations

import base64
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from window import translations
from window.calendar import place
from window.settings import LANGUAGES, WindowSettings

TEMPLATES: Final = Path(__file__).with_name("templates")
STATIC: Final = Path(__file__).with_name("static")
_LOCALES: Final = {"ar": "ar_MA", "fr": "fr_FR", "en": "en_GB"}
_MOMENTS: Final = {"ar": "d MMMM y، HH:mm", "fr": "d MMMM y 'à' HH:mm", "en": "d MMMM y, HH:mm"}
_CLOCK: Final = "HH:mm"
COMMAS: Final = {"ar": "، ", "fr": ", ", "en": ", "}
"""Between the things of a list."""
_EXACT: Final = f"{_CLOCK}:ss 'UTC'xxx"
_ARABIC: Final = re.compile("[\u0621-\u064a]")
_THREE: Final = re.compile(r"\d{1,3}")
_COMPRESSED: Final = (".css", ".js", ".svg")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that every page may name. Its address changes with its bytes, so that browsers keep it for a year."""

    url: str
    body: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Assets:
    """The window's own files and those of the theme, read once: `static/<name>`, `static/theme/<name>`."""

    def __init__(self, theme: Path | None) -> None:
        self._files: dict[str, Asset] = {}
        self._add(STATIC, "")
        if theme is not None:
            self._add(theme, "theme/")

    def _add(self, folder: Path, prefix: str) -> None:
        for path in sorted(folder.rglob("*")):
            kind = mimetypes.guess_type(path.name)[0]
            if not path.is_file() or path.suffix not in (".css", ".js", ".mjs", ".svg", ".png", ".woff2", ".ico"):
                continue
            name, body = prefix + path.relative_to(folder).as_posix(), path.read_bytes()
            etag = hashlib.sha256(body).hexdigest()[:12]
            squeezed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSED else None
            media_type = "text/javascript" if path.suffix in (".js", ".mjs") else kind or "application/octet-stream"
            self._files[name] = Asset(f"/static/{name}?v={etag}", body, squeezed, media_type, etag)

    def find(self, name: str) -> Asset | None:
        return self._files.get(name)

    def url(self, name: str) -> str:
        """Raises `KeyError` for a file that is not there: a template with a dead link fails its test."""
        return self._files[name].url

    def __contains__(self, name: str) -> bool:
        return name in self._files


class FirstStyle:
    """The style sheets as a part of the page, for who comes for the first time: on a slow phone she sees the page one
    request earlier. A theme's is one of them if it names no other file."""

    def __init__(self, assets: Assets) -> None:
        theme = assets.find("theme/theme.css")
        found = [assets.find("system.css"), assets.find("window.css"), theme]
        self.with_theme = theme is not None and not any(each in theme.body for each in (b"url(", b"@import", b"</"))
        texts = [each.body.decode() for each in found if each is not None and (each is not theme or self.with_theme)]
        self.text = Markup("\n".join(texts))  # noqa: S704 - files of ours, and the theme's
        self.source = csp_source(self.text)


def csp_source(text: str) -> str:
    """Of a style sheet inside of a page, for the content security policy: allows this one and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class Renderer:
    def __init__(self, settings: WindowSettings) -> None:
        self._settings = settings
        self.theme = Path(settings.look.theme) if settings.look.theme else None
        self.assets = Assets(self.theme)
        self.first_style = FirstStyle(self.assets)
        self.texts = translations.load(settings.look.fallback, self.theme)
        folders = [*([self.theme / "templates"] if self.theme else []), TEMPLATES]
        self._loader = FileSystemLoader(folders)
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def render(self, language: str, template: str, context: dict[str, Any]) -> str:
        return self._environments[language].get_template(template).render(context)

    def formats(self, content: str) -> Formats:
        """Of a language that is complete."""
        return Formats(content, self._settings.look.time_zone)

    def _environment(self, language: str) -> Environment:
        content = language if language in translations.COMPLETE else self._settings.look.fallback
        frame, texts = self.texts[language], self.texts[content]
        environment = Environment(
            loader=self._loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        formats, city = self.formats(content), place(self._settings.look.time_zone, content)

        def deadline(value: str | None) -> str:
            """A moment that decides something, with the clock that it is told by."""
            return texts._("%(time)s (%(city)s time)", time=formats.moment(value), city=city) if value else ""

        environment.globals |= {
            "_": texts._,
            "ngettext": texts.ngettext,
            "frame": frame._,
            "lang": language,
            "content_lang": content,
            "dir": frame.direction,
            "content_dir": texts.direction,
            "languages": translations.NAMES,
            "static": self.assets.url,
            "has_static": self.assets.__contains__,
            "first_style": self.first_style,
            "name_of_site": Spoken.of(self._settings.look.name, language, content),
            "owner_of_site": Spoken.of(self._settings.look.owner, language, content),
            "contact_url": self._settings.look.contact_url,
            "demo": self._settings.demo,
            "comma": COMMAS[content],
            "clock_of_site": city,
        }
        environment.filters |= {"day": formats.day, "moment": formats.moment, "foreign": foreign, "code": code}
        environment.filters |= {"instant": formats.instant, "age": formats.age, "number": formats.number}
        environment.filters |= {
            "portal_word": portal_word,
            "clock": clock,
            "deadline": deadline,
            "weekday": formats.weekday,
            "threes": threes,
        }
        return environment


class Formats:
    """Days and moments as people write them, in the language of the content."""

    def __init__(self, language: str, time_zone: str) -> None:
        self._locale, self._zone = _LOCALES[language], ZoneInfo(time_zone)
        self._moment = _MOMENTS[language]

    def day(self, value: str | date | None) -> str:
        """Of a day, or of as much as is known of it (`1988`, `1988-03`)."""
        if not value:
            return ""
        if isinstance(value, str):
            if value[:10].count("-") < 2:
                return value
            try:
                at = datetime.fromisoformat(value)
                day = at.astimezone(self._zone).date() if "T" in value else at.date()
            except (ValueError, OverflowError):  # a day that there is not, as somebody typed it
                return value
        else:
            day = value
        return format_date(day, "long", locale=self._locale)

    def moment(self, value: str | None, zone: str = "") -> str:
        return self._written(value, zone, self._moment)

    def weekday(self, value: str | None, zone: str = "") -> str:
        """A moment with the day of the week: when somebody is to be somewhere."""
        return self._written(value, zone, f"EEEE {self._moment}")

    def instant(self, value: str | None) -> Markup:
        """To the second, with the distance from UTC: what is compared with other records. In Arabic the clock is read
        from the left, and nothing beside it is drawn to its Latin letters."""
        mark = "\u200e" if "،" in self._moment else ""
        return foreign(self._written(value, "", self._moment.replace(_CLOCK, mark + _EXACT))) if value else Markup("")

    def _written(self, value: str | None, zone: str, form: str) -> str:
        if not value:
            return ""
        at = datetime.fromisoformat(value).astimezone(ZoneInfo(zone) if zone else self._zone)
        return format_datetime(at, form, tzinfo=at.tzinfo, locale=self._locale)

    def age(self, seconds: float) -> str:
        """`3 minutes`, of a time that has passed."""
        return format_timedelta(timedelta(seconds=seconds), locale=self._locale)

    def number(self, value: float) -> str:
        """With the signs for thousands and decimals of the language, and two decimals at most; below ten alone."""
        return format_decimal(value, "#,##0" if value >= 10 else "#,##0.##", locale=self._locale)


def clock(value: str, zone: str) -> Markup:
    """The time of a moment, as the clock of a place shows it."""
    return code(datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).strftime("%H:%M"))


def threes(value: str) -> str:
    """`915 153 787`: digits as they are read out. Another code stays as it is."""
    return " ".join(_THREE.findall(value)) if value.isdecimal() else value


def foreign(value: Any) -> Markup:
    """A name, or another text whose direction is its own."""
    return Markup("<bdi>{}</bdi>").format(value)


def portal_word(value: Any) -> Markup:
    """What a portal wrote itself: in Arabic if it has Arabic letters, else in French."""
    language, direction = ("ar", "rtl") if _ARABIC.search(str(value)) else ("fr", "ltr")
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(language, direction, value)


def code(value: Any) -> Markup:
    """A number or code in Latin letters: read from the left in every language."""
    return Markup('<bdi dir="ltr" class="code">{}</bdi>').format(value)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text of the settings, as the frame of a page and as its content say it."""

    in_frame: str
    in_content: str
    mark: Markup
    """The attribute that says in which language the frame says it, if that is another one."""

    @classmethod
    def of(cls, texts: Mapping[str, str], language: str, content: str) -> Spoken:
        known = {each: text for each, text in texts.items() if text} or {language: ""}
        first = next(iter(known))
        of_frame = next(each for each in (language, content, first) if each in known)
        of_content = next(each for each in (content, first) if each in known)
        mark = Markup("") if of_frame == language else Markup(' lang="{}"').format(of_frame)
        return cls(known[of_frame], known[of_content], mark)
