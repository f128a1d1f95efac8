"""The files of the sandbox: how they live, what the counter refuses, what becomes of their stamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from gateway.sandbox.authoring import Objection, SandboxContext, letters, partial_date

from .intake import Intake, Register
from .receipt_page import page
from .shapes import Appointment, NewFile, Sought

STAGES: Final[list[tuple[str, timedelta]]] = [
    # state               after the visit
    ("deposee",           timedelta(0)),  # the person comes to the counter, which may refuse
    ("en_production",     timedelta(days=1)),
    ("prete",             timedelta(days=4)),
    ("retiree",           timedelta(days=6)),  # at the counter only: by post, the last word is `prete`
]  # fmt: skip
LODGED_AFTER: Final = timedelta(days=1)
"""When the person comes who has no appointment."""
VALID_FOR: Final = timedelta(days=30)
"""How long a pre-application waits for the person, from the appointment where there is one."""
MADE_AGAIN_AFTER: Final = timedelta(days=2)

LABELS: Final = {
    "pre_enregistree": "Pré-demande enregistrée, timbre réservé",
    "deposee": "Dossier déposé au guichet, timbre consommé",
    "en_production": "Passeport en production",
    "prete": "Passeport prêt",
    "expediee": "Passeport expédié",
    "retiree": "Passeport retiré par son titulaire",
    "livree": "Passeport livré",
    "refusee": "Dossier refusé au guichet",
    "expiree": "Pré-demande expirée sans dépôt",
    "annulee": "Pré-demande annulée",
}
STAMP: Final = {"pre_enregistree": "reserve", "refusee": "libere", "expiree": "libere", "annulee": "libere"}
"""What has become of the stamp; after lodging it is consumed. One that is free again may serve another file."""
PAPERS: Final = {
    # state -> the paper that it brings: id, title
    "pre_enregistree": ("recepisse", "Récépissé de pré-demande"),
    "prete": ("avis", "Avis de mise à disposition"),
    "refusee": ("notification", "Notification de refus"),
}
MOTIVES: Final = ("photo_non_conforme", "timbre_invalide", "identite_non_conforme")
NAMES: Final = ("nom", "prenom", "nom_arabe", "prenom_arabe")


class Applications:
    """All files of the sandbox. Their states are worked out from the clock, so nothing has to run in between.

    An appointment is on people's calendars, which nobody's clock hurries: one three days ahead is kept when three
    simulated days have passed.
    """

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._files = context.table("files")
        self._stamps = context.table("stamps")
        self._void = context.table("void_passports")
        self._register = Register()
        self._intake = Intake(context, self._register)

    def create(self, new: NewFile) -> dict[str, Any]:
        """Not deduplicated by `reference_client`: a gateway that sends blindly twice has two files, and it shows."""
        self._intake.check(new)
        now = self._context.clock.now()
        visit = now + (LODGED_AFTER if new.rendez_vous is None else new.rendez_vous.debut - datetime.now(UTC))
        with self._context.store.transaction():
            number = f"PP-{now.year}-{len(self._files) + 1:07d}"
            self._take_stamp(new, number)
            doc = {
                **msgspec.to_builtins(new),
                "pieces": [{"objet": p.objet, "nom": p.nom, "taille": len(p.contenu)} for p in new.pieces],
                "numero": number,
                "cree_le": now.isoformat(),
                "visite_le": max(visit, now).isoformat(),
                "annule_le": None,
                "refabrications": [],
            }
            self._files.put(number, doc)
            self._context.effects.record("pre_application", number, client_reference=new.reference_client)
            if new.declaration is not None and new.ancien_passeport is not None:
                self._declare_void(new.ancien_passeport.numero, new.reference_client)
        return self._show(doc)

    def check(self, sought: Sought) -> list[dict[str, Any]]:
        """What would be objected to. Nothing is kept."""
        return self._intake.objections(sought)

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._file(number))

    def lodged_as(self, reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._files.where(reference_client=reference)]

    def cancel(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._file(number)
            if doc["annule_le"] is None:
                if self._show(doc)["statut"] != "pre_enregistree":
                    raise Objection(409, "annulation_tardive", "Le dossier n'attend plus son dépôt.")
                doc["annule_le"] = self._context.clock.now().isoformat()
                self._files.put(number, doc)
                self._context.effects.record("cancellation", number)
        return self._show(doc)

    def move(self, number: str, appointment: Appointment) -> dict[str, Any]:
        """The person comes at another time, perhaps to another post, until the file is lodged."""
        with self._context.store.transaction():
            doc = self._file(number)
            if doc["rendez_vous"] is None or doc["rendez_vous"]["numero"] != appointment.numero:
                if self._show(doc)["statut"] != "pre_enregistree":
                    raise Objection(409, "rendez_vous_tardif", "Le dossier n'attend plus son dépôt.")
                now = self._context.clock.now()
                doc["visite_le"] = max(now + (appointment.debut - datetime.now(UTC)), now).isoformat()
                doc["rendez_vous"] = msgspec.to_builtins(appointment)
                self._files.put(number, doc)
                self._context.effects.record("appointment_moved", number)
        return self._show(doc)

    def make_again(self, number: str, parcel: str) -> dict[str, Any]:
        """Make the passport of a parcel that was lost or came back again, once per parcel."""
        with self._context.store.transaction():
            doc = self._file(number)
            if parcel not in [each["colis"] for each in doc["refabrications"]]:
                if doc["remise"]["mode"] != "poste" or self._show(doc)["statut"] != "prete":
                    raise Objection(409, "refabrication_impossible", "Ce passeport ne peut pas être refait.")
                doc["refabrications"].append({"colis": parcel, "le": self._context.clock.now().isoformat()})
                self._files.put(number, doc)
                self._context.effects.record("reissue", parcel, order=number)
        return self._show(doc)

    def paper(self, number: str, id: str) -> bytes:
        doc = self._file(number)
        shown = self._show(doc)
        title = next((each["titre"] for each in shown["documents"] if each["id"] == id), None)
        if title is None:
            raise Objection(404, "document_inconnu", "Ce document n'existe pas pour ce dossier.")
        lines = [f"passeport.ma - {title}", f"Dossier {number}", f"État : {LABELS[shown['statut']]}"]
        if id == "recepisse":
            lines += [f"Timbre électronique : {doc['timbre']}", f"Valable jusqu'au {shown['valable_jusqu_au']}"]
        return page([*lines, "Bac à sable : sans valeur."], code=number)

    def track(self, number: str, last_name: str, first_name: str, birth_date: str) -> dict[str, Any]:
        """What the public page shows. A wrong name or date and an unknown number get the same answer."""
        doc, site = self._files.get(number), self._register.files.get(number)
        if doc is not None and _is(doc["demandeur"], last_name, first_name, birth_date):
            shown = self._show(doc)
            return {name: shown[name] for name in ("numero", "statut", "motif", "historique")}
        if site is not None and _is(site, last_name, first_name, birth_date):
            after = zip(("deposee", "en_production", "prete", "expediee", "livree"), (0, 1, 4, 5, 9), strict=True)
            events = [_event(state, site["depose_le"] + timedelta(days=days), site["lieu"]) for state, days in after]
            return {"numero": number, "statut": events[-1]["statut"], "motif": None, "historique": events}
        raise _unknown()

    def _take_stamp(self, new: NewFile, number: str) -> None:
        """Reserve it: one stamp, one demand, as long as its file is not over. The same demand sent again passes, so
        that its second file shows as an effect."""
        serial = new.timbre or ""
        held = self._stamps.get(serial)
        another = held is not None and held["reference_client"] != new.reference_client
        if held is not None and another and self._show(self._file(held["numero"]))["timbre"]["etat"] != "libere":
            raise Objection(422, "timbre_deja_utilise", "Ce timbre est réservé ou a déjà servi.", "timbre")
        self._stamps.put(serial, {"reference_client": new.reference_client, "numero": number})

    def _declare_void(self, passport: str, reference: str) -> None:
        if self._void.get(passport) is None:
            self._void.put(passport, {"reference_client": reference})
            self._context.effects.record("passport_voided", passport, client_reference=reference)

    def _file(self, number: str) -> dict[str, Any]:
        doc = self._files.get(number)
        if doc is None:
            raise _unknown()
        return doc

    def _show(self, doc: dict[str, Any]) -> dict[str, Any]:
        motive, history = self._history(doc)
        state = history[-1]["statut"]
        papers = dict(PAPERS[event["statut"]] for event in history if event["statut"] in PAPERS)
        return {
            "numero": doc["numero"],
            "reference_client": doc["reference_client"],
            "type": doc["type"],
            "statut": state,
            "motif": motive,
            "timbre": {"numero": doc["timbre"], "etat": STAMP.get(state, "consomme")},
            "rendez_vous": doc["rendez_vous"] and doc["rendez_vous"]["numero"],
            "valable_jusqu_au": _valid_until(doc).date().isoformat(),
            "historique": history,
            "documents": [{"id": id, "titre": title, "type_mime": "application/pdf"} for id, title in papers.items()],
        }

    def _history(self, doc: dict[str, Any]) -> tuple[str | None, list[dict[str, str]]]:
        created, place = datetime.fromisoformat(doc["cree_le"]), doc["lieu"]["poste"] or doc["lieu"]["service"]
        cancelled = datetime.fromisoformat(doc["annule_le"]) if doc["annule_le"] else None
        now = cancelled or self._context.clock.now()
        history = [_event("pre_enregistree", created, place)]
        motive = self._at_the_counter(doc)
        if cancelled:
            return None, [*history, _event("annulee", cancelled, place)]
        visit = datetime.fromisoformat(doc["visite_le"])
        if motive == "absent":
            over = _valid_until(doc)
            return None, [*history, _event("expiree", over, place)] if over <= now else history
        if motive is not None:
            return (motive, [*history, _event("refusee", visit, place)]) if visit <= now else (None, history)
        last = "retiree" if doc["remise"]["mode"] == "guichet" else "prete"
        for state, after in STAGES:
            if visit + after > now or history[-1]["statut"] == last:
                break
            history.append(_event(state, visit + after, place))
        for again in doc["refabrications"]:
            at = datetime.fromisoformat(again["le"])
            history.append(_event("en_production", at, place))
            if at + MADE_AGAIN_AFTER <= now:
                history.append(_event("prete", at + MADE_AGAIN_AFTER, place))
        return None, history

    def _at_the_counter(self, doc: dict[str, Any]) -> str | None:
        """Why the counter refuses the file, or `absent`; None when all is well. Who is in no register is believed."""
        answerable = doc["tuteur"] or doc["demandeur"]
        known = self._register.people.get(answerable["cnie"] or "")
        if known is not None:
            if known.get("guichet"):
                return str(known["guichet"])
            shown = [name for name in NAMES if name in answerable]
            born = partial_date.parse(answerable.get("date_naissance", known["date_naissance"]))
            same_day = born.agrees(partial_date.parse(known["date_naissance"]))
            if not same_day or any(letters(answerable[name]) != letters(known[name]) for name in shown):
                return "identite_non_conforme"
        stamp = self._register.stamps.get(doc["timbre"])
        return "timbre_invalide" if stamp is not None and stamp["etat"] == "annule" else None


def _valid_until(doc: dict[str, Any]) -> datetime:
    booked = doc["rendez_vous"] is not None
    return datetime.fromisoformat(doc["visite_le" if booked else "cree_le"]) + VALID_FOR


def _is(person: dict[str, Any], last_name: str, first_name: str, birth_date: str) -> bool:
    """In Latin letters or in Arabic ones."""
    named = letters(last_name), letters(first_name)
    latin, arabic = ("nom", "prenom"), ("nom_arabe", "prenom_arabe")
    fits = any(named == tuple(letters(person[part]) for part in script) for script in (latin, arabic))
    return fits and _proves(birth_date.strip(), person["date_naissance"])


def _proves(told: str, known: str) -> bool:
    """The same date, and no less of it than the file has: a year alone is soon guessed."""
    try:
        return len(told) >= len(known) and partial_date.parse(told).agrees(partial_date.parse(known))
    except ValueError:
        return False


def _event(state: str, at: datetime, place: str) -> dict[str, str]:
    return {"statut": state, "le": at.astimezone(UTC).isoformat(), "libelle": LABELS[state], "lieu": place}


def _unknown() -> Objection:
    return Objection(404, "dossier_inconnu", "Dossier inconnu, ou identité différente.")
