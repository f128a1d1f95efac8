"""A receipt as a page: one file without scripts, to be read, kept and printed."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree, html
from lxml.builder import E

from gateway.api.receipts.facts import ReceiptFacts
from gateway.cases.receipt_files import META

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox"
)
_STYLE: Final = """
body { font: 1rem/1.6 system-ui, "Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", "Geeza Pro", sans-serif;
       margin: 0; background: #f6f4ef; color: #1c1c1c }
:lang(ar) { line-height: 1.8 }
main { max-width: 46rem; margin: 1rem auto; padding: 1.5rem 2rem 2rem; background: #fff;
       border-block-start: .4rem solid #006233 }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: .25rem 0 1rem; color: #006233 }
dl { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .5rem 1.25rem; margin: 1.25rem 0 }
dt { font-weight: 600 } dd { margin: 0 } p { margin: 0 0 .5rem }
dt, dd, .check { border-block-start: 1px solid #e4dfd3; padding-block-start: .5rem }
.check { display: flex; gap: 1.5rem; align-items: center; flex-wrap: wrap; padding-block-start: 1rem }
.check div { flex: 1 1 16rem } svg { width: 15rem; height: 15rem; flex: none; background: #fff }
bdi, .address { overflow-wrap: anywhere }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: .1rem } dd { border: 0; padding: 0 0 .5rem } }
@media print { body { background: #fff; font-size: 11pt } main { margin: 0; padding: 0; border: 0; max-width: none }
       svg { width: 60mm; height: 60mm } dt, dd, .check { break-inside: avoid } }
"""


def render(facts: ReceiptFacts) -> str:
    document = E.html(
        E.head(
            E.meta(charset="utf-8"),
            E.meta(name="viewport", content="width=device-width, initial-scale=1"),
            E.meta(name=META, content=facts.receipt),
            E.title(f"{facts.title} – {facts.service}"),
            E.style(_STYLE),
        ),
        E.body(
            E.main(
                E.h1(facts.title),
                E.h2(facts.service),
                E.p(facts.intro),
                E.dl(*(part for label, value in facts.rows for part in (E.dt(label), E.dd(E.bdi(value))))),
                E.div(
                    *_picture(facts),
                    E.div(E.p(facts.check), E.p(E.bdi(facts.check_url, dir="ltr"), {"class": "address"})),
                    {"class": "check"},
                ),
            )
        ),
        lang=facts.language,
        dir=facts.direction,
    )
    return str(html.tostring(document, doctype="<!doctype html>", encoding="unicode"))


def _picture(facts: ReceiptFacts) -> list[Any]:
    if facts.code is None:
        return []
    picture = etree.fromstring(facts.code.svg_inline(border=4, omitsize=True, light="#fff").encode())
    picture.set("role", "img")
    picture.set("aria-label", "QR")
    return [picture]
