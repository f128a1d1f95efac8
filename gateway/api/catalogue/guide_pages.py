"""The guide's pages as HTML, made of elements, so that no text can be taken for markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlencode

from lxml import html
from lxml.builder import E

from gateway.api.catalogue.pages import QUERY_CHARACTERS
from gateway.api.catalogue.shapes import CategoryView, ServiceStep, ServiceView, Suggestion
from gateway.i18n.formats import language_name
from gateway.i18n.messages import direction, guide

_STYLE: Final = """
:root { --ink: #1c1c1c; --soft: #565656; --line: #d9d4c7; --green: #006233; --red: #b3202c; --amber: #8a5a00 }
* { box-sizing: border-box }
body { font: 1.05rem/1.65 system-ui, "Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", sans-serif; margin: 0;
       background: #f6f4ef; color: var(--ink) }
:lang(ar) { font-family: "Noto Sans Arabic", "Noto Naskh Arabic", "Geeza Pro", Tahoma, sans-serif; line-height: 1.8 }
header, main { max-width: 52rem; margin: 0 auto; padding: .75rem 1.5rem }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .95rem }
header [aria-current] { font-weight: 700; color: var(--ink); text-decoration: none }
main { background: #fff; border-block-start: .35rem solid var(--green); padding: 1.25rem 1.5rem 2rem;
       border-radius: .25rem }
h1 { font-size: 1.6rem; line-height: 1.35; margin: .25rem 0 .75rem }
h2 { font-size: 1.2rem; margin: 1.75rem 0 .5rem; border-block-end: 1px solid var(--line); padding-block-end: .25rem }
a { color: var(--green) }
a:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible { outline: 3px solid #e0a100;
       outline-offset: 2px }
form { display: grid; grid-template-columns: minmax(11rem, 2fr) minmax(9rem, 1fr) auto; gap: .5rem .75rem;
       align-items: end; background: #f6f4ef; padding: 1rem; border-radius: .5rem }
form p { grid-column: 1 / -1; margin: 0; color: var(--soft); font-size: .92rem }
label { display: grid; gap: .2rem; font-weight: 600 }
input, select, button { font: inherit; padding: .45rem .6rem; border: 1px solid #7d7866; border-radius: .35rem;
       min-width: 0; background: #fff; color: inherit; width: 100%; height: 2.8rem; font-weight: 400 }
button { background: var(--green); border-color: var(--green); color: #fff; font-weight: 600; padding-inline: 1.2rem }
ul.services { list-style: none; padding: 0; margin: 0 }
ul.services li { padding: .7rem 0; border-block-end: 1px solid var(--line) }
ul.services a { font-weight: 600; font-size: 1.08rem }
ul.services p { margin: .15rem 0 0 }
.soft { color: var(--soft); font-size: .95rem }
dl { display: grid; grid-template-columns: minmax(9rem, 13rem) 1fr; gap: .6rem 1.25rem; margin: 1rem 0 }
dt { font-weight: 600 } dd { margin: 0 }
ol { padding-inline-start: 1.4rem } ol li { margin-block: .5rem } ol p { margin: .1rem 0 }
.state { display: inline-block; border: 1px solid; border-radius: 1rem; padding: 0 .6rem; font-size: .9rem;
       color: var(--green) }
.state.degraded { color: var(--amber) } .state.down, .state.quarantined { color: var(--red) }
.notice { border-inline-start: .35rem solid var(--red); background: #fdf2f2; padding: .6rem 1rem; margin: 1rem 0 }
.notice.degraded { border-color: #e0a100; background: #fff8e5 } .notice p { margin: .2rem 0 }
@media (max-width: 40rem) { form, dl { grid-template-columns: 1fr } dl { gap: .1rem } dd { margin-block-end: .7rem } }
@media print { header, form { display: none } body { background: #fff; font-size: 11pt } main { border: 0; padding: 0 }
       .back { display: none } a { color: inherit; text-decoration: none } li, dd { break-inside: avoid } }
"""

_HERE: Final = f"items-{token_hex(16)}:"
"""Stands on both sides of the services whose items belong there; nobody who types a text knows it."""
_ITEMS: Final = re.compile(f"{_HERE}([^<]*?){_HERE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page has."""

    language: str
    fallback: str
    languages: tuple[str, ...]

    def text(self, key: str, **params: object) -> str:
        return guide(f"guide.{key}", self.language, **params)

    def url(self, service: str = "", **params: str) -> str:
        given = {name: value for name, value in {**params, "lang": self.language}.items() if value}
        return f"/guide{'/' if service else ''}{service}?{urlencode(given)}"

    def spoken(self, language: str) -> dict[str, str]:
        """Attributes of an element in another language than the page's."""
        return {} if language == self.language else {"lang": language, "dir": direction(language)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    query: str
    category: str


def listing(
    frame: Frame,
    services: list[ServiceView],
    categories: list[CategoryView],
    suggestions: list[Suggestion],
    asked: Asked,
    written: Callable[[ServiceView], str],
) -> str:
    """`written` gives a service's item as HTML, made by `item` now or earlier."""
    body = [E.h1(frame.text("title")), _form(frame, categories, asked)]
    if asked.query or asked.category:
        count = frame.text("found", count=len(services)) if services else frame.text("nothing")
        body.append(E.p(count, role="status"))
    if suggestions:
        links = [E.li(E.a(each.title, href=frame.url(each.id))) for each in suggestions]
        body.append(E.section(E.p(frame.text("suggestions")), E.ul(*links)))
    body += _outages(frame, services)
    if asked.query:
        body.append(_services(services))
    else:
        for category in categories:
            if of_it := [each for each in services if each.category.id == category.id]:
                body += [E.h2(category.title), _services(of_it)]
    page = _page(frame, frame.text("title"), body, "", asked)
    items = {each.id: written(each) for each in services}
    return _ITEMS.sub(lambda found: "".join(items[id] for id in found[1].split()), page)


def item(frame: Frame, view: ServiceView) -> str:
    """A service in a list."""
    return str(html.tostring(_service(frame, view), encoding="unicode"))


def one(frame: Frame, view: ServiceView, now: str) -> str:
    longer = frame.spoken(frame.fallback)
    own = frame.spoken(view.language)
    rows = [
        ("who", E.dd(view.who or "", longer)),
        ("audience", E.dd(_listed(guide(f"audience.{each}", frame.language) for each in view.audience))),
        ("bring", E.dd(view.bring or "", longer)),
        ("cost", E.dd(view.cost.text)),
        ("delay", E.dd(view.deadline_text)),
        ("delivery", E.dd(view.delivery_text)),
        ("body", E.dd(view.competent_body or "", longer)),
        ("appeal", E.dd(view.appeal or "", longer)),
        ("languages", E.dd(_listed(language_name(each, frame.language) for each in view.result_languages))),
        ("acr", E.dd(guide(f"acr.{view.acr}", frame.language))),
    ]
    steps = [
        E.li(E.strong(each.title), E.p(each.portal_title, " ", _state(frame, each)), *_advice(each))
        for each in view.steps
    ]
    body = [
        E.p(E.a(frame.text("back"), href=frame.url()), {"class": "back"}),
        E.h1(view.title, own),
        *([] if view.available else [_notice("quarantined", guide("advice.quarantined", frame.language))]),
        E.p(view.summary, own),
        E.dl(*(part for key, dd in rows for part in (E.dt(frame.text(key)), dd))),
        E.h2(frame.text("steps")),
        E.ol(*steps),
        E.p(frame.text("as_of", time=now), {"class": "soft"}),
    ]
    return _page(frame, view.title, body, view.id)


def missing(frame: Frame) -> str:
    body = [E.h1(frame.text("title")), E.p(frame.text("missing")), E.p(E.a(frame.text("back"), href=frame.url()))]
    return _page(frame, frame.text("title"), body, "")


def _page(frame: Frame, title: str, body: list[Any], service: str, asked: Asked | None = None) -> str:
    kept = {"q": asked.query, "category": asked.category} if asked else {}
    switch = [
        E.a(
            language_name(each, each),
            {"lang": each, "hreflang": each, "dir": direction(each)},
            {"aria-current": "true"} if each == frame.language else {},
            href=_url_in(each, service, kept),
        )
        for each in frame.languages
    ]
    document = E.html(
        E.head(
            E.meta(charset="utf-8"),
            E.meta(name="viewport", content="width=device-width, initial-scale=1"),
            E.title(title),
            E.style(_STYLE),
        ),
        E.body(E.header(E.nav(*switch, {"aria-label": frame.text("choose")})), E.main(*body)),
        lang=frame.language,
        dir=direction(frame.language),
    )
    return str(html.tostring(document, doctype="<!doctype html>", encoding="unicode"))


def _url_in(language: str, service: str, kept: dict[str, str]) -> str:
    return Frame(language=language, fallback=language, languages=()).url(service, **kept)


def _form(frame: Frame, categories: list[CategoryView], asked: Asked) -> Any:
    options = [E.option(frame.text("all"), value="")]
    for each in categories:
        chosen = {"selected": "selected"} if each.id == asked.category else {}
        options.append(E.option(each.title, chosen, value=each.id))
    field = E.input(
        {"aria-describedby": "hint", "dir": "auto", "maxlength": str(QUERY_CHARACTERS)},
        type="search",
        name="q",
        value=asked.query,
    )
    return E.form(
        E.label(frame.text("search"), field),
        E.label(frame.text("category"), E.select(*options, name="category")),
        E.button(frame.text("go"), type="submit"),
        E.input(type="hidden", name="lang", value=frame.language),
        E.p(frame.text("hint"), id="hint"),
        {"role": "search", "method": "get", "action": "/guide"},
    )


def _services(services: list[ServiceView]) -> Any:
    return E.ul({"class": "services"}, f"{_HERE}{' '.join(each.id for each in services)}{_HERE}")


def _service(frame: Frame, view: ServiceView) -> Any:
    own = frame.spoken(view.language)
    troubled = [each for each in view.steps if each.availability.state != "up"]
    about = E.p(view.cost.text, " · ", view.deadline_text, {"class": "soft"})
    if troubled:
        about.extend((E.br(), _state(frame, troubled[0], named=True)))
    return E.li(E.a(view.title, own, href=frame.url(view.id)), E.p(view.summary, own), about)


def _outages(frame: Frame, services: list[ServiceView]) -> list[Any]:
    """What a person should know before choosing: each portal that is not up, once."""
    steps = (step for view in services for step in view.steps)
    portals = {step.portal: step for step in steps if step.availability.state != "up"}
    if not portals:
        return []
    notices = [
        _notice(each.availability.state, each.portal_title, each.availability.advice or "") for each in portals.values()
    ]
    return [E.h2(frame.text("trouble")), *notices]


def _notice(state: str, *lines: str) -> Any:
    return E.div({"class": f"notice {state}"}, *(E.p(line) for line in lines))


def _advice(step: ServiceStep) -> list[Any]:
    return [E.p(step.availability.advice)] if step.availability.advice else []


def _state(frame: Frame, step: ServiceStep, *, named: bool = False) -> Any:
    state = guide(f"state.{step.availability.state}", frame.language)
    text = f"{step.portal_title} – {state}" if named else state
    return E.span(text, {"class": f"state {step.availability.state}"})


def _listed(names: Iterable[str]) -> str:
    return " · ".join(names)
