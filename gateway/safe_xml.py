"""XML from somebody else, read so that it can do nothing but be read.

A first pass with expat builds nothing and stops at the first thing that is not wanted: a document type, a processing
instruction, another encoding than UTF-8, too much depth, too many elements or attributes. Only what passes is parsed
by lxml, which is told not to resolve, load or fetch anything. So neither an entity that unfolds a thousandfold nor one
that names a file is ever looked at: both need a document type.

SOAP 1.2 forbids document types and processing instructions (part 1, section 5), and no SOAP or XML signature needs
another encoding. An answer that says Windows-1256, or is it without saying so, is refused instead of being guessed.

Importing this brings lxml; modules that few portals need are imported when one needs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from lxml import etree

_UTF8: Final = re.compile(r"utf-?8|us-ascii", re.IGNORECASE)


class XmlRefused(ValueError):
    """`reason` is one of `too_large`, `not_well_formed`, `document_type`, `processing_instruction`, `encoding`,
    `too_deep`, `too_many_elements`, `too_many_attributes`. The text never quotes the document."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    bytes: int = 20_000_000
    """A single text may have 10,000,000 characters at most: libxml2's own limit."""
    depth: int = 40
    elements: int = 20_000
    attributes: int = 32
    """On one element, namespace declarations included."""


DEFAULT: Final = Limits()


def parse(content: bytes, limits: Limits = DEFAULT) -> etree._Element:
    """The root element, without comments. Raises `XmlRefused`."""
    if len(content) > limits.bytes:
        raise XmlRefused("too_large")
    _look_through(content, limits)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise XmlRefused("not_well_formed") from None  # its text quotes the document


def _look_through(content: bytes, limits: Limits) -> None:
    depth = elements = 0

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and not _UTF8.fullmatch(encoding):
            raise XmlRefused("encoding")

    def document_type(*_: object) -> None:
        raise XmlRefused("document_type")

    def instruction(*_: object) -> None:
        raise XmlRefused("processing_instruction")

    def start(_name: str, attributes: list[str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > limits.depth:
            raise XmlRefused("too_deep")
        if elements > limits.elements:
            raise XmlRefused("too_many_elements")
        if len(attributes) > 2 * limits.attributes:  # a flat list of names and values
            raise XmlRefused("too_many_attributes")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    reader = expat.ParserCreate("utf-8")  # whatever the document says of itself
    reader.ordered_attributes = True
    reader.XmlDeclHandler = declaration
    reader.StartDoctypeDeclHandler = document_type
    reader.ProcessingInstructionHandler = instruction
    reader.StartElementHandler = start
    reader.EndElementHandler = end
    try:
        reader.Parse(content, True)
    except expat.ExpatError:
        raise XmlRefused("not_well_formed") from None
