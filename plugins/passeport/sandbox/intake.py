"""What the sandbox takes as a pre-application, and what it objects to at once."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from gateway.sandbox.authoring import Objection, SandboxContext, letters, objections, partial_date

from .shapes import NewFile, Sought

OF_AGE: Final = 18
AMOUNTS: Final = {"mineur": 6000, "perte": 108000, "vol": 108000}
"""Centimes by type where it is not that of an adult."""
ADULT_AMOUNTS: Final = {"consulat": 86000, "maroc": 50000}


class Register:
    """What is known beforehand: people by CNIE, stamps by serial, files that were made on the site by number."""

    def __init__(self) -> None:
        known = tomllib.loads(Path(__file__).with_name("register.toml").read_text(encoding="utf-8"))
        self.people: dict[str, dict[str, Any]] = {each["cnie"]: each for each in known["people"]}
        self.stamps: dict[str, dict[str, Any]] = {each["serial"]: each for each in known["stamps"]}
        self.files: dict[str, dict[str, Any]] = {each["numero"]: each for each in known["files"]}


class Intake:
    def __init__(self, context: SandboxContext, register: Register) -> None:
        self._clock = context.clock
        self._register = register
        self._void = context.table("void_passports")

    def objections(self, sought: Sought) -> list[dict[str, Any]]:
        """What `check` would object to, whatever the stamp and the pieces are."""
        checks = [self._check_person, _check_asker, self._check_place, self._check_passport]
        if sought.type in ("perte", "vol"):
            checks.append(self._check_date)
        return objections(*(partial(each, sought) for each in checks), fields_member="champs")

    def check(self, new: NewFile) -> None:
        self._check_person(new)
        _check_requester(new)
        self._check_place(new)
        self._check_passport(new)
        if new.type in ("perte", "vol"):
            self._check_date(new)
            if "proces_verbal" not in [piece.objet for piece in new.pieces]:
                raise Objection(422, "declaration_invalide", "Le procès-verbal manque.", "declaration.police.piece")
        if new.type in ("mineur", "premiere_demande") and new.acte_naissance is None:
            raise Objection(400, "pre_demande_invalide", "L'acte de naissance est exigé.")
        if new.remise.mode == "poste" and not new.remise.adresse:
            raise Objection(400, "pre_demande_invalide", "Adresse de livraison manquante.", "remise.adresse")
        self._check_stamp(new)

    def _check_person(self, new: NewFile | Sought) -> None:
        minor = self._minor(new.demandeur.date_naissance)
        if new.type != "mineur":
            if minor:
                raise Objection(422, "majeur_exige", "Demande réservée aux majeurs.", "demandeur.date_naissance")
            if new.demandeur.cnie is None:
                raise Objection(400, "pre_demande_invalide", "La CNIE est exigée.", "demandeur.cnie")
        elif not minor:
            raise Objection(422, "mineur_exige", "Demande réservée aux mineurs.", "demandeur.date_naissance")
        elif new.tuteur is None:
            raise Objection(422, "tuteur_manquant", "Un mineur est représenté par son tuteur.", "tuteur")
        elif not new.tuteur.consentement:
            raise Objection(422, "consentement_manquant", "Le tuteur doit consentir.", "tuteur.consentement")

    def _check_place(self, new: NewFile | Sought) -> None:
        if new.lieu.cadre == "maroc":
            return
        if new.immatriculation is None:
            raise Objection(400, "pre_demande_invalide", "L'immatriculation consulaire est exigée.")
        known = self._register.people.get(_answerable(new))
        if known is not None and letters(known["immatriculation"]) != letters(new.immatriculation.numero):
            raise Objection(
                422, "immatriculation_introuvable", "Aucune immatriculation ne correspond.", "immatriculation.numero"
            )

    def _check_passport(self, new: NewFile | Sought) -> None:
        if new.ancien_passeport is None:
            if new.type not in ("premiere_demande", "mineur"):
                raise Objection(400, "pre_demande_invalide", "L'ancien passeport est exigé.")
            return
        number, field = new.ancien_passeport.numero, "ancien_passeport.numero"
        owner = next((each for each in self._register.people.values() if number in each["passeports"]), None)
        if owner is not None and owner["cnie"] != new.demandeur.cnie:
            raise Objection(422, "passeport_inconnu", "Aucun passeport de ce numéro à ce nom.", field)
        lost = (owner is not None and number in owner.get("perdus", ())) or self._void.get(number) is not None
        if lost and new.type not in ("perte", "vol"):
            raise Objection(422, "passeport_declare_perdu", "Ce passeport a été déclaré perdu ou volé.", field)

    def _check_date(self, new: NewFile | Sought) -> None:
        if new.declaration is None:
            raise Objection(400, "pre_demande_invalide", "La déclaration est exigée.")
        happened = _day(new.declaration.date)
        if happened is None or happened > self._clock.now().date():
            raise Objection(422, "declaration_invalide", "La date n'est pas passée.", "declaration.date")

    def _check_stamp(self, new: NewFile) -> None:
        if new.timbre is None:
            raise Objection(422, "timbre_manquant", "Un timbre électronique est exigé.", "timbre")
        if not re.fullmatch(r"[0-9]{16}", new.timbre):
            raise Objection(422, "timbre_invalide", "Le timbre comporte 16 chiffres.", "timbre")
        known = self._register.stamps.get(new.timbre)
        if known is None:
            return
        if known["etat"] == "utilise":
            raise Objection(422, "timbre_deja_utilise", "Ce timbre a déjà servi.", "timbre")
        if known["montant"] != AMOUNTS.get(new.type, ADULT_AMOUNTS[new.lieu.cadre]):
            raise Objection(422, "timbre_montant", "Le montant du timbre n'est pas celui du droit.", "timbre")

    def _minor(self, birth_date: str) -> bool:
        """Whether they are surely not of age. Who may be of age by the year or month that is known counts as such from
        its first day on, as a register counts them."""
        today = self._clock.now().date()
        try:
            born = partial_date.parse(birth_date).first_day()
        except ValueError:
            born = date.max
        if born > today:
            raise Objection(
                400,
                "pre_demande_invalide",
                "La date de naissance n'est pas une date passée.",
                "demandeur.date_naissance",
            )
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < OF_AGE


def _check_requester(new: NewFile) -> None:
    """The holder asks, or for a minor the guardian, who shows what makes him one."""
    _check_asker(new)
    if new.tuteur is not None:
        proof = "acte_tutelle" if new.tuteur.lien == "tuteur_legal" else "livret_famille"
        if proof not in [piece.objet for piece in new.pieces]:
            raise Objection(422, "requerant_non_habilite", "La preuve du lien manque.", "tuteur")


def _check_asker(new: NewFile | Sought) -> None:
    if new.requerant is None or new.requerant.cnie != _answerable(new):
        field = "tuteur.cnie" if new.tuteur else "demandeur.cnie"
        raise Objection(422, "requerant_non_habilite", "Cette personne ne peut pas demander.", field)


def _answerable(new: NewFile | Sought) -> str:
    """CNIE of who is registered at the consulate: the adult, or the minor's guardian."""
    return (new.tuteur.cnie if new.tuteur else new.demandeur.cnie) or ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
