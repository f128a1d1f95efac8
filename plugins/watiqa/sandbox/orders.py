"""The rules behind the sandbox's counter: the registers, the life of an order, and what is refused."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.sandbox.authoring import (
    Objection,
    SandboxContext,
    ascii_lower,
    ascii_upper,
    letters,
    objections,
    page,
    partial_date,
)

from .shapes import Holder, NewOrder, Sought

STAGES: Final[list[tuple[str, timedelta]]] = [
    # state             after
    ("creation",        timedelta(0)),
    ("paiement",        timedelta(hours=1)),
    ("traitement_bec",  timedelta(days=1)),
    ("pret",            timedelta(days=3)),
    ("remis",           timedelta(days=5)),  # at the counter only: by post, the last word is `pret`
]  # fmt: skip
CANCELLABLE_FOR: Final = timedelta(days=1)
REISSUED_AFTER: Final = timedelta(days=1)
MOTIVES: Final = {"999": "acte_illisible", "998": "rectification_en_cours"}
"""End of an act number -> why the officer rejects the order, at the time it would have been ready."""

LABELS: Final = {
    "creation": "Commande créée",
    "paiement": "Paiement confirmé",
    "traitement_bec": "En cours de traitement par le bureau d'état civil",
    "pret": "Document prêt",
    "expedie": "Expédié par courrier recommandé",
    "remis": "Remis au guichet",
    "rejetee": "Demande rejetée par l'officier d'état civil",
    "annulee": "Commande annulée",
}
PAPERS: Final = {
    # state -> the paper that it brings: id, title
    "creation": ("recu", "Reçu de commande"),
    "pret": ("avis", "Avis de mise à disposition"),
    "rejetee": ("notification", "Notification de rejet"),
}
IDENTITY: Final = ("cnie", "last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic", "birth_date")


class Orders:
    """All orders of the sandbox. Their states are worked out from the clock, so nothing has to run in between."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._orders = context.table("orders")
        self._stamps = context.table("stamps")
        self._register = tomllib.loads(Path(__file__).with_name("register.toml").read_text(encoding="utf-8"))

    def create(self, order: NewOrder) -> dict[str, Any]:
        """Not deduplicated by `client_reference`: a gateway that sends blindly twice has two orders, and it shows."""
        self._check(order)
        now = self._context.clock.now()
        with self._context.store.transaction():
            self._take_stamp(order)
            number = f"WQ-{now.year}-{len(self._orders) + 1:06d}"
            doc = {
                **msgspec.to_builtins(order),
                "attachments": [{"name": a.name, "size": len(a.content)} for a in order.attachments],
                "number": number,
                "created_at": now.isoformat(),
                "cancelled_at": None,
                "reissues": [],
            }
            self._orders.put(number, doc)
            self._context.effects.record("order", number, client_reference=order.client_reference)
        return self._show(doc)

    def check(self, sought: Sought) -> list[dict[str, Any]]:
        """What the counter would object to. Nothing is kept."""
        return objections(lambda: _check_requester(sought), lambda: self._check_registers(sought))

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._order(number))

    def states(self, numbers: list[str]) -> list[dict[str, Any]]:
        """Of those orders that there are."""
        found = (self._orders.get(number) for number in dict.fromkeys(numbers))
        return [self._show(doc) for doc in found if doc is not None]

    def lodged_as(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._orders.where(client_reference=client_reference)]

    def cancel(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._order(number)
            if doc["cancelled_at"] is None:
                now = self._context.clock.now()
                if now >= datetime.fromisoformat(doc["created_at"]) + CANCELLABLE_FOR:
                    raise Objection(409, "annulation_tardive", "La commande est déjà en cours de traitement.")
                doc["cancelled_at"] = now.isoformat()
                self._orders.put(number, doc)
                self._context.effects.record("cancellation", number)
        return self._show(doc)

    def reissue(self, number: str, parcel: str) -> dict[str, Any]:
        """Make the document of a lost parcel again, once per parcel."""
        with self._context.store.transaction():
            doc = self._order(number)
            if parcel not in [each["parcel"] for each in doc["reissues"]]:
                if doc["delivery"]["mode"] != "poste" or self._show(doc)["state"] != "pret":
                    raise Objection(409, "reedition_impossible", "Cette commande ne peut pas être rééditée.")
                doc["reissues"].append({"parcel": parcel, "at": self._context.clock.now().isoformat()})
                self._orders.put(number, doc)
                self._context.effects.record("reissue", parcel, order=number)
        return self._show(doc)

    def paper(self, number: str, id: str) -> bytes:
        order = self.get(number)
        for paper in order["documents"]:
            if paper["id"] == id:
                label = LABELS[order["state"]]
                return page(
                    [
                        f"Watiqa - {paper['title']}",
                        f"Commande {number}",
                        f"État : {label}",
                        "Bac à sable : sans valeur.",
                    ]
                )
        raise Objection(404, "document_inconnu", "Ce document n'existe pas pour cette commande.")

    def track(self, number: str, email: str) -> dict[str, Any]:
        """What the public page shows. A wrong address and an unknown number get the same answer."""
        doc = self._orders.get(number)
        if doc is not None and _same_email(doc["contact"]["email"], email):
            shown = self._show(doc)
            return {name: shown[name] for name in ("number", "state", "motive", "history")}
        for posted in self._register["posted"]:
            if posted["order"] == number and _same_email(posted["email"], email):
                after = zip(("creation", "paiement", "traitement_bec", "expedie"), range(0, 8, 2), strict=True)
                history = [_event(state, posted["created_at"] + timedelta(days=days)) for state, days in after]
                return {"number": number, "state": "expedie", "motive": None, "history": history}
        raise _unknown()

    def _order(self, number: str) -> dict[str, Any]:
        doc = self._orders.get(number)
        if doc is None:
            raise _unknown()
        return doc

    def _check(self, order: NewOrder) -> None:
        if not 1 <= order.copies <= 10:
            raise Objection(400, "demande_invalide", "De 1 à 10 exemplaires.", "copies")
        if order.delivery.mode == "poste" and not order.delivery.address:
            raise Objection(400, "demande_invalide", "Adresse de livraison manquante.", "delivery.address")
        _check_requester(order)
        self._check_registers(order)
        if order.stamp is None:
            raise Objection(422, "timbre_manquant", "Un timbre électronique est exigé.", "stamp")
        if not re.fullmatch(r"[0-9]{16}", order.stamp):
            raise Objection(422, "timbre_invalide", "Le timbre comporte 16 chiffres.", "stamp")

    def _check_registers(self, order: NewOrder | Sought) -> None:
        if order.document == "attestation_immatriculation_consulaire":
            self._check_registration(order)
        else:
            self._check_birth(order)

    def _check_birth(self, order: NewOrder | Sought) -> None:
        if order.act is None or order.registry is None or order.parents is None:
            raise Objection(400, "demande_invalide", "Lieu d'enregistrement, parents et acte sont exigés.")
        sought = (letters(order.registry.office), order.act.number, order.act.year)
        for entry in self._register["births"]:
            if (letters(entry["office"]), entry["number"], entry["year"]) == sought:
                return _check_identity(order.holder, entry)
        raise Objection(
            422, "acte_introuvable", "Aucun acte ne correspond.", "act.number", "act.year", "registry.office"
        )  # fmt: skip

    def _check_registration(self, order: NewOrder | Sought) -> None:
        if order.registration is None:
            raise Objection(400, "demande_invalide", "Le numéro d'immatriculation est exigé.")
        sought = (letters(order.registration.consulate), order.registration.number)
        for entry in self._register["registrations"]:
            if (letters(entry["consulate"]), entry["number"]) == sought:
                return _check_identity(order.holder, entry)
        raise Objection(
            422, "immatriculation_introuvable", "Aucune immatriculation ne correspond.",
            "registration.number", "registration.consulate",
        )  # fmt: skip

    def _take_stamp(self, order: NewOrder) -> None:
        """One stamp, one demand. The same demand sent again passes, so that its second order shows as an effect."""
        serial = order.stamp or ""
        taken = self._stamps.get(serial)
        if taken is not None and taken["client_reference"] != order.client_reference:
            raise Objection(422, "timbre_deja_utilise", "Ce timbre a déjà servi.", "stamp")
        self._stamps.put(serial, {"client_reference": order.client_reference})

    def _show(self, doc: dict[str, Any]) -> dict[str, Any]:
        motive, history = self._history(doc)
        papers = dict(PAPERS[event["state"]] for event in history if event["state"] in PAPERS)
        return {
            "number": doc["number"],
            "client_reference": doc["client_reference"],
            "document": doc["document"],
            "copies": doc["copies"],
            "state": history[-1]["state"],
            "motive": motive,
            "history": history,
            "documents": [{"id": id, "title": title, "media_type": "application/pdf"} for id, title in papers.items()],
        }

    def _history(self, doc: dict[str, Any]) -> tuple[str | None, list[dict[str, str]]]:
        created = datetime.fromisoformat(doc["created_at"])
        cancelled = datetime.fromisoformat(doc["cancelled_at"]) if doc["cancelled_at"] else None
        now = cancelled or self._context.clock.now()
        motive = MOTIVES.get(doc["act"]["number"][-3:]) if doc["act"] else None
        last = "remis" if doc["delivery"]["mode"] == "guichet" else "pret"
        history = []
        for state, after in STAGES:
            if created + after > now:
                break
            rejected = state == "pret" and motive is not None
            history.append(_event("rejetee" if rejected else state, created + after))
            if rejected:
                return motive, history
            if state == last:
                break
        for again in doc["reissues"]:
            at = datetime.fromisoformat(again["at"])
            history.append(_event("traitement_bec", at))
            if at + REISSUED_AFTER <= now:
                history.append(_event("pret", at + REISSUED_AFTER))
        if cancelled:
            history.append(_event("annulee", cancelled))
        return None, history


def _same(member: str, given: str, known: str) -> bool:
    """Names as a register compares them; numbers to the letter; dates of birth as far as both are known."""
    if member == "cnie":
        return ascii_upper(given) == known
    if member != "birth_date":
        return letters(given) == letters(known)
    try:
        return partial_date.parse(given).agrees(partial_date.parse(known))
    except ValueError:
        return False


def _same_email(one: str, other: str) -> bool:
    return ascii_lower(one.strip()) == ascii_lower(other.strip())


def _check_requester(order: NewOrder | Sought) -> None:
    if order.requester is None or order.requester.cnie != order.holder.cnie:
        raise Objection(422, "demandeur_non_habilite", "Seul le titulaire peut demander.", "holder.cnie")


def _check_identity(holder: Holder, entry: dict[str, Any]) -> None:
    wrong = [f"holder.{name}" for name in IDENTITY if not _same(name, getattr(holder, name), entry[name])]
    if wrong:
        raise Objection(422, "identite_non_conforme", "L'identité ne correspond pas au registre.", *wrong)


def _event(state: str, at: datetime) -> dict[str, str]:
    return {"state": state, "at": at.astimezone(UTC).isoformat(), "label": LABELS[state]}


def _unknown() -> Objection:
    return Objection(404, "commande_inconnue", "Commande inconnue, ou adresse électronique différente.")
