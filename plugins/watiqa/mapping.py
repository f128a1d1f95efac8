"""Words of watiqa.ma <-> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from gateway.connectors.contract import (
    CaseStatus,
    Document,
    DocumentRef,
    Filed,
    Milestone,
    Progress,
    Refused,
    Step,
    Submission,
)

STATUSES: Final[dict[str, tuple[CaseStatus, Milestone | None]]] = {
    # the portal says      the person's case is      and the demand stands at
    "creation":           (CaseStatus.RECEIVED,      Milestone.CREATED),
    "paiement":           (CaseStatus.RECEIVED,      Milestone.PAID),
    "traitement_bec":     (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "pret":               (CaseStatus.IN_PROGRESS,   Milestone.READY),
    "expedie":            (CaseStatus.IN_PROGRESS,   Milestone.POSTED),
    "remis":              (CaseStatus.COMPLETED,     Milestone.DELIVERED),
    "rejetee":            (CaseStatus.REJECTED,      Milestone.REFUSED),
    "annulee":            (CaseStatus.WITHDRAWN,     None),
}  # fmt: skip
"""A word that is not here is `in_progress` with a warning."""

REFUSALS: Final[dict[str, str]] = {
    # the portal objects               the gateway says
    "acte_introuvable":               "act_not_found",
    "identite_non_conforme":          "identity_mismatch",
    "immatriculation_introuvable":    "consular_registration_not_found",
    "timbre_manquant":                "stamp_missing",
    "timbre_invalide":                "stamp_invalid",
    "timbre_deja_utilise":            "stamp_already_used",
    "demande_invalide":               "form_not_accepted",
    "commande_inconnue":              "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "annulation_tardive":             "too_late",
    "reedition_impossible":           "action_not_supported",
}  # fmt: skip
"""A word that is not here is `portal_refused`."""

MOTIVES: Final[dict[str, str]] = {
    # the officer rejected because     the gateway says
    "acte_illisible":                 "act_unreadable",
    "rectification_en_cours":         "act_under_correction",
}  # fmt: skip
"""A motive that is not here is `officer_refused`."""

FIELDS: Final[dict[str, str]] = {
    # the portal's field               the field of our form
    "registry.office":                "/registry/office",
    "act.number":                     "/act/number",
    "act.year":                       "/act/register_year",
    "holder.cnie":                    "/person/cnie",
    "holder.last_name_latin":         "/person/last_name_latin",
    "holder.first_name_latin":        "/person/first_name_latin",
    "holder.last_name_arabic":        "/person/last_name_arabic",
    "holder.first_name_arabic":       "/person/first_name_arabic",
    "holder.birth_date":              "/person/birth_date",
    "registration.consulate":         "/registration/consulate",
    "registration.number":            "/registration/number",
}  # fmt: skip

DOCUMENTS: Final[dict[str, str]] = {
    "birth-extract":                        "extrait_naissance",
    "birth-full-copy":                      "copie_integrale_naissance",
    "consular-registration-certificate":    "attestation_immatriculation_consulaire",
}  # fmt: skip

BORN_IN: Final = {"morocco": "maroc", "abroad": "etranger"}
DELIVERY: Final = {"post": "poste", "pickup": "guichet"}
LANGUAGES: Final = {"ar": "ar", "fr": "fr"}
"""Documents exist in these two; whoever reads another language gets French."""


# --- To the portal ------------------------------------------------------------------------------------------------


def order(filing: Submission) -> dict[str, Any]:
    """The body of `POST /orders`. The form has passed its schema in services.toml."""
    form = filing.form
    name = filing.service.rpartition(".")[2]
    if name not in DOCUMENTS:
        raise Refused("service_not_offered")
    return {
        "client_reference": filing.key,
        "document": DOCUMENTS[name],
        "language": LANGUAGES.get(filing.language, "fr"),
        "copies": form.get("copies", 1),
        "holder": form["person"],
        **({"registration": form["registration"]} if "registration" in form else _act(form)),
        "contact": form["contact"],
        "delivery": {
            "mode": DELIVERY[form["delivery"]["method"]],
            "address": form["delivery"].get("address"),
        },
        "stamp": filing.stamp,
        "attachments": [
            {"name": a.filename, "media_type": a.media_type, "content": base64.b64encode(a.content).decode()}
            for a in filing.attachments
        ],
    }


def _act(form: dict[str, Any]) -> dict[str, Any]:
    registry = form["registry"]
    return {
        "registry": {**registry, "born_in": BORN_IN[registry["born_in"]]},
        "parents": form["parents"],
        "act": {"number": form["act"]["number"], "year": form["act"]["register_year"]},
    }


def reissue(action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The body of `POST /orders/{number}/reissue`."""
    if action != "reissue" or not isinstance(answer.get("parcel"), str):
        raise Refused("action_not_supported")
    return {"parcel": answer["parcel"]}


