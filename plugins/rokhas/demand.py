"""Words of the gateway -> words of rokhas.ma: what is sent. Pure functions, as in `mapping.py`."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Final

import msgspec

from gateway.connectors.contract import Attachment, Refused, Submission

TYPES: Final[dict[str, tuple[str, str]]] = {
    # our service                      family         type
    "construction-permit":            ("URBANISME",  "PERMIS_CONSTRUIRE"),
    "repair-permit":                  ("URBANISME",  "PERMIS_REFECTION"),
    "demolition-permit":              ("URBANISME",  "PERMIS_DEMOLIR"),
    "occupancy-certificate":          ("URBANISME",  "PERMIS_HABITER_CONFORMITE"),
    "business-permit":                ("ECONOMIQUE", "AUTORISATION_ACTIVITE"),
    "public-domain-permit":           ("ECONOMIQUE", "OCCUPATION_DOMAINE_PUBLIC"),
}  # fmt: skip

PIECES: Final = {"plans": "PLAN", "deed": "TITRE"}
"""Members of our form that name attachments -> the portal's kind of piece."""

PROJECT: Final = {
    "description": "DESCRIPTION",
    "use": "USAGE",
    "floors": "NIVEAUX",
    "area": "SURFACE",
    "works": "TRAVAUX",
    "occupied": "OCCUPE",
    "certificate": "CERTIFICAT",
    "permit": "PERMIS",
    "activity": "ACTIVITE",
    "sign": "ENSEIGNE",
    "kind": "NATURE",
    "starts": "DEBUT",
    "days": "JOURS",
}


def body(filing: Submission) -> dict[str, Any]:
    """The body of `POST /api/dossiers`. The form has passed its schema in services.toml."""
    form = filing.form
    name = filing.service.rpartition(".")[2]
    if name not in TYPES:
        raise Refused("service_not_offered")
    family, kind = TYPES[name]
    owner, land = form["owner"], form["land"]
    return {
        "CLIENT_REFERENCE": filing.key,
        "FAMILLE": family,
        "TYPE": kind,
        "LANGUE": "ar" if filing.language == "ar" else "fr",
        "PROPRIETAIRE": {"NOM": owner["name"], **_owner_id(owner)},
        "TERRAIN": {
            "PROVINCE": land["province"],
            "COMMUNE": land["commune"],
            "ADRESSE": land["address"],
            "TITRE": land.get("title"),
        },
        "PROJET": {PROJECT[member]: value for member, value in form["project"].items()},
        "CONTACT": {"EMAIL": form["contact"]["email"], "TELEPHONE": form["contact"]["phone"]},
        "PIECES": [_piece(each, _kinds(form)) for each in filing.attachments],
    }


def answered(action: str, answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where below the demand an answer goes, and its body. A further document has a key made from the attachments, so
    that the portal knows the same answer when it comes again."""
    if action == "pay":
        stamp = answer.get("stamp")
        if not isinstance(stamp, str) or not re.fullmatch(r"[0-9]{16}", stamp):
            raise Refused("stamp_invalid")
        return "taxes", {"TIMBRE": stamp}
    if action == "provide_document":
        attachments: list[Attachment] = msgspec.convert(answer.get("attachments", []), list[Attachment])
        if not attachments:
            raise Refused("attachments_missing")
        key = hashlib.sha256("\n".join(each.id for each in attachments).encode()).hexdigest()[:32]
        return "complements", {"CLIENT_REFERENCE": key, "PIECES": [_piece(each, {}) for each in attachments]}
    raise Refused("action_not_supported")


def public_question(reference: str, owner_id: str) -> dict[str, str]:
    """The body of `POST /api/suivi`, what the public page asks for: `owner_id` is a CNIE or a trade-register number."""
    owner = re.sub(r"[\s-]", "", owner_id).upper().removeprefix("RC")
    if not re.fullmatch(r"[A-Z]{1,2}[0-9]{4,6}|[0-9]{1,10}", owner):
        raise Refused("owner_id_invalid")
    return {"REFERENCE": in_path(reference), "PROPRIETAIRE": owner}


def in_path(reference: str) -> str:
    """`reference` if it may stand in a path, so that nobody's input becomes another address."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", reference):
        raise Refused("not_found_at_portal")
    return reference


def document_id(id: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", id):
        raise Refused("document_not_found")
    return id


def _owner_id(owner: dict[str, Any]) -> dict[str, str | None]:
    company = owner["kind"] == "company"
    return {"CNIE": None if company else owner["cnie"], "RC": owner["trade_register"] if company else None}


def _kinds(form: dict[str, Any]) -> dict[str, str]:
    """Attachment id -> the portal's kind of piece."""
    named = {member: form.get(member, []) for member in PIECES}
    lists = {member: [ids] if isinstance(ids, str) else ids for member, ids in named.items()}
    return {id: PIECES[member] for member, ids in lists.items() for id in ids}


def _piece(attachment: Attachment, kinds: dict[str, str]) -> dict[str, str]:
    return {
        "NATURE": kinds.get(attachment.id, "COMPLEMENT"),
        "NOM": attachment.filename,
        "TYPE_MIME": attachment.media_type,
        "CONTENU": base64.b64encode(attachment.content).decode(),
    }
