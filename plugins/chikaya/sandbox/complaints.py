"""The rules behind the stand-in's counter: the life of a demand, its deadlines, what may be done about an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from gateway.sandbox.authoring import Objection, SandboxContext, ascii_lower

from .intake import BODIES, NewComplaint, look_at

TRIAGE: Final = timedelta(days=15)
ANSWER: Final = timedelta(days=60)
"""Decree 2-17-265: what the administration has at most. It is quicker here, as a rule."""

SORTED_AFTER: Final = timedelta(days=1)
ADMITTED_AFTER: Final = timedelta(days=5)
EXAMINED_AFTER: Final = timedelta(days=8)
ANSWERED_AFTER: Final = timedelta(days=30)
REDIRECTED_LATER: Final = timedelta(days=10)
"""How much longer a demand takes that went to another body."""
ANSWERED_AGAIN_AFTER: Final = timedelta(days=15)
RECOMMENDED_AFTER: Final = timedelta(days=30)
RATING_OPEN: Final = timedelta(days=7)
APPEAL_OPEN: Final = timedelta(days=30)

MARKS: Final = {
    "IRRECEVABLE": "hors_competence",
    "IMPRECIS": "objet_imprecis",
    "DEJA TRAITEE": "deja_traitee",
}
"""A word in the subject -> the motive for which triage finds the demand inadmissible."""
REDIRECTED: Final = "REORIENTER"
SILENT: Final = "SANS REPONSE"
STRANGE: Final = "MOT NOUVEAU"
"""Words in the subject: another body is competent; nobody answers; the portal uses a status word that it never used."""

LABELS: Final = {
    "deposee": "Demande déposée, accusé de réception délivré",
    "en_tri": "En cours de tri",
    "recevable": "Demande recevable",
    "reorientee": "Demande réorientée vers l'administration compétente",
    "en_instruction": "En cours d'instruction",
    "expertise_externe": "Expertise externe",
    "repondue": "Réponse de l'administration",
    "rouverte": "Demande rouverte",
    "transmise_mediateur": "Transmise au Médiateur du Royaume",
    "recommandation": "Recommandation du Médiateur du Royaume",
    "irrecevable": "Demande irrecevable",
    "retiree": "Demande retirée",
}
PAPERS: Final = {
    # state -> the letter that it brings: id, title
    "deposee": ("accuse", "Accusé de réception"),
    "reorientee": ("bordereau", "Bordereau de réorientation"),
    "repondue": ("reponse", "Réponse de l'administration"),
    "recommandation": ("recommandation", "Recommandation du Médiateur"),
    "irrecevable": ("notification", "Notification d'irrecevabilité"),
}
ANSWERED: Final = ("repondue", "irrecevable", "transmise_mediateur", "recommandation")
COMPETENT: Final = "Chef du gouvernement"
MEDIATOR: Final = "Médiateur du Royaume"


@dataclass(frozen=True, slots=True)
class Entry:
    state: str
    at: datetime
    body: str


class Complaints:
    """All demands of the stand-in. Their states are worked out from the clock, so nothing has to run in between."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._complaints = context.table("complaints")

    def create(self, complaint: NewComplaint, files: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
        """Not deduplicated by `client_reference`: a gateway that sends blindly twice has two demands, and it shows."""
        look_at(complaint, files)
        now = self._context.clock.now()
        with self._context.store.transaction():
            number = f"CH-{now.year}-{len(self._complaints) + 1:06d}"
            doc = {
                **msgspec.to_builtins(complaint),
                "number": number,
                "created_at": now.isoformat(),
                "withdrawn_at": None,
                "rating": None,
                "reopened_at": None,
                "mediation_at": None,
                "words": [],
            }
            self._complaints.put(number, doc)
            self._context.effects.record("complaint", number, client_reference=complaint.client_reference)
        return self._show(doc)

    def get(self, number: str) -> dict[str, Any]:
        return self._show(self._complaint(number))

    def lodged_as(self, client_reference: str) -> list[dict[str, Any]]:
        return [self._show(doc) for doc in self._complaints.where(client_reference=client_reference)]

    def track(self, number: str, email: str) -> dict[str, Any]:
        """What the public page shows. A wrong address and an unknown number get the same answer."""
        doc = self._complaints.get(number)
        if doc is None or ascii_lower(doc["contact"]["email"].strip()) != ascii_lower(email.strip()):
            raise _unknown()
        shown = self._show(doc)
        return {name: shown[name] for name in ("number", "state", "motive", "history")}

    def withdraw(self, number: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._complaint(number)
            if doc["withdrawn_at"] is None:
                if self._history(doc)[-1].state in ANSWERED:
                    raise Objection(409, "retrait_tardif", "La demande a déjà reçu une réponse.")
                self._change(doc, "withdrawn_at", self._now(), "withdrawal")
        return self._show(doc)

    def rate(self, number: str, score: int) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._complaint(number)
            if doc["rating"] is None:
                if "evaluation" not in self._offered(doc):
                    raise Objection(409, "evaluation_fermee", "L'évaluation n'est pas ouverte.")
                self._change(doc, "rating", score, "rating", score=score)
            elif doc["rating"] != score:
                raise Objection(409, "deja_evaluee", "La réponse est déjà évaluée.")
        return self._show(doc)

    def reopen(self, number: str, text: str) -> dict[str, Any]:
        """Once. Asked again while it is open, nothing more happens."""
        return self._appeal(number, text, "reouverture", "reopened_at", "rouverte", "reopening")

    def mediate(self, number: str, text: str) -> dict[str, Any]:
        return self._appeal(number, text, "mediateur", "mediation_at", "transmise_mediateur", "mediation")

    def paper(self, number: str, id: str) -> bytes:
        """A letter, as text: the sandbox needs no typesetting."""
        doc = self._complaint(number)
        for paper in self._show(doc)["documents"]:
            if paper["id"] == id:
                created = _at(doc["created_at"])
                lines = [
                    paper["title"],
                    f"Demande {number} : {doc['subject']}",
                    f"Tri au plus tard le {created + TRIAGE:%d/%m/%Y}, réponse au plus tard le "
                    f"{created + ANSWER:%d/%m/%Y} (décret 2-17-265).",
                    "Recours : Médiateur du Royaume - مؤسسة الوسيط",
                    "Bac à sable : sans valeur.",
                ]
                return "\n".join(lines).encode()
        raise Objection(404, "document_inconnu", "Cette pièce n'existe pas pour cette demande.")

    def news(self, number: str) -> tuple[str, bool]:
        """What a notice would be about, as a word that changes with it, and whether time alone can still change it."""
        doc = self._complaint(number)
        words = [self._history(doc)[-1].state, *sorted(self._offered(doc))]
        return " ".join(words), self._can_change(doc)

    def _appeal(self, number: str, text: str, offer: str, member: str, state: str, effect: str) -> dict[str, Any]:
        with self._context.store.transaction():
            doc = self._complaint(number)
            if self._history(doc)[-1].state != state:
                if offer not in self._offered(doc):
                    raise Objection(409, "recours_ferme", "Ce recours n'est pas ouvert.")
                doc["words"].append(text)
                self._change(doc, member, self._now(), effect)
        return self._show(doc)

    def _change(self, doc: dict[str, Any], member: str, value: Any, effect: str, **detail: Any) -> None:
        doc[member] = value
        self._complaints.put(doc["number"], doc)
        self._context.effects.record(effect, doc["number"], **detail)

    def _now(self) -> str:
        return self._context.clock.now().isoformat()

    def _complaint(self, number: str) -> dict[str, Any]:
        doc = self._complaints.get(number)
        if doc is None:
            raise _unknown()
        return doc

    def _show(self, doc: dict[str, Any]) -> dict[str, Any]:
        history = self._history(doc)
        ids: dict[str, int] = {}
        papers = []
        for entry in history:
            if entry.state in PAPERS:
                id, title = PAPERS[entry.state]
                ids[id] = ids.get(id, 0) + 1
                papers.append({"id": id if ids[id] == 1 else f"{id}-{ids[id]}", "title": title})
        return {
            "number": doc["number"],
            "client_reference": doc["client_reference"],
            "kind": doc["kind"],
            "state": history[-1].state,
            "motive": _motive(doc) if history[-1].state == "irrecevable" else None,
            "history": [
                {"state": e.state, "at": e.at.isoformat(), "label": LABELS[e.state], "body": e.body} for e in history
            ],
            "documents": [{**paper, "media_type": "text/plain"} for paper in papers],
            "offers": [{"offer": name, "until": until} for name, until in self._offered(doc).items()],
        }

    def _history(self, doc: dict[str, Any]) -> list[Entry]:
        withdrawn = _at_or_none(doc["withdrawn_at"])
        now = withdrawn or self._context.clock.now()
        past = [entry for entry in _course(doc) if entry.at <= now]
        if withdrawn:
            past.append(Entry("retiree", withdrawn, past[-1].body))
        return past

    def _offered(self, doc: dict[str, Any]) -> dict[str, str | None]:
        """What the person may do -> until when."""
        now, last = self._context.clock.now(), self._history(doc)[-1]
        found: dict[str, str | None] = {}
        if last.state == "repondue" and doc["rating"] is None and now < last.at + RATING_OPEN:
            found["evaluation"] = (last.at + RATING_OPEN).isoformat()
        if doc["kind"] != "reclamation":
            return found
        if last.state == "repondue":
            if doc["reopened_at"] is None and now < last.at + APPEAL_OPEN:
                found["reouverture"] = (last.at + APPEAL_OPEN).isoformat()
            found["mediateur"] = None
        elif last.state in ("en_instruction", "expertise_externe") and now >= _at(doc["created_at"]) + ANSWER:
            found["mediateur"] = None
        return found

    def _can_change(self, doc: dict[str, Any]) -> bool:
        if doc["withdrawn_at"] is not None:
            return False
        moments = [entry.at for entry in _course(doc)]
        moments += [_at(doc["created_at"]) + ANSWER, moments[-1] + APPEAL_OPEN]
        return self._context.clock.now() <= max(moments)


def _course(doc: dict[str, Any]) -> list[Entry]:
    """Everything that has happened to the demand or will, unless it is withdrawn."""
    created, body = _at(doc["created_at"]), BODIES[doc["target"]["administration"]]
    course = [Entry("deposee", created, body), Entry("en_tri", created + SORTED_AFTER, body)]
    if _motive(doc):
        return [*course, Entry("irrecevable", created + ADMITTED_AFTER, body)]
    redirected = REDIRECTED in doc["subject"]
    later = REDIRECTED_LATER if redirected else timedelta()
    body = COMPETENT if redirected else body
    course.append(Entry("reorientee" if redirected else "recevable", created + ADMITTED_AFTER, body))
    examined = "expertise_externe" if STRANGE in doc["subject"] else "en_instruction"
    course.append(Entry(examined, created + EXAMINED_AFTER + later, body))
    answered = created + ANSWERED_AFTER + later
    reopened, mediation = _at_or_none(doc["reopened_at"]), _at_or_none(doc["mediation_at"])
    if SILENT not in doc["subject"]:
        course.append(Entry("repondue", answered, body))
    if reopened:
        course += [Entry("rouverte", reopened, body), Entry("repondue", reopened + ANSWERED_AGAIN_AFTER, body)]
    if mediation:
        course += [
            Entry("transmise_mediateur", mediation, MEDIATOR),
            Entry("recommandation", mediation + RECOMMENDED_AFTER, MEDIATOR),
        ]
    return course


def _motive(doc: dict[str, Any]) -> str | None:
    return next((motive for mark, motive in MARKS.items() if mark in doc["subject"]), None)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _at_or_none(text: str | None) -> datetime | None:
    return _at(text) if text else None


def _unknown() -> Objection:
    return Objection(404, "demande_inconnue", "Demande inconnue, ou adresse électronique différente.")
