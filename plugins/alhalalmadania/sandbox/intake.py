"""What the sandbox's counter looks at before it takes a demand: is it in time, and whose is the act?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from gateway.sandbox.authoring import letters, partial_date

TO_DECLARE: Final = timedelta(days=30)
NAMES: Final = ("last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic")


class Objection(Exception):
    """The portal says no: a SOAP fault. `word` is the portal's, `fields` what it objects to."""

    def __init__(self, word: str, message: str, *fields: str, subcode: str = "") -> None:
        super().__init__(word)
        self.word, self.message, self.fields, self.subcode = word, message, fields, subcode


def in_time(demand: Mapping[str, Any], today: date) -> date | None:
    """The last day to declare; None with a judgment, which has no such day."""
    declaration = demand["declaration"]
    if date.fromisoformat(declaration["dateFait"]) > today:
        raise Objection("date_future", "La date du fait est à venir.", "declaration.dateFait")
    if "jugement" in declaration:
        return None
    limit = last_day(declaration, demand["objet"])
    if today > limit:
        raise Objection(
            "hors_delai",
            f"Le délai légal a pris fin le {limit:%d/%m/%Y} : un jugement est exigé.",
            "declaration.dateFait",
            "declaration.jugement",
        )
    return limit


def last_day(declaration: Mapping[str, Any], objet: str) -> date:
    """Thirty days after the event; a year for a birth abroad."""
    day = date.fromisoformat(declaration["dateFait"])
    if objet == "declaration_naissance" and declaration["paysFait"] != "MA":
        try:
            return day.replace(year=day.year + 1)
        except ValueError:  # 29 February
            return date(day.year + 1, 3, 1)
    return day + TO_DECLARE


def check_identity(persons: Sequence[Mapping[str, Any]], entry: Mapping[str, Mapping[str, str]]) -> None:
    given = {each["role"]: each for each in persons}
    elements = {"last_name_latin": "nomLatin", "first_name_latin": "prenomLatin"}
    elements |= {"last_name_arabic": "nomArabe", "first_name_arabic": "prenomArabe"}
    wrong = [
        role
        for role, known in entry.items()
        if role not in given
        or any(letters(given[role][elements[name]]) != letters(known[name]) for name in NAMES)
        or ("birth_date" in known and not _may_be(given[role].get("dateNaissance"), known["birth_date"]))
    ]
    if wrong:
        raise Objection("identite_non_conforme", "L'identité ne correspond pas au registre.", *wrong)


def _may_be(given: str | None, known: str) -> bool:
    """As far as both are known. What is not a date is nobody's."""
    try:
        return given is not None and partial_date.parse(given).agrees(partial_date.parse(known))
    except ValueError:
        return False


IN_PERSON: Final[Mapping[str, tuple[str, ...]]] = {
    # capacity     roles of which one is the requester
    "interesse": ("titulaire", "epoux", "epouse"),
    "conjoint": ("epoux", "epouse"),
    "pere": ("pere",),
    "mere": ("mere",),
}
"""Who says to be named in the act, or in the declaration. Other capacities are proved by a document. A spouse who asks
for another's birth or death record is not named in it."""


def check_requester(demand: Mapping[str, Any]) -> None:
    """The person who signed in has to be the one of the act, where her capacity says so."""
    asker = demand.get("requerant")
    if asker is None:
        raise Objection("requerant_non_habilite", "Le demandeur n'est pas identifié.")
    part = demand.get("copie") or demand["declaration"]
    roles = IN_PERSON.get(part.get("qualiteDemandeur") or part.get("qualiteDeclarant", ""), ())
    named = [each for each in demand["personne"] if each["role"] in roles]
    if named and not any(_is(asker, each) for each in named):
        raise Objection("requerant_non_habilite", "Le demandeur n'est pas cette personne.", *(r["role"] for r in named))


def _is(asker: Mapping[str, str], person: Mapping[str, str]) -> bool:
    if "cnie" in person:
        return person["cnie"] == asker["cnie"]
    names = ("nomLatin", "prenomLatin", "nomArabe", "prenomArabe")
    return all(letters(asker.get(name, "")) == letters(person[name]) for name in names)