def order_number(reference: str) -> str:
    """`reference` if it may stand in a path, so that nobody's input becomes another address."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", reference):
        raise Refused("not_found_at_portal")
    return reference


def document_id(id: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", id):
        raise Refused("document_not_found")
    return id


# --- From the portal ----------------------------------------------------------------------------------------------

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Event(msgspec.Struct, frozen=True):
    state: str
    at: Instant
    label: str


class _Document(msgspec.Struct, frozen=True):
    id: str
    title: str
    media_type: str


class _Tracked(msgspec.Struct, frozen=True):
    """The answer of `POST /tracking`: all members are required, so that a renamed one is noticed."""

    number: str
    state: str
    motive: str | None
    history: list[_Event]


class _Order(_Tracked, frozen=True):
    """The answer of `POST /orders` and `GET /orders/{number}`."""

    client_reference: str
    documents: list[_Document]


class _Orders(msgspec.Struct, frozen=True):
    orders: list[_Order]


class _Objection(msgspec.Struct, frozen=True):
    fields: list[str] = []


def filed(body: bytes) -> Filed:
    return _filed(msgspec.json.decode(body, type=_Order))


def found(key: str, body: bytes) -> Filed | None:
    """The first order lodged with `key`. Compared here too: a portal that ignores its filter would answer another's."""
    for order in msgspec.json.decode(body, type=_Orders).orders:
        if order.client_reference == key:
            return _filed(order)
    return None


def progress(body: bytes) -> Progress:
    order = msgspec.json.decode(body, type=_Order)
    return _progress(order, order.documents)


def tracked(body: bytes) -> Progress:
    return _progress(msgspec.json.decode(body, type=_Tracked))


def document(reference: str, id: str, media_type: str, content: bytes) -> Document:
    """Only PDF is expected, and by its first bytes too: an error page under a PDF's address is not a document."""
    if media_type.partition(";")[0].strip().lower() != "application/pdf" or not content.startswith(b"%PDF-"):
        raise msgspec.ValidationError("the document is not a PDF")
    return Document(id=id, filename=f"{reference}-{id}.pdf", media_type="application/pdf", content=content)


def objections(code: str, body: bytes) -> dict[str, str]:
    """The fields a refusal names, as pointers into our form; a field that we do not know is left out."""
    try:
        names = msgspec.json.decode(body, type=_Objection).fields
    except msgspec.DecodeError:
        return {}
    return {FIELDS[name]: code for name in names if name in FIELDS}


def _filed(order: _Order) -> Filed:
    return Filed(reference=order.number, progress=_progress(order, order.documents))


def _progress(order: _Tracked, documents: Sequence[_Document] = ()) -> Progress:
    known = order.state in STATUSES
    status, milestone = STATUSES.get(order.state, (CaseStatus.IN_PROGRESS, None))
    rejected = status is CaseStatus.REJECTED
    return Progress(
        reference=order.number,
        status=status,
        portal_status=order.state,
        milestone=milestone,
        steps=[_step(event) for event in order.history],
        documents=[DocumentRef(id=d.id, title=d.title, media_type=d.media_type) for d in documents],
        reason=MOTIVES.get(order.motive or "", "officer_refused") if rejected else "",
        warnings=[] if known else [f"unknown portal status: {order.state[:60]}"],
    )


def _step(event: _Event) -> Step:
    _, milestone = STATUSES.get(event.state, (None, None))
    return Step(at=event.at, label=event.label, milestone=milestone)
