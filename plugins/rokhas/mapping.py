"""Words of rokhas.ma -> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.
What goes the other way is in `demand.py`.

Known of the portal is the history: `historic[]` of `LABEL`, `START_TIME`, `STATUS` (README.md). A demand has no other
status than its history says, so tracking and following read the same table. Answers are parsed strictly: what is
renamed, missing or of another kind raises `UnexpectedAnswer`, which the core logs and reports as an answer it did not
expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Filed,
    Milestone,
    Money,
    Progress,
    Reference,
    RequiredAction,
    Statuses,
    Step,
    UnexpectedAnswer,
    centimes,
    check_findings,
    decoded,
    fold,
    in_order,
    motive,
    same,
    wall_clock,
    with_key,
)

STEPS: Final[Statuses] = {
    # the last step that began         the person's case is           and the demand stands at
    "Dépôt du dossier":               (CaseStatus.RECEIVED,           Milestone.CREATED),
    "Contrôle de recevabilité":       (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Examen par la commission":       (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Avis favorable":                 (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Avis favorable avec réserves":   (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Avis défavorable":               (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Dossier ajourné":                (CaseStatus.ACTION_REQUIRED,    Milestone.PROCESSING),
    "Complément déposé":              (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Liquidation des taxes":          (CaseStatus.ACTION_REQUIRED,    Milestone.PROCESSING),
    "Taxes acquittées":               (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Signature du président":         (CaseStatus.IN_PROGRESS,        Milestone.PROCESSING),
    "Permis délivré":                 (CaseStatus.COMPLETED,          Milestone.READY),
    "Refus notifié":                  (CaseStatus.REJECTED,           Milestone.REFUSED),
    "Désistement du demandeur":       (CaseStatus.WITHDRAWN,          None),
}  # fmt: skip
"""Capitals and accents do not count. A label that is not here is `in_progress` with a warning."""

DONE, ACTIVE, PENDING = "done", "active", "pending"
"""What `STATUS` says of a step. Any other word is `in_progress` with a warning. "pending" is assumed."""

REQUIRED_ACTIONS: Final[dict[str, str]] = {
    # the commission adjourned for     the gateway says
    "plans_manquants":                "plans_missing",
    "piece_manquante":                "document_missing",
}  # fmt: skip
"""A word that is not here is `document_missing`."""

MOTIVES: Final[dict[str, str]] = {
    # refused because                  the gateway says
    "non_conforme_plan":              "plan_not_followed",
    "securite":                       "safety_not_assured",
}  # fmt: skip
"""A motive that is not here is `commission_unfavourable`."""

REFUSALS: Final[dict[str, str]] = {
    # the portal objects               the gateway says
    "commune_non_couverte":           "commune_not_covered",
    "permis_introuvable":             "permit_not_found",
    "proprietaire_invalide":          "owner_id_invalid",
    "demandeur_non_habilite":         "requester_not_entitled",
    "demande_invalide":               "form_not_accepted",
    "dossier_inconnu":                "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "desistement_tardif":             "too_late",
    "complement_non_demande":         "action_not_supported",
    "taxe_non_liquidee":              "action_not_supported",
    "taxe_deja_payee":                "fee_already_paid",
    "timbre_invalide":                "stamp_invalid",
    "timbre_deja_utilise":            "stamp_already_used",
}  # fmt: skip
"""A word that is not here is `portal_refused`."""

FIELDS: Final[dict[str, str]] = {
    # the portal's field               the field of our form
    "TERRAIN.COMMUNE":                "/land/commune",
    "TERRAIN.TITRE":                  "/land/title",
    "PROPRIETAIRE.CNIE":              "/owner/cnie",
    "PROPRIETAIRE.RC":                "/owner/trade_register",
    "PROJET.PERMIS":                  "/project/permit",
}  # fmt: skip

MAX_STEPS: Final = 200
ADJOURNED: Final = "Dossier ajourné"
FEES: Final = "Liquidation des taxes"
PERMIT: Final = "permis"
"""Id of the document that the president of the commune signed."""


# --- From the portal ----------------------------------------------------------------------------------------------


class _Upper(msgspec.Struct, frozen=True, rename=str.upper):
    """Members are in capitals on the wire."""


class _Step(_Upper, frozen=True):
    label: str
    start_time: str | None
    status: str


class _Tracked(_Upper, frozen=True):
    """The answer of `POST /api/suivi`."""

    reference: Reference
    historic: list[_Step] = msgspec.field(name="historic")


class _Request(_Upper, frozen=True):
    motif: str


class _Fees(_Upper, frozen=True):
    montant: str
    acquitte: bool


class _Document(_Upper, frozen=True):
    id: str
    titre: str
    type_mime: str


class _Demand(_Tracked, frozen=True, kw_only=True):
    """The answer of everything under `/api/dossiers`. What is null is null, and never left out."""

    client_reference: str
    complement: _Request | None
    taxe: _Fees | None
    motif: str | None
    documents: list[_Document]


class _Demands(_Upper, frozen=True):
    dossiers: list[_Demand]


def objections(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, FIELDS, fields_member="CHAMPS")


def filed(key: str, body: bytes) -> Filed:
    lodged = decoded(body, _Demand)
    same(lodged.client_reference, key, "key")
    return _filed(lodged)


def found(key: str, body: bytes) -> Filed | None:
    """The first demand lodged with `key`, compared here too: a portal that ignores its filter gives another's."""
    return with_key(decoded(body, _Demands).dossiers, key, _filed)


