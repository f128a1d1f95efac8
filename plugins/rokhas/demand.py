"""Words of the gateway -> words of rokhas.ma: what is sent. Pure functions, as in `mapping.py`."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from gateway.connectors.authoring import (
    Attachment,
    Refused,
    Submission,
    arabic_or_french,
    file_in_json,
    in_address,
    national_id,
    offered,
    typed_text,
    under_names,
)

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

OWNER_PIECES: Final = {"trade_register_extract": "REGISTRE_COMMERCE"}
"""The same for the owner's own members: who may act for a company."""

REQUESTER: Final = {"CNIE": "national_id", "NOM": "name"}
"""The portal's members for who signed in, as the identity provider has verified it."""

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
    family, kind = offered(TYPES, filing.service)
    owner, land = form["owner"], form["land"]
    return {
        "CLIENT_REFERENCE": filing.key,
        "FAMILLE": family,
        "TYPE": kind,
        "LANGUE": arabic_or_french(filing.language),
        "PROPRIETAIRE": {"NOM": owner["name"], **_owner_id(owner)},
        "DEMANDEUR": under_names(REQUESTER, filing.requester),
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


def sought(filing: Submission) -> dict[str, Any]:
    """The body of `POST /api/dossiers/verification`: whose, where, and for which permit."""
    whole = body(filing)
    return {name: whole[name] for name in ("TYPE", "PROPRIETAIRE", "DEMANDEUR", "TERRAIN", "PROJET")}


def answered(action: str, answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where below the demand an answer goes, and its body. A further document has a key made from the attachments, so
    that the portal knows the same answer when it comes again."""
    if action == "pay":
        stamp = answer.get("stamp")
        if not isinstance(stamp, str) or not re.fullmatch(r"[0-9]{16}", stamp):
            raise Refused("stamp_invalid")
        return "taxes", {"TIMBRE": stamp}
    if action == "provide_document":
        attachments: list[Attachment] = answer.get("attachments", [])
        if not attachments:
            raise Refused("attachments_missing")
        key = hashlib.sha256("\n".join(each.id for each in attachments).encode()).hexdigest()[:32]
        return "complements", {"CLIENT_REFERENCE": key, "PIECES": [_piece(each, {}) for each in attachments]}
    raise Refused("action_not_supported")


def public_question(reference: str, owner_id: str) -> dict[str, str]:
    """The body of `POST /api/suivi`, what the public page asks for: `owner_id` is a CNIE or a trade-register number."""
    owner = typed_text.ascii_upper(re.sub(r"[\s-]", "", owner_id))
    company = owner.removeprefix("RC")
    if re.fullmatch("[0-9]{1,10}", company):
        owner = company
    else:
        try:
            owner = national_id.normalise(owner)
        except ValueError:
            raise Refused("owner_id_invalid") from None
    return {"REFERENCE": in_address(reference), "PROPRIETAIRE": owner}


def _owner_id(owner: dict[str, Any]) -> dict[str, str | None]:
    company = owner["kind"] == "company"
    return {"CNIE": None if company else owner["cnie"], "RC": owner["trade_register"] if company else None}


def _kinds(form: dict[str, Any]) -> dict[str, str]:
    """Attachment id -> the portal's kind of piece."""
    named = {member: form.get(member, []) for member in PIECES}
    named["trade_register_extract"] = form["owner"].get("trade_register_extract", [])
    lists = {member: [ids] if isinstance(ids, str) else ids for member, ids in named.items()}
    return {id: (PIECES | OWNER_PIECES)[member] for member, ids in lists.items() for id in ids}


def _piece(attachment: Attachment, kinds: dict[str, str]) -> dict[str, str]:
    return {
        "NATURE": kinds.get(attachment.id, "COMPLEMENT"),
        **file_in_json(attachment, name="NOM", media_type="TYPE_MIME", content="CONTENU"),
    }
