"""The rules behind a request: its documents, its check by the consulate, and what its appointments came to.

States are worked out from the clock when asked, so nothing has to run in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from gateway.sandbox.authoring import Objection, SandboxContext, objections

from .appointments import Agenda, People
from .shapes import Attached, NewRequest, Sought

CHECK_BEGINS: Final = timedelta(hours=2)
CHECK_TAKES: Final = timedelta(hours=4)
ABSENCES: Final = 3
"""At the third missed appointment the file is closed."""
STAMPED: Final = ("immatriculation", "cnie")
REQUIRED: Final = {
    "immatriculation": ("identite", "justificatif_domicile", "photo"),
    "cnie": ("extrait_naissance", "photo"),
    "legalisation": ("document_a_legaliser",),
    "acte_adoulaire": ("identite",),
    "attestation_residence": ("justificatif_domicile",),
    "attestation_vie": ("identite",),
}
LABELS: Final = {
    "deposee": "Demande déposée",
    "en_verification": "Pièces en cours de vérification",
    "pieces_a_completer": "Pièces à compléter",
    "validee": "Demande validée : un créneau est à choisir",
    "refusee": "Demande refusée",
    "rendez_vous_pris": "Rendez-vous pris",
    "absence": "Rendez-vous manqué : un autre créneau est à choisir",
    "honoree": "Rendez-vous honoré",
    "classee_absence": "Dossier classé : rendez-vous manqués",
    "annulee": "Demande annulée",
}
OPEN: Final = ("validee", "absence", "rendez_vous_pris")
"""States in which an appointment may be attached; the last for a change."""
ENDED: Final = ("refusee", "honoree", "classee_absence", "annulee")

Event = dict[str, Any]


class Requests:
    def __init__(self, context: SandboxContext, agenda: Agenda, people: People) -> None:
        self._context, self._agenda, self._people = context, agenda, people
        self._requests = context.table("requests")
        self._stamps = context.table("stamps")

    def create(self, new: NewRequest) -> dict[str, Any]:
        """Not deduplicated by `client_reference`: a gateway that sends blindly twice has two requests, and it shows."""
        self._agenda.post(new.post, "post")
        _check_requester(new)
        self._people.require_registration(new.service, new.applicant.cnie, "applicant.cnie")
        now = self._context.clock.now()
        with self._context.store.transaction():
            self._take_stamp(new)
            number = f"DC-{now.year}-{len(self._requests) + 1:06d}"
            doc = {
                **msgspec.to_builtins(new),
                "documents": [_kept(each, now) for each in new.documents],
                "number": number,
                "created_at": now.isoformat(),
                "appointments": [],
                "cancelled_at": None,
            }
            self._requests.put(number, doc)
            self._context.effects.record("request", number, client_reference=new.client_reference)
        return self._show(doc)

    def check(self, sought: Sought) -> list[dict[str, Any]]:
        """What the counter would object to, whatever the documents are. Nothing is kept."""
        return objections(
            lambda: self._agenda.post(sought.post, "post"),
            lambda: _check_asker(sought),
            lambda: self._people.require_registration(sought.service, sought.applicant.cnie, "applicant.cnie"),
        )

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._request(number))

    def lodged_as(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._requests.where(client_reference=client_reference)]

    def add(self, number: str, documents: list[Attached]) -> dict[str, Any]:
        """Further documents, each for the kind that it says, or else for the next kind that is missing. The same
        documents again change nothing: then nothing is missing any more."""
        with self._context.store.transaction():
            doc = self._request(number)
            shown = self._show(doc)
            if shown["state"] in ENDED:
                raise Objection(409, "demande_close", "Cette demande est close.")
            missing = list(shown["missing"])
            if missing:
                now = self._context.clock.now()
                for each in documents:
                    kind = each.kind or (missing.pop(0) if missing else "autre")
                    doc["documents"].append({**_kept(each, now), "kind": kind})
                self._requests.put(number, doc)
                self._context.effects.record("documents", number, count=len(documents))
        return self._show(doc)

    def attach(self, number: str, appointment: str) -> dict[str, Any]:
        """This appointment is the request's; again changes nothing."""
        with self._context.store.transaction():
            doc, booked = self._request(number), self._agenda.get(appointment)
            if appointment not in [each["number"] for each in doc["appointments"]]:
                self.require_open(number, booked["service"])
                doc["appointments"].append({"number": appointment, "at": self._context.clock.now().isoformat()})
                self._requests.put(number, doc)
        return self._show(doc)

    def require_open(self, number: str, service: str) -> None:
        shown = self.get(number)
        if shown["state"] not in OPEN or shown["service"] != service:
            raise Objection(409, "demande_non_validee", "Cette demande n'attend pas ce rendez-vous.")

    def cancel(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._request(number)
            shown = self._show(doc)
            if doc["cancelled_at"] is None:
                if shown["state"] in ENDED:
                    raise Objection(409, "annulation_tardive", "Cette demande est close.")
                for each in doc["appointments"]:
                    if self._agenda.view(self._agenda.get(each["number"]))["state"] == "confirme":
                        self._agenda.cancel(each["number"])
                doc["cancelled_at"] = self._context.clock.now().isoformat()
                self._requests.put(number, doc)
                self._context.effects.record("withdrawal", number)
        return self._show(doc)

    def _request(self, number: str) -> dict[str, Any]:
        doc = self._requests.get(number)
        if doc is None:
            raise Objection(404, "demande_inconnue", "Cette demande n'existe pas.")
        return doc

    def _take_stamp(self, new: NewRequest) -> None:
        """One stamp, one request. The same request sent again passes, so that its second effect shows."""
        if new.service not in STAMPED:
            return
        if new.stamp is None:
            raise Objection(422, "timbre_manquant", "Un timbre électronique est exigé.", "stamp")
        if not re.fullmatch(r"[0-9]{16}", new.stamp):
            raise Objection(422, "timbre_invalide", "Le timbre comporte 16 chiffres.", "stamp")
        taken = self._stamps.get(new.stamp)
        if taken is not None and taken["client_reference"] != new.client_reference:
            raise Objection(422, "timbre_deja_utilise", "Ce timbre a déjà servi.", "stamp")
        self._stamps.put(new.stamp, {"client_reference": new.client_reference})

    def _show(self, doc: dict[str, Any]) -> dict[str, Any]:
        until = datetime.fromisoformat(doc["cancelled_at"]) if doc["cancelled_at"] else self._context.clock.now()
        history = [event for event in self._history(doc, until) if event["at"] <= until]
        if doc["cancelled_at"]:
            history.append(_event("annulee", until))
        last = history[-1]
        booked = last.get("appointment")
        return {
            "number": doc["number"],
            "client_reference": doc["client_reference"],
            "service": doc["service"],
            "state": last["state"],
            "motive": last.get("motive"),
            "missing": list(last.get("missing", ())),
            "post": doc["post"],
            "appointment": self._agenda.view(self._agenda.get(booked)) if booked else None,
            "history": [
                {"state": e["state"], "at": e["at"].astimezone(UTC).isoformat(), "label": e["label"]} for e in history
            ],
            "papers": _papers(history),
        }

    def _history(self, doc: dict[str, Any], now: datetime) -> Iterator[Event]:
        created = datetime.fromisoformat(doc["created_at"])
        about = self._people.about(doc["applicant"]["cnie"])
        yield _event("deposee", created)
        checked = created + CHECK_BEGINS
        wanted = [*REQUIRED[doc["service"]], *([about["wants"]] if "wants" in about else [])]
        while True:
            yield _event("en_verification", checked)
            decided = checked + CHECK_TAKES
            missing = _missing(wanted, doc["documents"], decided)
            if not missing or decided > now:
                break
            yield _event("pieces_a_completer", decided, missing=missing)
            later = sorted(d["at"] for d in doc["documents"] if datetime.fromisoformat(d["at"]) > decided)
            if not later:
                return
            checked = datetime.fromisoformat(later[0])
        if "motive" in about:
            yield _event("refusee", decided, motive=about["motive"])
            return
        yield _event("validee", decided)
        yield from self._visits(doc, about.get("absences", 0), now)

    def _visits(self, doc: dict[str, Any], absences: int, now: datetime) -> Iterator[Event]:
        """Bookings, cancellations and what became of each appointment, in order of time."""
        happened: list[tuple[datetime, str, str, str]] = []
        for each in doc["appointments"]:
            number = each["number"]
            booked = self._agenda.get(number)
            label = f"{self._agenda.posts[booked['slot']['post']].city}, {booked['slot']['start'][:16]}"
            end, kind = (booked["cancelled_at"], "cancelled") if booked["cancelled_at"] else (
                booked["takes_place_at"], "held",
            )  # fmt: skip
            happened.append((datetime.fromisoformat(each["at"]), "booked", number, label))
            happened.append((datetime.fromisoformat(end), kind, number, label))
        standing: list[str] = []
        missed = 0
        for at, kind, number, label in sorted(happened):
            if at > now:
                return
            if kind == "booked":
                standing.append(number)
                yield _event("rendez_vous_pris", at, label, appointment=number)
                continue
            if number in standing:
                standing.remove(number)
            if kind == "cancelled":
                if not standing:
                    yield _event("validee", at)
            elif missed < absences:
                missed += 1
                yield _event("absence" if missed < ABSENCES else "classee_absence", at, label)
                if missed == ABSENCES:
                    return
            else:
                yield _event("honoree", at, label)
                return


def _missing(wanted: list[str], documents: list[dict[str, Any]], at: datetime) -> list[str]:
    there = {each["kind"] for each in documents if datetime.fromisoformat(each["at"]) <= at}
    return [kind for kind in wanted if kind not in there]


def _check_requester(new: NewRequest) -> None:
    """The person comes herself; a first card is a child's, whose birth extract the parent brings."""
    _check_asker(new)
    if _first_card(new) and not any(each.kind == "extrait_naissance" for each in new.documents):
        raise Objection(422, "demandeur_non_habilite", "La preuve du lien manque.", "applicant.cnie")


def _first_card(new: NewRequest | Sought) -> bool:
    return new.service == "cnie" and new.details.get("kind") == "first"


def _check_asker(new: NewRequest | Sought) -> None:
    if new.requester is None:
        raise Objection(422, "demandeur_non_habilite", "Le demandeur n'est pas identifié.", "applicant.cnie")
    if not _first_card(new) and new.applicant.cnie != new.requester.cnie:
        raise Objection(422, "demandeur_non_habilite", "Seule la personne concernée demande.", "applicant.cnie")


def _kept(document: Attached, at: datetime) -> dict[str, Any]:
    return {"kind": document.kind, "name": document.name, "size": len(document.content), "at": at.isoformat()}


def _event(state: str, at: datetime, label: str = "", **more: Any) -> Event:
    return {"state": state, "at": at, "label": f"{LABELS[state]} ({label})" if label else LABELS[state], **more}


def _papers(history: list[Event]) -> list[dict[str, str]]:
    found = [{"id": "recu", "title": "Récépissé de dépôt", "media_type": "application/pdf"}]
    if history[-1].get("appointment"):
        found.append({"id": "convocation", "title": "Convocation", "media_type": "application/pdf"})
        found.append({"id": "agenda", "title": "Rendez-vous pour l'agenda", "media_type": "text/calendar"})
    if history[-1]["state"] in ("refusee", "classee_absence"):
        found.append({"id": "notification", "title": "Notification de la décision", "media_type": "application/pdf"})
    return found
