"""The rules behind the sandbox's counter: the life of a demand, the commission, the fees, and what is refused.

A demand's history is worked out from the clock and from what was handed in, so nothing has to run in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.sandbox.authoring import MOROCCO, Objection, SandboxContext, objections, page

from .shapes import Complement, NewDemand, Owner, Piece, Sought

VERSION: Final = " V12"
DAY: Final = timedelta(days=1)

COMMUNES: Final = frozenset({"Agadir", "Casablanca", "Fès", "Marrakech", "Oujda", "Rabat", "Tanger"})
PREFIXES: Final = {
    "PERMIS_CONSTRUIRE": "PC",
    "PERMIS_REFECTION": "PR",
    "PERMIS_DEMOLIR": "PD",
    "PERMIS_HABITER_CONFORMITE": "PH",
    "AUTORISATION_ACTIVITE": "AE",
    "OCCUPATION_DOMAINE_PUBLIC": "OD",
}
NEEDS_PLANS: Final = frozenset({"PERMIS_CONSTRUIRE"})

UNFAVOURABLE, UNSAFE, ADJOURNED, RESERVATIONS, NEW_STEP = (
    "DEFAVORABLE", "DANGER", "AJOURNE", "RESERVES", "ETAPE NOUVELLE",
)  # fmt: skip
"""Words in the description that tell the commission what to do (README.md)."""

ELSEWHERE: Final = {
    # number: owner, filed on (local time), how far it came. Not filed through the gateway.
    "PC-2024-000317": ("AB123456", datetime(2024, 3, 4, 9, 30, tzinfo=MOROCCO), "Permis délivré"),
    "AE-2025-000088": ("45871", datetime(2025, 3, 10, 14, 5, 9, tzinfo=MOROCCO), "Examen par la commission"),
}

PAPERS: Final = {
    # step -> the paper that it brings: id, title
    "Dépôt du dossier": ("recepisse", "Récépissé de dépôt"),
    "Avis favorable": ("avis", "Avis de la commission"),
    "Avis favorable avec réserves": ("avis", "Avis de la commission"),
    "Avis défavorable": ("avis", "Avis de la commission"),
    "Permis délivré": ("permis", "Permis signé par le président du conseil"),
    "Refus notifié": ("refus", "Notification de refus"),
}
ENDS: Final = frozenset({"Permis délivré", "Refus notifié", "Désistement du demandeur"})

Moment = tuple[str, datetime]


class Permits:
    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._demands = context.table("demands")
        self._stamps = context.table("stamps")

    def create(self, demand: NewDemand) -> dict[str, Any]:
        """Not deduplicated by `CLIENT_REFERENCE`: a gateway that sends blindly twice has two demands, and it shows."""
        self._check(demand)
        now = self._context.clock.now()
        with self._context.store.transaction():
            number = f"{PREFIXES[demand.type]}-{now.year}-{len(self._demands) + 1:06d}"
            doc = {
                "number": number,
                "client_reference": demand.client_reference,
                "type": demand.type,
                "owner": demand.proprietaire.id,
                "project": demand.projet,
                "pieces": _listed(demand.pieces),
                "created_at": now.isoformat(),
                "complement": None,
                "paid": None,
                "withdrawn_at": None,
            }
            self._demands.put(number, doc)
            self._context.effects.record("dossier", number, client_reference=demand.client_reference)
        return self._show(doc)

    def check(self, sought: Sought) -> list[dict[str, Any]]:
        """What the counter would object to, whatever the pieces are. Nothing is kept."""
        return objections(
            lambda: _check_owner(sought.proprietaire),
            lambda: _check_asker(sought),
            lambda: self._check_project(sought),
            fields_member="CHAMPS",
        )

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._demand(number))

    def lodged_as(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._demands.where(client_reference=client_reference)]

    def complete(self, number: str, complement: Complement) -> dict[str, Any]:
        """What the commission asked for. The same answer again changes nothing."""
        with self._context.store.transaction():
            doc = self._demand(number)
            known = doc["complement"]
            if known is None or known["client_reference"] != complement.client_reference:
                if self._now_at(doc) != "Dossier ajourné":
                    raise Objection(409, "complement_non_demande", "Aucune pièce n'est demandée.")
                doc["complement"] = {
                    "client_reference": complement.client_reference,
                    "pieces": _listed(complement.pieces),
                    "at": self._context.clock.now().isoformat(),
                }
                self._demands.put(number, doc)
                self._context.effects.record("complement", number)
        return self._show(doc)

    def pay(self, number: str, stamp: str) -> dict[str, Any]:
        """The fees, with the serial of an e-stamp. The same stamp again changes nothing."""
        if not re.fullmatch(r"[0-9]{16}", stamp):
            raise Objection(422, "timbre_invalide", "Le timbre comporte 16 chiffres.", "TIMBRE")
        with self._context.store.transaction():
            doc = self._demand(number)
            if doc["paid"] is not None and doc["paid"]["stamp"] != stamp:
                raise Objection(409, "taxe_deja_payee", "Les taxes sont payées avec un autre timbre.")
            if doc["paid"] is None:
                if self._now_at(doc) != "Liquidation des taxes":
                    raise Objection(409, "taxe_non_liquidee", "Aucune taxe n'est due.")
                if self._stamps.get(stamp) is not None:
                    raise Objection(422, "timbre_deja_utilise", "Ce timbre a déjà servi.", "TIMBRE")
                self._stamps.put(stamp, {"demand": number})
                doc["paid"] = {"stamp": stamp, "at": self._context.clock.now().isoformat()}
                self._demands.put(number, doc)
                self._context.effects.record("taxe", number, stamp=stamp)
        return self._show(doc)

    def withdraw(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._demand(number)
            if doc["withdrawn_at"] is None:
                if self._now_at(doc) in ENDS:
                    raise Objection(409, "desistement_tardif", "Le dossier est clos.")
                doc["withdrawn_at"] = self._context.clock.now().isoformat()
                self._demands.put(number, doc)
                self._context.effects.record("desistement", number)
        return self._show(doc)

    def paper(self, number: str, id: str) -> bytes:
        for paper in self.get(number)["DOCUMENTS"]:
            if paper["ID"] == id:
                signed = "Signé électroniquement par le président du conseil." if id == "permis" else ""
                return page([f"Rokhas - {paper['TITRE']}", f"Dossier {number}", signed, "Bac à sable : sans valeur."])
        raise Objection(404, "document_inconnu", "Ce document n'existe pas pour ce dossier.")

    def public(self, number: str, owner: str) -> dict[str, Any]:
        """What the public page shows. Another owner and an unknown number get the same answer."""
        doc = self._demands.get(number)
        if doc is not None and doc["owner"] == owner:
            return {"REFERENCE": number, "historic": self._show(doc)["historic"]}
        known, filed, reached = ELSEWHERE.get(number, ("", None, ""))
        if filed is None or known != owner:
            raise _unknown()
        way = ["Dépôt du dossier", "Contrôle de recevabilité", "Examen par la commission"]
        if reached == "Permis délivré":
            way += ["Avis favorable", "Signature du président", "Permis délivré"]
        return {"REFERENCE": number, "historic": _historic([(step, filed + DAY * n) for n, step in enumerate(way)], [])}

    # --- The rules ---

    def _check(self, demand: NewDemand) -> None:
        _check_owner(demand.proprietaire)
        _check_requester(demand)
        self._check_project(demand)

    def _check_project(self, demand: NewDemand | Sought) -> None:
        owner = demand.proprietaire
        if demand.terrain.commune not in COMMUNES:
            raise Objection(422, "commune_non_couverte", "Commune non couverte.", "TERRAIN.COMMUNE")
        if demand.type == "PERMIS_HABITER_CONFORMITE" and not self._permitted(demand.projet.get("PERMIS"), owner):
            raise Objection(422, "permis_introuvable", "Permis de construire inconnu.", "PROJET.PERMIS")

    def _permitted(self, number: Any, owner: Owner) -> bool:
        if number in ELSEWHERE:
            known, _, reached = ELSEWHERE[number]
            return (known, reached) == (owner.id, "Permis délivré")
        doc = self._demands.get(str(number))
        return doc is not None and doc["owner"] == owner.id and self._now_at(doc) == "Permis délivré"

    def _demand(self, number: str) -> dict[str, Any]:
        doc = self._demands.get(number)
        if doc is None:
            raise _unknown()
        return doc

    def _now_at(self, doc: dict[str, Any]) -> str:
        return self._begun(doc)[-1][0]

    def _begun(self, doc: dict[str, Any]) -> list[Moment]:
        taken_back = doc["withdrawn_at"]
        now = datetime.fromisoformat(taken_back) if taken_back else self._context.clock.now()
        begun = [(step, at) for step, at in _way(doc) if at <= now]
        return [*begun, ("Désistement du demandeur", now)] if taken_back else begun

    def _show(self, doc: dict[str, Any]) -> dict[str, Any]:
        begun = self._begun(doc)
        last = begun[-1][0]
        seen = {step for step, _ in begun}
        ahead = [] if last in ENDS else [each for each in ("Examen par la commission",) if each not in seen]
        papers = dict(PAPERS[step] for step, _ in begun if step in PAPERS)
        wish = "piece_manquante" if _has_plans(doc) else "plans_manquants"
        return {
            "REFERENCE": doc["number"],
            "CLIENT_REFERENCE": doc["client_reference"],
            "historic": _historic(begun, ahead),
            "COMPLEMENT": {"MOTIF": wish} if last == "Dossier ajourné" else None,
            "TAXE": _fees(doc) if "Liquidation des taxes" in seen else None,
            "MOTIF": _motive(doc) if last == "Refus notifié" else None,
            "DOCUMENTS": [{"ID": id, "TITRE": title, "TYPE_MIME": "application/pdf"} for id, title in papers.items()],
        }  # fmt: skip


def _way(doc: dict[str, Any]) -> Iterator[Moment]:
    """Every step with its time, as far as it can be foretold today."""
    at = datetime.fromisoformat(doc["created_at"])
    said = str(doc["project"].get("DESCRIPTION", ""))
    yield "Dépôt du dossier", at
    yield "Contrôle de recevabilité", at + DAY / 2
    yield "Examen par la commission", at + DAY * 3 / 2
    at += DAY * 3
    if NEW_STEP in said:
        yield "Consultation de l'agence urbaine", at
        return
    if _motive(doc) is not None:
        yield "Avis défavorable", at
        yield "Refus notifié", at + DAY
        return
    if ADJOURNED in said or (doc["type"] in NEEDS_PLANS and not _has_plans(doc)):
        yield "Dossier ajourné", at
        if doc["complement"] is None:
            return
        at = datetime.fromisoformat(doc["complement"]["at"])
        yield "Complément déposé", at
        yield "Examen par la commission", at + DAY
        at += DAY * 2
    yield "Avis favorable avec réserves" if RESERVATIONS in said else "Avis favorable", at
    if _amount(doc):
        yield "Liquidation des taxes", at + DAY / 2
        if doc["paid"] is None:
            return
        at = datetime.fromisoformat(doc["paid"]["at"])
        yield "Taxes acquittées", at
    yield "Signature du président", at + DAY
    yield "Permis délivré", at + DAY * 2


def _has_plans(doc: dict[str, Any]) -> bool:
    return any(each["kind"] == "PLAN" for each in doc["pieces"])


def _motive(doc: dict[str, Any]) -> str | None:
    said = str(doc["project"].get("DESCRIPTION", ""))
    return "non_conforme_plan" if UNFAVOURABLE in said else "securite" if UNSAFE in said else None


def _amount(doc: dict[str, Any]) -> int:
    """Dirhams. An invented tariff: by area, by area and day, or by kind of permit."""
    project = doc["project"]
    return {
        "PERMIS_CONSTRUIRE": 20 * int(project.get("SURFACE", 0)),
        "PERMIS_DEMOLIR": 500,
        "AUTORISATION_ACTIVITE": 1000,
        "OCCUPATION_DOMAINE_PUBLIC": 2 * int(project.get("SURFACE", 0)) * int(project.get("JOURS", 0)),
    }.get(doc["type"], 0)


def _fees(doc: dict[str, Any]) -> dict[str, Any]:
    return {"MONTANT": f"{_amount(doc)}.00", "ACQUITTE": doc["paid"] is not None}


def _historic(begun: list[Moment], ahead: list[str]) -> list[dict[str, Any]]:
    """Oldest first; a step ends when the next one begins."""
    last = len(begun) - 1
    return [
        *(
            {
                "LABEL": step + VERSION,
                "START_TIME": at.astimezone(MOROCCO).strftime("%d/%m/%Y %H:%M:%S"),
                "STATUS": "done" if number < last or step in ENDS else "active",
            }
            for number, (step, at) in enumerate(begun)
        ),
        *({"LABEL": step + VERSION, "START_TIME": None, "STATUS": "pending"} for step in ahead),
    ]


def _listed(pieces: list[Piece]) -> list[dict[str, Any]]:
    return [{"kind": each.nature, "name": each.nom, "size": len(each.contenu)} for each in pieces]


def _unknown() -> Objection:
    return Objection(404, "dossier_inconnu", "Dossier inconnu, ou propriétaire différent.")


def _check_owner(owner: Owner) -> None:
    if (owner.cnie is None) == (owner.rc is None):
        raise Objection(400, "demande_invalide", "CNIE ou registre du commerce, l'un des deux.")
    if not re.fullmatch("(?=.{2,8}$)[A-Z]{1,2}[1-9][0-9]{0,6}" if owner.rc is None else "[0-9]{1,10}", owner.id):
        field = "PROPRIETAIRE.CNIE" if owner.rc is None else "PROPRIETAIRE.RC"
        raise Objection(422, "proprietaire_invalide", "Numéro non valable.", field)


def _check_requester(demand: NewDemand) -> None:
    """The owner asks, or who can show the company's entry in the trade register."""
    _check_asker(demand)
    if demand.proprietaire.rc is not None and not any(each.nature == "REGISTRE_COMMERCE" for each in demand.pieces):
        raise Objection(422, "demandeur_non_habilite", "La qualité n'est pas prouvée.", "PROPRIETAIRE.RC")


def _check_asker(demand: NewDemand | Sought) -> None:
    if demand.proprietaire.rc is not None:
        if demand.demandeur is None:
            raise Objection(422, "demandeur_non_habilite", "La qualité n'est pas prouvée.", "PROPRIETAIRE.RC")
    elif demand.demandeur is None or demand.demandeur.cnie != demand.proprietaire.cnie:
        raise Objection(422, "demandeur_non_habilite", "Seul le propriétaire demande.", "PROPRIETAIRE.CNIE")
