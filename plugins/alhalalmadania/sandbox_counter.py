"""What the sandbox's counter looks at before it takes a demand: is it in time, and whose is the act?"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

MOROCCO: Final = ZoneInfo("Africa/Casablanca")
TO_DECLARE: Final = timedelta(days=30)
NAMES: Final = ("last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic")


class Objection(Exception):
    """The counter says no: a SOAP fault. `word` is the portal's, `fields` what it objects to."""

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
        or any(fold(given[role][elements[name]]) != fold(known[name]) for name in NAMES)
        or ("birth_date" in known and given[role].get("dateNaissance") != known["birth_date"])
    ]
    if wrong:
        raise Objection("identite_non_conforme", "L'identité ne correspond pas au registre.", *wrong)


def fold(text: str) -> str:
    """Names as a register compares them: no case, no accents or vowel signs, no spaces and hyphens."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in bare if c.isalnum())
