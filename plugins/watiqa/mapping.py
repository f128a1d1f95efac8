"""Words of watiqa.ma <-> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    Progress,
    Reference,
    Statuses,
    Submission,
    arabic_or_french,
    check_findings,
    file_in_json,
    motive,
    offered,
    progress_by,
    same,
    step,
    under_names,
    with_key,
)

STATUSES: Final[Statuses] = {
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
    "demandeur_non_habilite":         "requester_not_entitled",
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
REQUESTER: Final = {
    "cnie": "national_id",
    "last_name_latin": "family_name",
    "first_name_latin": "given_name",
    "birth_date": "birth_date",
}
"""The portal's members for who signed in, as the identity provider has verified it."""


# --- To the portal ------------------------------------------------------------------------------------------------


def order(filing: Submission) -> dict[str, Any]:
    """The body of `POST /orders`. The form has passed its schema in services.toml."""
    form = filing.form
    return {
        "client_reference": filing.key,
        "document": offered(DOCUMENTS, filing.service),
        "language": arabic_or_french(filing.language),
        "copies": form.get("copies", 1),
        "holder": form["person"],
        "requester": under_names(REQUESTER, filing.requester),
        **({"registration": form["registration"]} if "registration" in form else _act(form)),
        "contact": form["contact"],
        "delivery": {
            "mode": DELIVERY[form["delivery"]["method"]],
            "address": form["delivery"].get("address"),
        },
        "stamp": filing.stamp,
        "attachments": [
            file_in_json(each, name="name", media_type="media_type", content="content") for each in filing.attachments
        ],
    }


def sought(filing: Submission) -> dict[str, Any]:
    """The body of `POST /orders/check`: what the register compares, and nothing else of the person."""
    form = filing.form
    return {
        "document": offered(DOCUMENTS, filing.service),
        "holder": form["person"],
        "requester": under_names(REQUESTER, filing.requester),
        **({"registration": form["registration"]} if "registration" in form else _act(form)),
    }


def _act(form: dict[str, Any]) -> dict[str, Any]:
    registry = form["registry"]
    return {
        "registry": {**registry, "born_in": BORN_IN[registry["born_in"]]},
        "parents": form["parents"],
        "act": {"number": form["act"]["number"], "year": form["act"]["register_year"]},
    }


# --- From the portal ----------------------------------------------------------------------------------------------


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

    number: Reference
    state: str
    motive: str | None
    history: list[_Event]


class _Order(_Tracked, frozen=True):
    """The answer of `POST /orders` and `GET /orders/{number}`."""

    client_reference: str
    documents: list[_Document]


class _Orders(msgspec.Struct, frozen=True):
    orders: list[_Order]


class _States(msgspec.Struct, frozen=True):
    """The answer of `POST /orders/states`: each order is read by itself, so that an odd one hides no other."""

    orders: list[msgspec.Raw]


def objections(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, FIELDS)


def filed(key: str, body: bytes) -> Filed:
    lodged = msgspec.json.decode(body, type=_Order)
    same(lodged.client_reference, key, "key")
    return _filed(lodged)


def found(key: str, body: bytes) -> Filed | None:
    """The first order lodged with `key`. Compared here too: a portal that ignores its filter would answer another's."""
    return with_key(msgspec.json.decode(body, type=_Orders).orders, key, _filed)


def progress(body: bytes) -> Progress:
    order = msgspec.json.decode(body, type=_Order)
    return _progress(order, order.documents)


def states(body: bytes, keys: Mapping[str, str]) -> list[Progress]:
    """Of several orders at once, by the key that each number was lodged with. What cannot be read, or was lodged with
    another key, is left out; a number that nobody asked about is not: the gateway judges that."""
    read = []
    for raw in msgspec.json.decode(body, type=_States).orders:
        try:
            order = msgspec.json.decode(raw, type=_Order)
        except msgspec.ValidationError:
            continue
        if keys.get(order.number, order.client_reference) == order.client_reference:
            read.append(_progress(order, order.documents))
    return read


def tracked(reference: str, body: bytes) -> Progress:
    said = msgspec.json.decode(body, type=_Tracked)
    same(said.number, reference, "demand")
    return _progress(said)


def _filed(order: _Order) -> Filed:
    return Filed(reference=order.number, progress=_progress(order, order.documents))


def _progress(order: _Tracked, documents: Sequence[_Document] = ()) -> Progress:
    return progress_by(
        STATUSES,
        order.number,
        order.state,
        [step(STATUSES, event.state, event.at, event.label) for event in order.history],
        documents=[DocumentRef(id=d.id, title=d.title, media_type=d.media_type) for d in documents],
        reason=motive(MOTIVES, order.motive),
    )
