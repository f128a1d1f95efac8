"""A receipt as a PDF: one page of A4, in Arabic from right to left with its letters joined.

The fonts are Vazirmatn's (SIL Open Font License, `fonts/OFL.txt`), which has Arabic and Latin letters.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import TextDirection, WrapMode, XPos, YPos

from gateway.api.receipts.facts import ReceiptFacts
from gateway.cases.receipt_files import ATTACHED

_FONTS: Final = Path(__file__).parent / "fonts"
_FAMILY: Final = "Vazirmatn"
_MARGIN: Final = 20.0
_GREEN: Final = (0, 98, 51)
_INK: Final = (28, 28, 28)
_LINE: Final = (217, 212, 199)
_CODE_MM: Final = 62.0
"""A module of the largest code is then 0.4 mm, which cameras of telephones and scanners read."""
_QUIET: Final = 4
"""Modules around a code (ISO/IEC 18004)."""
_LABEL_MM: Final = 52.0


def render(facts: ReceiptFacts, *, made: datetime) -> bytes:
    """`made`: the moment that the file says it was made at; the same receipt then gives the same bytes."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(made)
    pdf.set_title(f"{facts.title} – {facts.service}")
    pdf.set_lang(facts.language)
    pdf.set_creator("MRE Gateway")
    pdf.add_font(_FAMILY, "", _FONTS / "Vazirmatn-Regular.ttf")
    pdf.add_font(_FAMILY, "B", _FONTS / "Vazirmatn-Bold.ttf")
    _shape(pdf, facts, right_to_left=facts.direction == "rtl")
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.add_page()
    pdf.set_fill_color(*_GREEN)
    pdf.rect(_MARGIN, 12, pdf.epw, 2, style="F")
    _paragraph(pdf, facts, facts.title, size=20, bold=True)
    _paragraph(pdf, facts, facts.service, size=13, bold=True, color=_GREEN)
    pdf.ln(2)
    _paragraph(pdf, facts, facts.intro, size=10.5)
    pdf.ln(3)
    for label, value in facts.rows:
        _row(pdf, facts, label, value)
    _check(pdf, facts)
    pdf.embed_file(
        bytes=facts.receipt.encode(), basename=ATTACHED, desc="JWS", creation_date=made, modification_date=made
    )
    return bytes(pdf.output())


def _shape(pdf: FPDF, facts: ReceiptFacts, *, right_to_left: bool) -> None:
    """How text is laid out: which way a line runs, and which script joins its letters."""
    direction = TextDirection.RTL if right_to_left else TextDirection.LTR
    pdf.set_text_shaping(use_shaping_engine=True, direction=direction, language=facts.language)


def _paragraph(
    pdf: FPDF,
    facts: ReceiptFacts,
    text: str,
    *,
    size: float,
    bold: bool = False,
    color: tuple[int, int, int] = _INK,
    at: float = _MARGIN,
    width: float = 0,
    latin: bool = False,
) -> None:
    """`latin`: an address or an identifier, which reads from left to right in every language."""
    right_to_left = facts.direction == "rtl"
    pdf.set_font(_FAMILY, "B" if bold else "", size)
    pdf.set_text_color(*color)
    pdf.set_x(at)
    if latin:
        _shape(pdf, facts, right_to_left=False)
    align = "R" if right_to_left else "L"
    pdf.multi_cell(width, size * 0.6, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.WORD)
    if latin:
        _shape(pdf, facts, right_to_left=right_to_left)


def _row(pdf: FPDF, facts: ReceiptFacts, label: str, value: str) -> None:
    """A label beside its value, on the side where its language begins to read."""
    right_to_left, wide = facts.direction == "rtl", pdf.epw - _LABEL_MM
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, pdf.y, _MARGIN + pdf.epw, pdf.y)
    top = pdf.y = pdf.y + 1.5
    _paragraph(
        pdf, facts, label, size=10.5, bold=True, width=_LABEL_MM, at=_MARGIN + wide if right_to_left else _MARGIN
    )
    below, pdf.y = pdf.y, top
    at = _MARGIN if right_to_left else _MARGIN + _LABEL_MM
    _paragraph(pdf, facts, value, size=10.5, width=wide, at=at, latin=value.isascii())
    pdf.y = max(below, pdf.y) + 1.5


def _check(pdf: FPDF, facts: ReceiptFacts) -> None:
    pdf.line(_MARGIN, pdf.y, _MARGIN + pdf.epw, pdf.y)
    pdf.y += 4
    if facts.code is None:
        _paragraph(pdf, facts, facts.check, size=10.5)
        _paragraph(pdf, facts, facts.check_url, size=9, latin=True)
        return
    if pdf.will_page_break(_CODE_MM):
        pdf.add_page()
    right_to_left, top, beside = facts.direction == "rtl", pdf.y, pdf.epw - _CODE_MM - 6
    _draw(pdf, facts, _MARGIN + pdf.epw - _CODE_MM if right_to_left else _MARGIN, top)
    at = _MARGIN if right_to_left else _MARGIN + _CODE_MM + 6
    pdf.y = top + 10
    _paragraph(pdf, facts, facts.check, size=10.5, width=beside, at=at)
    pdf.ln(2)
    _paragraph(pdf, facts, facts.check_url, size=9, width=beside, at=at, latin=True)


def _draw(pdf: FPDF, facts: ReceiptFacts, left: float, top: float) -> None:
    """The code as filled rectangles, one for each run of dark modules: sharp at any size."""
    assert facts.code is not None
    rows = [bytes(row) for row in facts.code.matrix]
    module = _CODE_MM / (len(rows) + 2 * _QUIET)
    pdf.set_fill_color(0, 0, 0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                pdf.rect(left + (_QUIET + x) * module, top + (_QUIET + y) * module, run * module, module, style="F")
            x += run or 1
