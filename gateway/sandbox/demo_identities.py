"""The fictional people of the sandbox identity provider, and the agents of its consulate.

None of the numbers, addresses or names belongs to anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.national_id import typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    cnie: str
    given_name: str
    family_name: str
    given_name_ar: str
    family_name_ar: str
    birthdate: str
    email: str
    phone: str
    """E.164."""
    city: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def name_ar(self) -> str:
        return f"{self.given_name_ar} {self.family_name_ar}"

    @property
    def subject(self) -> str:
        """What the provider calls the person: says nothing about her."""
        return hashlib.sha256(f"sandbox-idp:{self.cnie}".encode()).hexdigest()[:32]

    @property
    def login(self) -> str:
        return self.cnie

    @property
    def claims(self) -> dict[str, Any]:
        """What the provider vouches for."""
        return {
            "sub": self.subject,
            "cnie": self.cnie,
            "name": self.name,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "given_name#ar": self.given_name_ar,
            "family_name#ar": self.family_name_ar,
            "birthdate": self.birthdate,
            "email": self.email,
            "email_verified": True,
            "phone_number": self.phone,
            "phone_number_verified": True,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who works for a post, an agency, the auditors or the operator, and logs in as that."""

    login: str
    name: str
    name_ar: str
    city: str
    posts: tuple[str, ...]

    @property
    def claims(self) -> dict[str, Any]:
        subject = hashlib.sha256(f"sandbox-idp:agent:{self.login}".encode()).hexdigest()[:32]
        return {"sub": subject, "name": self.name, "mre_posts": list(self.posts)}


AGENTS: Final[Mapping[str, Agent]] = {
    agent.login: agent
    for agent in (
        Agent(login="nadia", name="Nadia Berrada", name_ar="نادية برادة", city="Lyon", posts=("lyon", "paris")),
        Agent(login="omar", name="Omar Chraibi", name_ar="عمر الشرايبي", city="Bruxelles", posts=("bruxelles",)),
    )
}

STAFF: Final[Mapping[str, Mapping[str, Agent]]] = {
    "agent": AGENTS,
    "auditor": {"hassan": Agent(login="hassan", name="Hassan Lahlou", name_ar="حسن لحلو", city="Rabat", posts=())},
    "operator": {"karima": Agent(login="karima", name="Karima Saidi", name_ar="كريمة السعيدي", city="Rabat", posts=())},
    "agency": {"driss": Agent(login="driss", name="Driss Naciri", name_ar="إدريس الناصري", city="Rabat", posts=())},
}
"""Who works where, by the kind of the client that they log in to."""

PEOPLE: Final[Mapping[str, Person]] = {
    person.cnie: person
    for person in (
        Person(
            cnie="AB123456", given_name="Amina", family_name="El Fassi", given_name_ar="أمينة",
            family_name_ar="الفاسي", birthdate="1988-03-14",
            email="amina@example.org", phone="+33612345678", city="Lyon",
        ),
        Person(
            cnie="BK654321", given_name="Youssef", family_name="Benali", given_name_ar="يوسف",
            family_name_ar="بنعلي", birthdate="1984-07-02",
            email="youssef@example.org", phone="+32470123456", city="Bruxelles",
        ),
        Person(
            cnie="CD778899", given_name="Salma", family_name="Idrissi", given_name_ar="سلمى",
            family_name_ar="الإدريسي", birthdate="1996-12-19",
            email="salma@example.org", phone="+34612345678", city="Barcelona",
        ),
        Person(
            cnie="E445566", given_name="Mehdi", family_name="Alaoui", given_name_ar="مهدي",
            family_name_ar="العلوي", birthdate="1979-05-23",
            email="mehdi@example.org", phone="+15145550123", city="Montréal",
        ),
    )
}  # fmt: skip

