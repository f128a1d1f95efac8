"""How a case of each service can go: well, and in its most likely ways not well. The people are those of the sandboxes.

What makes a portal do what stands here is in its plugin's README, under "The sandbox".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .person import GONE, Life

# --- What is paid, and what becomes of it -------------------------------------------------------------------------

PAID: Final = "capture stamp stamp_consumed"
NOT_FILED: Final = "capture stamp stamp_cancelled refund"
"""The portal refused at the counter, so the stamp was not used."""
GIVEN_BACK: Final = "capture stamp stamp_consumed refund"

# --- People -------------------------------------------------------------------------------------------------------

YOUSSEF: Final = {
    "last_name_latin": "Aït Lahcen", "first_name_latin": "Youssef", "last_name_arabic": "أيت لحسن",
    "first_name_arabic": "يوسف", "birth_date": "1992-01-30",
}  # fmt: skip
NADIA: Final = {
    "last_name_latin": "Ouazzani", "first_name_latin": "Nadia", "last_name_arabic": "الوزاني",
    "first_name_arabic": "نادية", "birth_date": "1979-09-09",
}  # fmt: skip
SALMA: Final = {
    "last_name_latin": "Benjelloun", "first_name_latin": "Salma", "last_name_arabic": "بنجلون",
    "first_name_arabic": "سلمى", "birth_date": "2001-06-21",
}  # fmt: skip
OMAR: Final = {
    "last_name_latin": "Berrada", "first_name_latin": "Omar", "last_name_arabic": "برادة", "first_name_arabic": "عمر",
}  # fmt: skip
LEILA: Final = {
    "last_name_latin": "Tazi", "first_name_latin": "Leïla", "last_name_arabic": "التازي", "first_name_arabic": "ليلى",
}  # fmt: skip
FATIMA: Final = {
    "last_name_latin": "Mansouri", "first_name_latin": "Fatima", "last_name_arabic": "المنصوري",
    "first_name_arabic": "فاطمة",
}  # fmt: skip

WHO_SIGNED_IN: Final = dict.fromkeys(
    ("cnie", "last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic", "birth_date"), GONE
)
"""Left out of the form: the gateway fills in what was verified."""

# --- watiqa -------------------------------------------------------------------------------------------------------

UNREADABLE: Final = {
    "registry": {"office": "Agadir Centre"},
    "person": YOUSSEF | {"cnie": "JB456789"},
    "act": {"number": "1999", "register_year": 1992},
}
LOST: Final[dict[str, Any]] = {"delivery": {"address": {"lines": ["11 rue LOST"]}}}

WATIQA: Final = {
    "watiqa.birth-extract": [
        Life(effects=f"{PAID} order shipment"),
        Life(end="rejected", reason="act_not_found", effects=NOT_FILED, form={"act": {"number": "4321"}}),
        Life(end="rejected", reason="act_unreadable", effects=f"{GIVEN_BACK} order", form=UNREADABLE, who="JB456789"),
    ],
    "watiqa.birth-full-copy": [
        Life(effects=f"{PAID} order shipment"),
        Life(
            end="rejected", reason="identity_mismatch", effects=NOT_FILED,
            form={"registry": {"office": "Salé Bab Lamrissa"}, "act": {"number": "87", "register_year": 1995}},
        ),
        Life(
            end="failed", reason="parcel_lost", effects=f"{GIVEN_BACK} order shipment", form=LOST,
            choices={"confirm": "refund"},
        ),
    ],
    "watiqa.consular-registration-certificate": [
        Life(effects=f"{PAID} order"),
        Life(
            end="rejected", reason="consular_registration_not_found", effects=NOT_FILED,
            form={"registration": {"number": "LYO-2016-99999"}},
        ),
        Life(
            end="withdrawn", reason="withdrawn_by_person", effects=f"{GIVEN_BACK} order cancellation", gives_up="filed"
        ),
    ],
}  # fmt: skip

# --- alhalalmadania -----------------------------------------------------------------------------------------------

TOO_LATE: Final = Life(end="rejected", reason="declaration_too_late", effects="", form={"judgment": GONE})
DECLARED: Final = Life(effects="demand completion")
NEVER_GIVEN: Final = Life(
    end="rejected", reason="documents_not_provided", effects="demand", ignores="provide_document",
    form={"event": {"date": "2023-01-06"}},
)  # fmt: skip
INACCURATE: Final = Life(
    end="rejected", reason="declaration_inaccurate", effects="demand completion",
    form={"event": {"place": "Nulle part", "date": "2023-01-05"}},
)  # fmt: skip
"""Other days than those of the examples: an event can be declared once."""

ALHALALMADANIA: Final = {
    "alhalalmadania.birth-copy": [
        Life(effects="demand"),
        Life(end="rejected", reason="act_not_found", effects="", form={"act": {"number": "4321"}}),
        Life(
            end="rejected", reason="act_unreadable", effects="demand",
            form={
                "register": {"office": "Agadir Centre"}, "person": YOUSSEF | {"cnie": "JB456789"},
                "act": {"number": "1999", "register_year": 1992},
            },
            who="JB456789",
        ),
    ],
    "alhalalmadania.marriage-copy": [
        Life(effects="demand"),
        Life(end="rejected", reason="identity_mismatch", effects="", form={"husband": {"first_name_latin": "Said"}}),
        Life(
            end="rejected", reason="act_under_correction", effects="demand",
            form={"husband": OMAR, "wife": LEILA, "act": {"number": "2998"}}, who="HA556677",
        ),
    ],
    "alhalalmadania.death-copy": [
        Life(effects="demand completion"),
        Life(end="rejected", reason="documents_not_provided", effects="demand", ignores="provide_document"),
        Life(
            end="rejected", reason="act_unreadable", effects="demand completion",
            form={"deceased": FATIMA, "act": {"number": "5999"}},
        ),
    ],
    "alhalalmadania.birth-declaration": [DECLARED, TOO_LATE, NEVER_GIVEN],
    "alhalalmadania.marriage-declaration": [DECLARED, TOO_LATE, INACCURATE],
    "alhalalmadania.divorce-declaration": [DECLARED, TOO_LATE, NEVER_GIVEN],
    "alhalalmadania.death-declaration": [DECLARED, INACCURATE, NEVER_GIVEN],
}  # fmt: skip

# --- chikaya ------------------------------------------------------------------------------------------------------

ANSWERED: Final = Life(effects="complaint rating", choices={"rate": "5"})


def inadmissible(word: str, reason: str) -> Life:
    return Life(end="rejected", reason=reason, effects="complaint", form={"message": {"subject": f"Objet : {word}"}})


TAKEN_BACK: Final = Life(
    end="withdrawn", reason="withdrawn_by_person", effects="complaint withdrawal", gives_up="filed"
)  # fmt: skip

CHIKAYA: Final = {
    "chikaya.complaint": [
        ANSWERED,
        Life(end="rejected", reason="before_court", effects="", form={"before_court": True}),
        inadmissible("IMPRECIS", "too_vague"),
        # Nobody answers in sixty days: the Mediator does.
        Life(
            effects="complaint mediation", form={"message": {"subject": "SANS REPONSE"}}, choices={"appeal": "mediator"}
        ),
        Life(effects="complaint rating reopening", choices={"rate": "1", "appeal": "reopen"}),
    ],
    "chikaya.complaint-consulate": [ANSWERED, inadmissible("IRRECEVABLE", "not_competent"), TAKEN_BACK],
    "chikaya.observation": [ANSWERED, inadmissible("DEJA TRAITEE", "already_answered"), TAKEN_BACK],
    "chikaya.suggestion": [ANSWERED, inadmissible("IRRECEVABLE", "not_competent"), TAKEN_BACK],
}  # fmt: skip

# --- rokhas -------------------------------------------------------------------------------------------------------

UNFAVOURABLE: Final = Life(
    end="rejected", reason="plan_not_followed", effects="dossier", form={"project": {"description": "DEFAVORABLE"}}
)
UNSAFE: Final = Life(
    end="rejected", reason="safety_not_assured", effects="dossier", form={"project": {"description": "DANGER"}}
)
NOT_COVERED: Final = Life(
    end="rejected", reason="commune_not_covered", effects="", form={"land": {"commune": "Tan-Tan"}}
)  # fmt: skip
DESISTED: Final = {"end": "withdrawn", "reason": "withdrawn_by_person"}

ROKHAS: Final = {
    "rokhas.construction-permit": [
        Life(effects=f"{PAID} dossier complement taxe"),
        Life(**DESISTED, effects="dossier desistement", gives_up="provide_document"),
        UNFAVOURABLE,
    ],
    "rokhas.repair-permit": [
        Life(effects="dossier"),
        UNFAVOURABLE,
        NOT_COVERED,
        Life(effects="dossier complement", form={"project": {"description": "AJOURNE, puis RESERVES"}}),
    ],
    "rokhas.demolition-permit": [
        Life(effects=f"{PAID} dossier taxe"),
        UNSAFE,
        Life(**DESISTED, effects="dossier desistement", gives_up="pay"),
    ],
    "rokhas.occupancy-certificate": [
        Life(effects="dossier"),
        Life(end="rejected", reason="permit_not_found", effects="", form={"project": {"permit": "PC-2024-000318"}}),
        UNSAFE,
    ],
    "rokhas.business-permit": [
        Life(effects=f"{PAID} dossier taxe", declined=True),
        NOT_COVERED,
        UNSAFE,
    ],
    "rokhas.public-domain-permit": [
        Life(effects=f"{PAID} dossier taxe"),
        UNFAVOURABLE,
        Life(**DESISTED, effects="dossier desistement", gives_up="filed"),
    ],
}  # fmt: skip

# --- passeport ----------------------------------------------------------------------------------------------------

LODGED: Final = f"{PAID} appointment pre_application"
NOT_LODGED: Final = f"{NOT_FILED} appointment pre_application"
"""The counter sees the person at the appointment, which cannot be cancelled any more by then."""
NOT_TAKEN: Final = f"{NOT_FILED} appointment cancellation"
PHOTO: Final = {
    "person": YOUSSEF | {"cnie": "JB456789", "birth_place": "Agadir"},
    "registration": {"number": "LYO-2020-00077"},
}
ABSENT: Final = {
    "person": NADIA | {"cnie": "AA112233", "birth_place": "Rabat"},
    "registration": {"number": "LYO-2011-01203"},
}
UNREGISTERED: Final = Life(
    end="rejected", reason="consular_registration_not_found", effects=NOT_TAKEN,
    form={"registration": {"number": "LYO-2016-99999"}},
)  # fmt: skip
MISTAKEN: Final = Life(
    end="rejected", reason="identity_mismatch", effects=NOT_LODGED, who="GM203040",
    form={"registration": {"number": "LYO-2018-00222"}, "passport": {"number": "XE4444444"}, "person": WHO_SIGNED_IN},
)  # fmt: skip
"""Whose birth date the passport register has otherwise."""
MISTAKEN_AT_FIRST: Final = replace(
    MISTAKEN, form={name: part for name, part in MISTAKEN.form.items() if name != "passport"}
)
CANCELLED: Final = Life(
    end="withdrawn", reason="withdrawn_by_person", gives_up="filed",
    effects=f"{NOT_LODGED} cancellation cancellation",  # of the pre-application and of the appointment
)  # fmt: skip


PASSEPORT: Final = {
    "passeport.renewal-adult": [
        Life(effects=f"{LODGED} shipment"),
        Life(
            end="rejected", reason="photo_not_accepted", effects=NOT_LODGED,
            form={**PHOTO, "passport": {"number": "XD1111111"}}, who="JB456789",
        ),
        Life(
            end="failed", reason="pre_application_expired", effects=NOT_LODGED,
            form={**ABSENT, "passport": {"number": "XD2222222"}}, who="AA112233",
        ),
    ],
    "passeport.renewal-adult-morocco": [  # without an appointment
        Life(effects=f"{PAID} pre_application"),
        Life(
            end="rejected", reason="passport_not_found", effects=NOT_FILED, form={"passport": {"number": "XB7654321"}}
        ),
        Life(
            end="withdrawn", reason="withdrawn_by_person", effects=f"{NOT_FILED} pre_application cancellation",
            gives_up="filed",
        ),
    ],
    "passeport.first-adult": [Life(effects=LODGED), UNREGISTERED, MISTAKEN_AT_FIRST],
    "passeport.minor": [
        Life(effects=LODGED),
        Life(end="rejected", reason="minor_only", effects=NOT_TAKEN, form={"person": {"birth_date": "1999-05-09"}}),
        UNREGISTERED,
    ],
    "passeport.after-loss": [
        Life(effects=f"{LODGED} passport_voided"),
        Life(
            end="rejected", reason="photo_not_accepted", effects=f"{NOT_LODGED} passport_voided",
            form={**PHOTO, "passport": {"number": "XC9000001"}}, who="JB456789",
        ),
        UNREGISTERED,
    ],
    "passeport.after-theft": [
        Life(effects=f"{LODGED} passport_voided"),
        UNREGISTERED,
        Life(
            end="failed", reason="pre_application_expired", effects=f"{NOT_LODGED} passport_voided",
            form={**ABSENT, "passport": {"number": "XC9000002"}}, who="AA112233",
        ),
    ],
    "passeport.after-damage": [
        Life(effects=LODGED),
        Life(
            end="rejected", reason="passport_reported_lost", effects=NOT_TAKEN,
            form={
                "person": SALMA | {"cnie": "BK445566", "birth_place": "Lyon"},
                "registration": {"number": "LYO-2021-00845"}, "passport": {"number": "XD3333333"},
            },
            who="BK445566",
        ),
        CANCELLED,
    ],
    "passeport.data-change": [
        Life(effects=LODGED),
        Life(
            end="rejected", reason="passport_not_found", effects=NOT_TAKEN, form={"passport": {"number": "XB7654321"}}
        ),
        MISTAKEN,
    ],
}  # fmt: skip

# --- rendezvous ---------------------------------------------------------------------------------------------------

MET: Final = "request documents appointment"


KARIM, OMAR_C, SAID = "K102030", "MC667788", "QA445566"
NAWAL, HAFSA = "PB991122", "LB334455"
THEIRS: Final = {"person": WHO_SIGNED_IN}
INCONSISTENT: Final = Life(
    end="rejected", reason="file_inconsistent", effects="request documents", form=THEIRS, who=OMAR_C
)
NO_SHOW: Final = Life(
    end="rejected", reason="no_show", effects="request documents appointment appointment appointment", form=THEIRS,
    who=SAID,
)  # fmt: skip
INCOMPLETE: Final = Life(
    end="withdrawn", reason="withdrawn_by_person", effects="request withdrawal", gives_up="provide_document"
)

RENDEZVOUS: Final = {
    "rendezvous.consular-registration": [
        Life(effects=f"{PAID} {MET}"),
        Life(
            end="rejected", reason="file_inconsistent", effects=f"{GIVEN_BACK} request documents", form=THEIRS,
            who=OMAR_C,
        ),
        Life(
            end="withdrawn", reason="withdrawn_by_person", effects=f"{GIVEN_BACK} request withdrawal",
            gives_up="provide_document",
        ),
    ],
    "rendezvous.cnie": [
        Life(effects=f"{PAID} {MET}"),
        Life(end="rejected", reason="consular_registration_required", effects=NOT_FILED, form=THEIRS, who=KARIM),
        Life(end="rejected", reason="no_show", effects=f"{GIVEN_BACK} {NO_SHOW.effects}", form=THEIRS, who=SAID),
    ],
    "rendezvous.legalisation": [Life(effects=MET), INCONSISTENT, NO_SHOW],
    "rendezvous.adoul-act": [Life(effects=MET), INCOMPLETE, INCONSISTENT],
    "rendezvous.residence-attestation": [
        Life(effects=MET),
        NO_SHOW,
        INCOMPLETE,
        Life(effects=f"{MET} appointment", form=THEIRS, who=NAWAL),  # misses the first one
    ],
    "rendezvous.life-attestation": [
        Life(effects=MET),
        INCONSISTENT,
        INCOMPLETE,
        Life(effects=MET, form=THEIRS, who=HAFSA),  # is asked for one document more
    ],
}  # fmt: skip

# --- echo, the reference connector --------------------------------------------------------------------------------

REFUSED: Final = {"end": "rejected", "reason": "demand_refused", "form": {"behave": "refuse"}}
REJECTED: Final = {"end": "rejected", "reason": "as_you_asked", "form": {"behave": "reject_later"}}

ECHO: Final = {
    "echo.note": [Life(effects="demand"), Life(**REFUSED, effects=""), Life(**REJECTED, effects="demand")],
    "echo.stamped": [
        Life(effects=f"{PAID} demand"),
        Life(**REFUSED, effects=NOT_FILED),
        Life(**REJECTED, effects=f"{GIVEN_BACK} demand"),
    ],
    "echo.parcel": [
        Life(effects="demand shipment"),
        Life(**REJECTED, effects="demand"),
        Life(end="failed", reason="parcel_lost", effects="demand shipment", form=LOST, choices={"confirm": "refund"}),
    ],
    "echo.meeting": [
        Life(effects="demand booking"),
        Life(**REFUSED, effects=""),
        Life(**DESISTED, effects="demand withdrawal", gives_up="choose_slot"),
    ],
    "echo.visit": [
        Life(effects=f"{PAID} demand booking shipment"),
        Life(**REFUSED, effects=f"{NOT_FILED} booking booking_cancelled"),
        Life(**DESISTED, effects="", gives_up="pay"),
    ],
}  # fmt: skip

LIVES: Final[dict[str, list[Life]]] = {
    **WATIQA, **ALHALALMADANIA, **CHIKAYA, **ROKHAS, **PASSEPORT, **RENDEZVOUS, **ECHO,
}  # fmt: skip
"""Service -> ways that its cases can go; the first one is the happy one."""
