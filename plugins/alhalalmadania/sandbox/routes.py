"""A stand-in for alhalalmadania.ma: SOAP 1.2 by the WSDL of the plugin, with WS-Security both ways.

The rules are in `civil_registry.py`, the door in `message_security.py`. What comes in is read by the schema of the WSDL
and by hand, not by zeep, so that a slip of the connector's library shows.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.types import ASGIApp
from lxml import etree

from gateway.connectors.authoring.xml import XmlRefused, parse
from gateway.sandbox.authoring import SandboxContext

from .civil_registry import CivilRegistry
from .intake import Objection
from .message_security import NS, MessageSecurity, S, confirmed

ENDPOINT: Final = "/services/etat-civil"
WSDL: Final = Path(__file__).parents[1] / "etat-civil.wsdl"
EC: Final = "urn:alhalalmadania:etat-civil:1"
REQUEST_BYTES: Final = 20_000_000
PIECE_BYTES: Final = 5_000_000
REPEATED: Final = frozenset({"personne", "piece"})
"""Elements that may come more than once."""


def sandbox(context: SandboxContext) -> ASGIApp:
    return application(context, MessageSecurity(context))


def application(context: SandboxContext, security: MessageSecurity) -> ASGIApp:
    registry, schema = CivilRegistry(context), _schema()
    piece_bytes = int(context.options.get("piece_bytes", PIECE_BYTES))

    def answered(content: bytes) -> tuple[bytes, int]:
        confirms = ""
        try:
            envelope = _read(content)
            confirms = confirmed(envelope)
            security.admit(envelope)
            answer, status = _act(registry, schema, envelope, piece_bytes), 200
        except Objection as objection:
            answer, status = _fault(objection), 400
        return security.sign(answer, confirms), status

    @post(ENDPOINT, request_max_body_size=REQUEST_BYTES)
    async def serve(request: Request[Any, Any, Any]) -> Response[bytes]:
        content, status = answered(await request.body())
        return Response(content, status_code=status, media_type="application/soap+xml; charset=utf-8")

    @get(ENDPOINT, sync_to_thread=False)
    def contract() -> Response[bytes]:
        return Response(WSDL.read_bytes(), media_type="application/wsdl+xml")

    return Litestar([serve, contract], openapi_config=None, logging_config=None)


def _read(content: bytes) -> etree._Element:
    try:
        envelope = parse(content)
    except XmlRefused as refused:
        raise Objection("message_illisible", f"Message illisible : {refused.reason}.") from refused
    if envelope.tag != f"{{{NS['s']}}}Envelope":
        raise Objection("message_illisible", "Ceci n'est pas une enveloppe SOAP 1.2.")
    return envelope


def _act(
    registry: CivilRegistry, schema: etree.XMLSchema, envelope: etree._Element, piece_bytes: int
) -> etree._Element:
    body = envelope.find("s:Body", NS)
    if body is None or len(body) != 1 or not schema.validate(body[0]):
        raise Objection("demande_invalide", "Le message n'est pas conforme au contrat.")
    values: dict[str, Any] = _values(body[0])
    if any(len(base64.b64decode(each["contenu"])) > piece_bytes for each in values.get("piece", [])):
        raise Objection("piece_trop_lourde", "Une pièce dépasse la taille admise.", "piece")
    match etree.QName(body[0]).localname:
        case "Deposer":
            answer: dict[str, Any] = {"dossier": registry.lodge(values)}
        case "Consulter":
            answer = {"dossier": registry.get(values["numero"])}
        case "Rechercher":
            found = registry.lodged_as(values["referenceClient"])
            answer = {"nombre": len(found), "dossier": found}
        case "Completer":
            answer = {"dossier": registry.complete(values["numero"], values["piece"])}
        case "Retirer":
            answer = {"dossier": registry.take_back(values["numero"])}
        case "Telecharger":
            content = registry.paper(values["numero"], values["document"])
            encoded = base64.b64encode(content).decode()
            answer = {"id": values["document"], "type": "application/pdf", "contenu": encoded}
        case _:
            raise Objection("demande_invalide", "Opération inconnue.")
    root = etree.Element(f"{{{EC}}}{etree.QName(body[0]).localname}Reponse", nsmap={"ec": EC})
    _fill(root, answer)
    return root


def _schema() -> etree.XMLSchema:
    found = etree.fromstring(WSDL.read_bytes()).find(".//{http://www.w3.org/2001/XMLSchema}schema")
    assert found is not None
    return etree.XMLSchema(found)


def _values(element: etree._Element) -> Any:
    """Elements as a dictionary, texts as they are."""
    if not len(element):
        return (element.text or "").strip()
    values: dict[str, Any] = {}
    for each in element:
        name = etree.QName(each).localname
        if name in REPEATED:
            values.setdefault(name, []).append(_values(each))
        else:
            values[name] = _values(each)
    return values


def _fill(parent: etree._Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            element = etree.SubElement(parent, f"{{{EC}}}{name}")
            if isinstance(each, dict):
                _fill(element, each)
            else:
                element.text = str(each)


def _fault(objection: Objection) -> etree._Element:
    code = S.Code(S.Value("s:Sender"))
    if objection.subcode:
        code.append(S.Subcode(S.Value(f"wsse:{objection.subcode}")))
    detail = etree.Element(f"{{{EC}}}Refus", nsmap={"ec": EC})
    _fill(detail, {"code": objection.word, "champ": list(objection.fields)})
    text = S.Text(objection.message, {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    fault: etree._Element = S.Fault(code, S.Reason(text), S.Detail(detail))
    return fault
