"""The fictional people of the sandbox identity provider, and the agents of its consulate.

None of the numbers, addresses or names belongs to anybody.
"""

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

    @property
    def login(self) -> str:
        return self.cnie

    @property
    def claims(self) -> dict[str, str]:
        """What the provider vouches for."""
        verified = {"cnie": self.cnie, "name": self.name, "email": self.email, "phone_number": self.phone}
        return {"sub": self.subject, **verified}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who works for an agency, and logs in as that."""

    login: str
    name: str
    name_ar: str
    city: str

    @property
    def claims(self) -> dict[str, str]:
        subject = hashlib.sha256(f"sandbox-idp:agent:{self.login}".encode()).hexdigest()[:32]
        return {"sub": subject, "name": self.name}


AGENTS: Final[Mapping[str, Agent]] = {
    agent.login: agent
    for agent in (
        Agent(login="nadia", name="Nadia Berrada", name_ar="نادية برادة", city="Lyon"),
        Agent(login="omar", name="Omar Chraibi", name_ar="عمر الشرايبي", city="Bruxelles"),
    )
}

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


def agent(login: str) -> Agent:
    """Raises `ValueError` for somebody who does not work there."""
    try:
        return AGENTS[login]
    except KeyError:
        raise ValueError("no agent logs in by this name") from None


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
