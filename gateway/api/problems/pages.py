"""The pages of the problems as HTML, made of elements, from the same table and texts as the problems themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lxml import html
from lxml.builder import E

from gateway.api.http.codes import CODES
from gateway.i18n.formats import language_name
from gateway.i18n.messages import Messages, direction

ADDRESS: Final = "/problems"

_STYLE: Final = """
body { font: 1.05rem/1.65 system-ui, "Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", sans-serif; margin: 0;
       background: #f6f4ef; color: #1c1c1c }
:lang(ar) { line-height: 1.8 }
* { box-sizing: border-box }
nav, main { max-width: 51rem; margin: 0 auto; padding: .75rem 1.5rem }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem }
nav [aria-current] { font-weight: 700; color: inherit; text-decoration: none }
main { background: #fff; border-block-start: .35rem solid #006233; padding-block: 1.25rem 2rem; border-radius: .25rem }
h1 { font-size: 1.5rem; line-height: 1.35; margin: .25rem 0 1rem } h2 { font-size: 1.15rem; margin: 1.5rem 0 .25rem }
a { color: #006233 } a:focus-visible { outline: 3px solid #e0a100; outline-offset: 2px }
code { font: .95em ui-monospace, monospace; unicode-bidi: isolate }
dl { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .5rem 1.25rem } dt { font-weight: 600 }
dd, p { margin: 0 } li { margin-block: .35rem }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: .1rem } dd { margin-block-end: .6rem } }
"""


def known(code: str, messages: Messages) -> bool:
    """Whether there is a page: for the gateway's own codes, and for those of portals that have a text."""
    return code in CODES or messages.has(f"reason.{code}")


def one(code: str, language: str, languages: Iterable[str], messages: Messages) -> str:
    text = messages.translator(language)
    own = code if code in CODES else "portal_refused"
    kind = CODES[own]
    detail = text(f"problem.{own}.detail") if own == code else messages.reason(code, language)
    facts: list[tuple[str, Any]] = [
        ("code", E.code(code, dir="ltr")),
        ("status", E.code(str(kind.status), dir="ltr")),
        ("origin", text(f"page.problem.origin.{kind.origin}")),
        ("retry", text(f"page.problem.retry.{'yes' if kind.retry_safe else 'no'}")),
    ]
    body = [
        E.p(E.a(text("page.problem.all"), href=_url("", language))),
        E.h1(text(f"problem.{own}.title")),
        _paragraph(detail),
        E.h2(text("page.problem.remedy")),
        _paragraph(text(f"problem.{own}.remedy")),
        E.h2(text("page.problem.facts")),
        E.dl(*(part for name, fact in facts for part in (E.dt(text(f"page.problem.{name}")), E.dd(fact)))),
    ]
    return _page(text(f"problem.{own}.title"), body, code, language, languages, text("page.problem.language"))


def _paragraph(text: str) -> Any:
    """What stands between backticks is code: it reads from left to right in every language."""
    parts = text.split("`")
    return E.p(*(E.code(part, dir="ltr") if place % 2 else part for place, part in enumerate(parts)))


def every(language: str, languages: Iterable[str], messages: Messages) -> str:
    text = messages.translator(language)
    entries = [
        E.li(E.a(E.code(code, dir="ltr"), href=_url(code, language)), " – ", text(f"problem.{code}.title"))
        for code in CODES
    ]
    body = [E.h1(text("page.problem.title")), E.p(text("page.problem.intro")), E.ul(*entries)]
    return _page(text("page.problem.title"), body, "", language, languages, text("page.problem.language"))


def missing(language: str, languages: Iterable[str], messages: Messages) -> str:
    text = messages.translator(language)
    body = [
        E.h1(text("page.problem.title")),
        E.p(text("page.problem.missing")),
        E.p(E.a(text("page.problem.all"), href=_url("", language))),
    ]
    return _page(text("page.problem.title"), body, "", language, languages, text("page.problem.language"))


def _url(code: str, language: str) -> str:
    return f"{ADDRESS}{'/' if code else ''}{code}?lang={language}"


def _page(title: str, body: list[Any], code: str, language: str, languages: Iterable[str], choose: str) -> str:
    switch = [
        E.a(
            language_name(each, each),
            {"lang": each, "hreflang": each, "dir": direction(each)},
            {"aria-current": "true"} if each == language else {},
            href=_url(code, each),
        )
        for each in languages
    ]
    document = E.html(
        E.head(
            E.meta(charset="utf-8"),
            E.meta(name="viewport", content="width=device-width, initial-scale=1"),
            E.title(title),
            E.style(_STYLE),
        ),
        E.body(E.nav(*switch, {"aria-label": choose}), E.main(*body)),
        lang=language,
        dir=direction(language),
    )
    return str(html.tostring(document, doctype="<!doctype html>", encoding="unicode"))
