"""The fictional people of the sandbox identity provider. None of the numbers, addresses or names belongs to anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.auth.national_id import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    cnie: str
    name: str
    name_ar: str
    email: str
    phone: str
    """E.164."""
    city: str

    @property
    def subject(self) -> str:
        """What the provider calls the person: says nothing about her."""
        return hashlib.sha256(f"sandbox-idp:{self.cnie}".encode()).hexdigest()[:32]


PEOPLE: Final[Mapping[str, Person]] = {
    person.cnie: person
    for person in (
        Person(
            cnie="AB123456",
            name="Amina El Fassi",
            name_ar="أمينة الفاسي",
            email="amina@example.org",
            phone="+33612345678",
            city="Lyon",
        ),
        Person(
            cnie="BK654321",
            name="Youssef Benali",
            name_ar="يوسف بنعلي",
            email="youssef@example.org",
            phone="+32470123456",
            city="Bruxelles",
        ),
        Person(
            cnie="CD778899",
            name="Salma Idrissi",
            name_ar="سلمى الإدريسي",
            email="salma@example.org",
            phone="+34612345678",
            city="Barcelona",
        ),
        Person(
            cnie="E445566",
            name="Mehdi Alaoui",
            name_ar="مهدي العلوي",
            email="mehdi@example.org",
            phone="+15145550123",
            city="Montréal",
        ),
    )
}


def person(cnie: str) -> Person:
    """The person with this number; an unknown number gets a person of its own, always the same.

    Raises `ValueError` for what is not a CNIE.
    """
    number = normalise(cnie)
    return PEOPLE.get(number) or Person(
        cnie=number,
        name=f"Personne Fictive {number}",
        name_ar=f"شخص خيالي {number}",
        email=f"{number.lower()}@example.org",
        phone="+33199001234",
        city="Paris",
    )