def progress(body: bytes) -> Progress:
    return _progress(decoded(body, _Demand))


def tracked(reference: str, body: bytes) -> Progress:
    answer = decoded(body, _Tracked)
    same(answer.reference, reference, "demand")
    return _read(answer)


def wants_certificate(body: bytes) -> bool:
    """The page by which the usual web servers turn away a client whose certificate they do not accept, before the
    portal sees the request: nginx says `No required SSL certificate was sent` or `The SSL certificate error`."""
    return body.lstrip()[:1] == b"<" and b"SSL certificate" in body[:2048]


def _filed(answer: _Demand) -> Filed:
    return Filed(reference=answer.reference, progress=_progress(answer))


def _progress(answer: _Demand) -> Progress:
    """The history's word, checked against what else the portal says of the demand: where both do not agree, nothing is
    asked, granted or refused."""
    read = _read(answer)
    ask: RequiredAction | None = None
    agreed = True
    if read.status is CaseStatus.ACTION_REQUIRED:
        ask = _required_action(fold(read.portal_status), answer)
        agreed = ask is not None
    elif read.status is CaseStatus.COMPLETED:
        agreed = any(each.id == PERMIT for each in answer.documents)
    rejected = read.status is CaseStatus.REJECTED
    return msgspec.structs.replace(
        read,
        status=read.status if agreed else CaseStatus.IN_PROGRESS,
        milestone=read.milestone if agreed else Milestone.PROCESSING,
        documents=[DocumentRef(id=each.id, title=each.titre, media_type=each.type_mime) for each in answer.documents],
        reason=motive(MOTIVES, answer.motif, "commission_unfavourable") if rejected else "",
        ask=ask,
        warnings=read.warnings if agreed else [*read.warnings, "portal_status_contradictory"],
    )


def _required_action(step: str, answer: _Demand) -> RequiredAction | None:
    if step == fold(ADJOURNED) and answer.complement is not None:
        return RequiredAction(
            type="provide_document", code=REQUIRED_ACTIONS.get(answer.complement.motif, "document_missing")
        )
    if step == fold(FEES) and answer.taxe is not None and not answer.taxe.acquitte:
        return RequiredAction(type="pay", code="fee_on_decision", amount=Money(amount=_due(answer.taxe.montant)))
    return None


# --- The history --------------------------------------------------------------------------------------------------


def _read(answer: _Tracked) -> Progress:
    """What the last step that began means."""
    begun = [each for each in answer.historic if each.status != PENDING]
    if not 0 < len(begun) <= MAX_STEPS:
        raise UnexpectedAnswer(f"{len(begun)} steps in historic")
    steps, mixed_up = _in_order(begun)
    last = steps[-1][1]
    status, milestone = _meaning(last)
    return Progress(
        reference=answer.reference,
        status=status,
        portal_status=without_version(last.label),
        milestone=milestone,
        steps=[Step(at=at, label=without_version(each.label), milestone=_meaning(each)[1]) for at, each in steps],
        warnings=[*_warnings(answer.historic), *mixed_up],
    )


def _in_order(begun: list[_Step]) -> tuple[list[tuple[datetime, _Step]], list[str]]:
    """The oldest first, as `historic` is usually written."""
    order, mixed_up = in_order([wall_clock(each.start_time or "", seconds=True) for each in begun], newest_first=False)
    return [(at, begun[place]) for place, at in order], mixed_up


def _meaning(step: _Step) -> tuple[CaseStatus, Milestone | None]:
    """An end counts only when it is `done`, a wish only while it is `active`."""
    status, milestone = _STEPS.get(fold(without_version(step.label)), (CaseStatus.IN_PROGRESS, None))
    if step.status in _COUNTS_WHEN.get(status, (DONE, ACTIVE)):
        return status, milestone
    return CaseStatus.IN_PROGRESS, milestone if milestone is Milestone.PROCESSING else None


def _warnings(steps: list[_Step]) -> Iterator[str]:
    if any(each.status not in (DONE, ACTIVE, PENDING) for each in steps):
        yield "portal_status_unknown"
    if any(fold(without_version(each.label)) not in _STEPS for each in steps):
        yield "portal_step_unknown"


_VERSION: Final = re.compile(r" V[0-9]{1,3}", re.ASCII)


def without_version(label: str) -> str:
    """`Avis favorable V12` -> `Avis favorable`: the version of the portal's workflow, at the very end only."""
    found = label.rstrip()
    cut = found.rfind(" V")
    return found[:cut].rstrip() if cut > 0 and _VERSION.fullmatch(found, cut) else found


def _due(amount: str) -> int:
    """Centimes of a tax that is due. Raises `UnexpectedAnswer`."""
    try:
        due = centimes(amount)
    except ValueError:
        due = 0
    if due == 0:
        raise UnexpectedAnswer("MONTANT has another form")
    return due


_STEPS: Final = {fold(label): meaning for label, meaning in STEPS.items()}
_COUNTS_WHEN: Final = {
    CaseStatus.ACTION_REQUIRED: (ACTIVE,),
    CaseStatus.COMPLETED: (DONE,),
    CaseStatus.REJECTED: (DONE,),
    CaseStatus.WITHDRAWN: (DONE,),
}