REGISTERED: Final[Mapping[str, Person]] = {
    person.cnie: person
    for person in (
        Person(
            cnie="A987654", given_name="Mehdi", family_name="Bennani", given_name_ar="المهدي",
            family_name_ar="بناني", birthdate="1995-11-02",
            email="a987654@example.org", phone="+33199001234", city="Paris",
        ),
        Person(
            cnie="AA112233", given_name="Nadia", family_name="Ouazzani", given_name_ar="نادية",
            family_name_ar="الوزاني", birthdate="1979-09-09",
            email="aa112233@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="BK445566", given_name="Salma", family_name="Benjelloun", given_name_ar="سلمى",
            family_name_ar="بنجلون", birthdate="2001-06-21",
            email="bk445566@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="JB456789", given_name="Youssef", family_name="Aït Lahcen", given_name_ar="يوسف",
            family_name_ar="أيت لحسن", birthdate="1992-01-30",
            email="jb456789@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="K102030", given_name="Karim", family_name="Tazi", given_name_ar="كريم",
            family_name_ar="التازي", birthdate="1990-04-11",
            email="k102030@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="LB334455", given_name="Hafsa", family_name="Berrada", given_name_ar="حفصة",
            family_name_ar="برادة", birthdate="1986-08-27",
            email="lb334455@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="MC667788", given_name="Omar", family_name="Chraibi", given_name_ar="عمر",
            family_name_ar="الشرايبي", birthdate="1975-02-05",
            email="mc667788@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="PB991122", given_name="Nawal", family_name="Tahiri", given_name_ar="نوال",
            family_name_ar="الطاهري", birthdate="1993-10-16",
            email="pb991122@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="QA445566", given_name="Said", family_name="Amrani", given_name_ar="سعيد",
            family_name_ar="العمراني", birthdate="1968-06-30",
            email="qa445566@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="GM203040", given_name="Rachid", family_name="Mansouri", given_name_ar="رشيد",
            family_name_ar="المنصوري", birthdate="1982-03-15",
            email="gm203040@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="HA556677", given_name="Leïla", family_name="Tazi", given_name_ar="ليلى",
            family_name_ar="التازي", birthdate="1991-03-08",
            email="ha556677@example.org", phone="+33199001234", city="Lyon",
        ),
        Person(
            cnie="SH889900", given_name="Omar", family_name="Berrada", given_name_ar="عمر",
            family_name_ar="برادة", birthdate="1989-11-25",
            email="sh889900@example.org", phone="+33199001234", city="Lyon",
        ),
    )
}  # fmt: skip
"""Those whom the portals' stand-ins know besides: each is a way that a case can go (the plugins' READMEs)."""


def agent(login: str, kind: str = "agent") -> Agent:
    """Raises `ValueError` for somebody who does not work there."""
    try:
        return STAFF[kind][login]
    except KeyError:
        raise ValueError("no agent logs in by this name") from None


def person(cnie: str) -> Person:
    """The person with this number; an unknown number gets a person of its own, always the same.

    Raises `ValueError` for what is not a CNIE.
    """
    number = typed(cnie)
    return PEOPLE.get(number) or REGISTERED.get(number) or _unknown(number)


def _unknown(number: str) -> Person:
    """Somebody whom nothing is known of. The names hold the number in letters, because a name has no digits."""
    letters = "".join(chr(ord("a") + int(each)) if each.isdigit() else each.lower() for each in number)
    arabic = "".join("ابتثجحخدذر"[int(each)] if each.isdigit() else "س" for each in number)
    seed = int.from_bytes(hashlib.sha256(number.encode()).digest()[:4], "big")
    return Person(
        cnie=number,
        given_name="Personne",
        family_name=f"Fictive {letters.capitalize()}",
        given_name_ar="شخص",
        family_name_ar=f"خيالي {arabic}",
        birthdate=f"{1950 + seed % 50}-{1 + seed // 50 % 12:02d}-{1 + seed // 600 % 28:02d}",
        email=f"{number.lower()}@example.org",
        phone="+33199001234",
        city="Paris",
    )
