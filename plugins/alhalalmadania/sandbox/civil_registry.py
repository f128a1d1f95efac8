"""The office behind the sandbox's counter: the registers, the life of a demand, the officer's check."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from gateway.sandbox.authoring import MOROCCO, SandboxContext, letters, page

from .intake import Objection, check_identity, check_requester, in_time

CHECKED_AFTER: Final = timedelta(days=1)
DECIDED_AFTER: Final = timedelta(days=2)
"""After the check, or after the last document that was asked for."""
TO_PROVIDE: Final = timedelta(days=15)
"""The officer waits as long at least, and for a declaration until its legal time is over."""
REQUIRED: Final[Mapping[str, Sequence[str]]] = {
    "declaration_naissance": ("certificat_naissance", "livret_famille"),
    "declaration_mariage": ("acte_mariage",),
    "declaration_divorce": ("jugement_divorce",),
    "declaration_deces": ("certificat_deces",),
}
"""What has to come with a declaration; the officer asks for what is missing. With a judgment, only that."""

MOTIVES: Final = {"999": "acte_illisible", "998": "rectification_en_cours"}
"""End of an act number -> why the officer rejects the demand."""
NOWHERE: Final = "nulle part"
"""A declaration of something that happened there is rejected."""

LABELS: Final = {
    "depose": "Demande reçue",
    "verification": "Vérification par l'officier d'état civil",
    "pieces_demandees": "Pièces complémentaires demandées",
    "pieces_recues": "Pièces complémentaires reçues",
    "delivre": "Copie délivrée",
    "enregistre": "Acte enregistré",
    "rejete": "Demande rejetée par l'officier d'état civil",
    "caduc": "Demande caduque : pièces non fournies",
    "retire": "Demande retirée",
}
PAPERS: Final = {
    # state -> the paper that it brings: id, title
    "depose": ("recepisse", "Récépissé de dépôt"),
    "delivre": ("copie", "Copie d'acte d'état civil"),
    "enregistre": ("acte", "Extrait de l'acte enregistré"),
    "rejete": ("notification", "Notification de rejet"),
    "caduc": ("notification", "Notification de caducité"),
}
FINAL: Final = ("delivre", "enregistre", "rejete", "caduc")


class CivilRegistry:
    """All demands of the sandbox. Their states are worked out from the clock, so nothing has to run in between.

    Demands and answers are dictionaries with the element names of the WSDL.
    """

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._demands = context.table("demands")
        register = tomllib.loads(Path(__file__).with_name("register.toml").read_text(encoding="utf-8"))
        self._acts: list[dict[str, Any]] = register["acts"]

    def lodge(self, demand: dict[str, Any]) -> dict[str, Any]:
        """Not deduplicated by `referenceClient`: a gateway that sends blindly twice has two demands, and it shows."""
        now = self._context.clock.now()
        limit = self._check(demand)
        with self._context.store.transaction():
            self._check_undeclared(demand)
            number = f"EC-{now.year}-{len(self._demands) + 1:06d}"
            pieces = demand.pop("piece", [])
            doc = {
                **demand,
                "numero": number,
                "depot": now.isoformat(),
                "limite": limit.isoformat() if limit else None,
                "pieces": [{"reference": each["reference"], "nature": each["nature"]} for each in pieces],
                "complements": [],
                "retrait": None,
            }
            self._demands.put(number, doc)
            self._context.effects.record("demand", number, client_reference=demand["referenceClient"])
        return self._show(doc)

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._demand(number))

    def lodged_as(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._demands.where(referenceClient=client_reference)]

    def complete(self, number: str, pieces: list[dict[str, Any]]) -> dict[str, Any]:
        """Take what was asked for. The same references again change nothing."""
        references = {each["reference"] for each in pieces}
        with self._context.store.transaction():
            doc = self._demand(number)
            if not any(references <= set(each["references"]) for each in doc["complements"]):
                if "attente" not in self._show(doc):
                    raise Objection("piece_non_attendue", "Aucune pièce n'est attendue.")
                now = self._context.clock.now()
                doc["complements"].append({"at": now.isoformat(), "references": sorted(references)})
                self._demands.put(number, doc)
                self._context.effects.record("completion", number, references=sorted(references))
        return self._show(doc)

    def take_back(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._demand(number)
            if doc["retrait"] is None:
                if self._show(doc)["etat"] in FINAL:
                    raise Objection("retrait_tardif", "L'officier a déjà décidé.")
                doc["retrait"] = self._context.clock.now().isoformat()
                self._demands.put(number, doc)
                self._context.effects.record("withdrawal", number)
        return self._show(doc)

    def paper(self, number: str, id: str) -> bytes:
        doc = self._demand(number)
        shown = self._show(doc)
        for each in shown.get("document", []):
            if each["id"] == id:
                lines = [f"Al Hala Al Madania - {each['titre']}", f"Dossier {number}", LABELS[shown["etat"]]]
                if id == "acte" and doc["objet"] == "declaration_naissance":
                    lines.append(f"IDCS {_idcs(number)}")
                return page([*lines, "Bac à sable : sans valeur."])
        raise Objection("document_inconnu", "Ce document n'existe pas pour ce dossier.")

    def _demand(self, number: str) -> dict[str, Any]:
        doc = self._demands.get(number)
        if doc is None:
            raise Objection("dossier_inconnu", "Dossier inconnu.")
        return doc

    def _check(self, demand: Mapping[str, Any]) -> date | None:
        """The last day to declare, of a declaration. It is counted on the person's calendar: on a clock that runs a day
        a second, everything would soon be late."""
        if not {"copie", "declaration"}.isdisjoint(demand):
            check_requester(demand)
        if demand["objet"] in REQUIRED and "declaration" in demand:
            return in_time(demand, datetime.now(MOROCCO).date())
        if demand["objet"] in {act["object"] for act in self._acts} and "copie" in demand:
            self._check_act(demand)
            return None
        raise Objection("demande_invalide", "Objet inconnu ou demande incomplète.", "objet")

    def _check_act(self, demand: Mapping[str, Any]) -> None:
        act = demand["copie"]["acte"]
        sought = (demand["objet"], letters(demand["registre"]["bureau"]), act["numero"], act["annee"])
        for entry in self._acts:
            if (entry["object"], letters(entry["office"]), entry["number"], str(entry["year"])) == sought:
                return check_identity(demand["personne"], entry["persons"])
        raise Objection(
            "acte_introuvable", "Aucun acte ne correspond.", "acte.numero", "acte.annee", "registre.bureau"
        )  # fmt: skip

    def _check_undeclared(self, demand: Mapping[str, Any]) -> None:
        """Once for each event. The same demand sent again passes, so that it shows as a second effect."""
        if "declaration" not in demand:
            return
        for other in [doc for _, doc in self._demands.items()]:
            if (
                _event_of(other) == _event_of(demand)
                and other["referenceClient"] != demand["referenceClient"]
                and self._show(other)["etat"] not in ("rejete", "caduc", "retire")
            ):
                raise Objection("deja_declare", "Ce fait est déjà déclaré.", *_roles(demand))

    def _show(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        events, wanted, motive = self._history(doc)
        state = events[-1]["etat"]
        papers = [PAPERS[each["etat"]] for each in events if each["etat"] in PAPERS]
        return {
            "numero": doc["numero"],
            "referenceClient": doc["referenceClient"],
            "etat": state,
            **({"motif": motive} if motive else {}),
            **({"dateLimite": doc["limite"]} if doc["limite"] else {}),
            **({"attente": wanted} if wanted else {}),
            "evenement": events,
            "document": [{"id": id, "titre": title, "type": "application/pdf"} for id, title in papers],
        }

    def _history(self, doc: Mapping[str, Any]) -> tuple[list[dict[str, str]], dict[str, str] | None, str]:
        """Events so far, what the officer waits for, why it ended badly."""
        lodged, taken_back = _at(doc["depot"]), _at(doc["retrait"]) if doc["retrait"] else None
        now = taken_back or self._context.clock.now()
        events = [_event("depose", lodged, doc["limite"])]
        end = [_event("retire", taken_back)] if taken_back else []
        at = lodged + CHECKED_AFTER
        if at > now:
            return events + end, None, ""
        events.append(_event("verification", at))
        supplied = iter(doc["complements"])
        for nature in _missing(doc):
            events.append(_event("pieces_demandees", at))
            until = max(at + TO_PROVIDE, _end_of(doc["limite"])) if doc["limite"] else at + TO_PROVIDE
            given = next(supplied, None)
            if given is None:
                if now > until:
                    return [*events, _event("caduc", until)], None, "pieces_non_fournies"
                wanted = None if taken_back else {"nature": nature, "avant": _written(until)}
                return events + end, wanted, ""
            at = _at(given["at"])
            events.append(_event("pieces_recues", at))
        at += DECIDED_AFTER
        if at > now:
            return events + end, None, ""
        motive = _motive(doc)
        done = "delivre" if "copie" in doc else "enregistre"
        return [*events, _event("rejete" if motive else done, at)], None, motive


def _missing(doc: Mapping[str, Any]) -> list[str]:
    if "copie" in doc:
        wanted: Sequence[str] = () if doc["copie"]["qualiteDemandeur"] == "interesse" else ("preuve_qualite",)
    elif "jugement" in doc["declaration"]:
        wanted = ("jugement_declaratif",)
    else:
        wanted = REQUIRED[doc["objet"]]
    given = {each["nature"] for each in doc["pieces"]}
    return [each for each in wanted if each not in given]


def _motive(doc: Mapping[str, Any]) -> str:
    if "copie" in doc:
        return MOTIVES.get(doc["copie"]["acte"]["numero"][-3:], "")
    return "declaration_inexacte" if letters(doc["declaration"]["lieuFait"]) == letters(NOWHERE) else ""


def _event_of(demand: Mapping[str, Any]) -> tuple[Any, ...]:
    if "declaration" not in demand:
        return ()
    persons = [
        (each["role"], letters(each["nomLatin"]), letters(each["prenomLatin"]))
        for each in demand["personne"]
        if each["role"] in _roles(demand)
    ]
    return demand["objet"], demand["declaration"]["dateFait"], *sorted(persons)


def _roles(demand: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom the event is about."""
    about = {"declaration_naissance": ("enfant",), "declaration_deces": ("defunt",)}
    return about.get(demand["objet"], ("epoux", "epouse"))


def _event(state: str, at: datetime, limit: str | None = None) -> dict[str, str]:
    label = LABELS[state]
    if limit:
        label = f"Pré-déclaration reçue, à compléter au plus tard le {date.fromisoformat(limit):%d/%m/%Y}"
    return {"etat": state, "date": _written(at), "libelle": label}


def _end_of(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), MOROCCO)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _idcs(number: str) -> str:
    """Ten digits. The rule of the real check digit is not public, so this one has none."""
    return f"{int(hashlib.sha256(number.encode()).hexdigest(), 16) % 10**10:010d}"
