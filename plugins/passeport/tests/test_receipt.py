"""The papers of a file: PDF whose offsets are right, and a bar code that says its number."""

from __future__ import annotations

import re

import pytest

from gateway.connectors.contract import Refused
from plugins.passeport.sandbox.receipt_page import CODE_39, NARROW, WIDE, page

DAY = 86400


def read_bars(content: bytes) -> str:
    """What a reader sees: bars, and the gaps between them."""
    bars = [(float(x), float(w)) for x, w in re.findall(rb"([\d.]+) 740 ([\d.]+) 42 re f", content)]
    widths = []
    for (x, width), following in zip(bars, [*bars[1:], None], strict=True):
        widths.append(width)
        if following:
            widths.append(following[0] - x - width)
    elements = "".join("w" if width > (NARROW + WIDE) / 2 else "n" for width in widths)
    meaning = {pattern: character for character, pattern in CODE_39.items()}
    return "".join(meaning[elements[at : at + 9]] for at in range(0, len(elements), 10))


async def test_the_receipt_is_a_pdf_with_the_number_as_a_bar_code(passeport, filing):
    filed = await passeport.file(filing())
    [receipt] = filed.progress.documents
    document = await passeport.document(filed.reference, receipt.id)
    assert document.filename == f"{filed.reference}-recepisse.pdf"
    assert read_bars(document.content) == f"*{filed.reference}*"
    assert filed.reference.encode() in document.content
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF", document.content)[1])
    assert document.content[start:].startswith(b"xref\n0 6\n")
    offsets = re.findall(rb"(\d{10}) 00000 n", document.content)
    assert len(offsets) == 5
    for number, offset in enumerate(offsets, start=1):
        assert document.content[int(offset) :].startswith(b"%d 0 obj" % number)
    length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", document.content, re.DOTALL).groups()
    assert len(stream) == int(length)


def test_each_character_of_the_code_has_three_wide_elements_of_nine():
    for character, pattern in CODE_39.items():
        assert (len(pattern), pattern.count("w")) == (9, 3), character
    assert len(set(CODE_39.values())) == len(CODE_39)


def test_the_bars_fit_on_the_page():
    bars = re.findall(rb"([\d.]+) 740", page(["x"], code="PP-2025-0000001"))
    assert float(bars[-1]) < 595 - 30


async def test_a_paper_that_does_not_exist_yet_is_not_found(passeport, filing, context):
    filed = await passeport.file(filing())
    with pytest.raises(Refused, match="document_not_found"):
        await passeport.document(filed.reference, "avis")
    context.clock.set(advance=6 * DAY)
    assert (await passeport.document(filed.reference, "avis")).content.startswith(b"%PDF-")
