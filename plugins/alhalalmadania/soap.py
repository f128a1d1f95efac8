"""SOAP 1.2 messages by the WSDL beside this file: written by zeep, read back only if they are what it says.

An answer goes through three checks before a value is taken from it: the hardened parser, the schema of the WSDL, and
zeep's types. What the schema does not know is taken out first and named, so that a portal that adds something goes on
working, and one that renames something is noticed. No network: the WSDL is a file, and the bytes are carried by the
connector's client.

zeep and lxml are imported when the first message is made, not when the plugin is loaded.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gateway.connectors.authoring import UnexpectedAnswer

if TYPE_CHECKING:
    import zeep
    from lxml.etree import XMLSchema, _Element

WSDL: Final = Path(__file__).with_name("etat-civil.wsdl")
NAMESPACE: Final = "urn:alhalalmadania:etat-civil:1"
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
MEDIA_TYPE: Final = "application/soap+xml"
_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"


class Fault(Exception):
    """The portal answered with a SOAP fault (SOAP 1.2 part 1, section 5.4). `code` and `subcode` are local names,
    `word` and `fields` come from the detail."""

    def __init__(self, code: str, subcode: str, word: str, reason: str, fields: tuple[str, ...]) -> None:
        super().__init__(code)
        self.code, self.subcode, self.word, self.reason, self.fields = code, subcode, word, reason, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    client: zeep.Client
    schema: XMLSchema
    names: frozenset[str]
    """The tags that the schema knows."""


class _Files:
    """What zeep gets for a transport: reads the one file, and nothing from anywhere else."""

    def load(self, url: str) -> bytes:
        if Path(url) != WSDL:
            raise PermissionError("the WSDL is to stand alone")
        return WSDL.read_bytes()


@functools.cache
def contract() -> Contract:
    """The WSDL, read once in a process."""
    import zeep
    from lxml import etree

    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    client = zeep.Client(str(WSDL), transport=_Files(), settings=settings)
    definition = etree.fromstring(WSDL.read_bytes()).find(f".//{_XSD}schema")
    assert definition is not None
    names = {each.get("name", "") for each in definition.iter(f"{_XSD}element")}
    return Contract(
        client=client,
        schema=etree.XMLSchema(definition),
        names=frozenset(f"{{{NAMESPACE}}}{name}" for name in names),
    )


def headers(operation: str) -> dict[str, str]:
    return {"content-type": f'{MEDIA_TYPE}; charset=utf-8; action="{NAMESPACE}:{operation}"', "accept": MEDIA_TYPE}


def message(operation: str, values: Mapping[str, Any]) -> bytes:
    """The envelope of a request. Raises zeep's `ValidationError` if something is missing."""
    from lxml import etree

    client = contract().client
    envelope = client.create_message(client.service, operation, **values)
    content: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return content


def is_soap(content_type: str) -> bool:
    """Only what says so is read: the outbound layers have then checked who signed it."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def read(operation: str, content: bytes) -> tuple[dict[str, Any], list[str]]:
    """The values of the answer, and a word for each element that the WSDL does not have.

    Raises `Fault`, or `UnexpectedAnswer`.
    """
    from zeep.exceptions import Error
    from zeep.helpers import serialize_object

    body = _body(content)
    known = contract()
    unknown = _take_out_unknown(body[0], known.names)
    if body[0].tag != f"{{{NAMESPACE}}}{operation}Reponse" or not known.schema.validate(body[0]):
        raise UnexpectedAnswer("not what the WSDL says")
    service = known.client.service
    try:
        values = serialize_object(service._binding.get(operation).process_reply(body.getparent()), dict)
    except Error:
        raise UnexpectedAnswer("cannot be read by the WSDL") from None
    return ({"dossier": values} if "numero" in values else values), unknown  # zeep unwraps an answer of one element


def _body(content: bytes) -> _Element:
    from gateway.connectors.authoring.xml import XmlRefused, parse

    try:
        envelope = parse(content)
    except XmlRefused as error:
        raise UnexpectedAnswer(error.reason) from None
    body = envelope.find(f"{{{SOAP}}}Body")
    if envelope.tag != f"{{{SOAP}}}Envelope" or body is None or len(body) != 1:
        raise UnexpectedAnswer("no SOAP envelope")
    if body[0].tag == f"{{{SOAP}}}Fault":
        _fault(body[0])
    return body


def _fault(fault: _Element) -> NoReturn:
    def text(path: str) -> str:
        return (fault.findtext(path, "", {"s": SOAP, "e": NAMESPACE}) or "").strip()

    def local(path: str) -> str:
        return text(path).rpartition(":")[2]

    fields = fault.findall("s:Detail/e:Refus/e:champ", {"s": SOAP, "e": NAMESPACE})
    raise Fault(
        local("s:Code/s:Value"),
        local("s:Code/s:Subcode/s:Value"),
        text("s:Detail/e:Refus/e:code"),
        text("s:Reason/s:Text"),
        tuple((each.text or "").strip() for each in fields),
    )


def _take_out_unknown(answer: _Element, names: frozenset[str]) -> list[str]:
    found = [each for each in answer.iterdescendants() if each.tag not in names]
    for each in found:
        parent = each.getparent()
        if parent is not None:
            parent.remove(each)
    return sorted({f"unknown_element:{str(each.tag).rpartition('}')[2].lower()[:40]}" for each in found})
