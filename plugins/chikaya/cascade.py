"""Whom a demand is for, and what it is about: administration -> type -> theme -> sub-theme -> place.

The lists are illustrative; which goes with which is in services.toml.
"""

from __future__ import annotations

from typing import Any, Final

ADMINISTRATIONS: Final[dict[str, str]] = {
    "interior":                 "interieur",
    "foreign-affairs":          "affaires_etrangeres",
    "post":                     "poste",
    "taxes":                    "impots",
}  # fmt: skip
TYPES: Final[dict[str, str]] = {
    "civil-status-office":      "bureau_etat_civil",
    "commune":                  "commune",
    "consulate":                "consulat",
    "central-services":         "services_centraux",
    "agency":                   "agence",
    "delivery-centre":          "centre_distribution",
    "tax-office":               "recette",
    "online-service":           "service_en_ligne",
}  # fmt: skip
THEMES: Final[dict[str, str]] = {
    "civil-status":             "etat_civil",
    "local-permits":            "autorisations",
    "consular-documents":       "documents_consulaires",
    "reception":                "accueil",
    "parcels":                  "colis",
    "fee-stamps":               "timbres",
}  # fmt: skip
SUB_THEMES: Final[dict[str, str]] = {
    "late-document":            "document_en_retard",
    "record-error":             "erreur_dans_acte",
    "lost-document":            "document_perdu",
    "late-decision":            "decision_en_retard",
    "unreasoned-refusal":       "refus_non_motive",
    "waiting":                  "attente",
    "conduct":                  "comportement",
    "lost-parcel":              "colis_perdu",
    "late-parcel":              "colis_en_retard",
    "damaged-parcel":           "colis_endommage",
    "paid-not-issued":          "paye_non_delivre",
    "not-refunded":             "non_rembourse",
}  # fmt: skip


def target(about: dict[str, Any]) -> dict[str, Any]:
    """The form's `about` in the portal's words."""
    return {
        "administration": ADMINISTRATIONS[about["administration"]],
        "type": TYPES[about["type"]],
        "theme": THEMES[about["theme"]],
        "sub_theme": SUB_THEMES[about["sub_theme"]],
        "place": about["place"],
    }


def consulate(about: dict[str, Any]) -> dict[str, Any]:
    """The same of a form that asks for a consulate."""
    place = {"country": about["country"], "city": about["consulate"]}
    return target({"administration": "foreign-affairs", "type": "consulate", **about, "place": place})
