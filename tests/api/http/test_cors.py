from __future__ import annotations

from typing import Any

import pytest

from gateway.api.http.cors import Cors
from gateway.auth.clients import Client, ClientKind, Clients

AUDITORS, PEOPLE = "https://audit.example", "https://www.example"


def client(id: str, kind: ClientKind, origin: str) -> Client:
    return Client(id=id, name=id, kind=kind, scopes=frozenset(), origins=(origin,))


def asked(path: str, origin: str) -> Any:
    return {"method": "GET", "path": path, "headers": [(b"origin", origin.encode())]}


@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/audit/records", AUDITORS, True),
        ("/audit/records", PEOPLE, False),
        ("/v1/cases", PEOPLE, True),
        ("/v1/cases", AUDITORS, False),
        ("/auditors", PEOPLE, True),
    ],
)
def test_the_log_is_for_pages_of_auditors_alone(path: str, origin: str, allowed: bool) -> None:
    cors = Cors(Clients({"a": client("a", "auditor", AUDITORS), "f": client("f", "frontend", PEOPLE)}), 60)
    names = [name for name, _ in cors.allowed(asked(path, origin))]
    assert (b"access-control-allow-origin" in names) == allowed


def test_an_origin_that_comes_twice_is_none() -> None:
    cors = Cors(Clients({"f": client("f", "frontend", PEOPLE)}), 60)
    twice: Any = {"method": "GET", "path": "/v1/cases", "headers": [(b"origin", PEOPLE.encode())] * 2}
    assert cors.allowed(twice) == [(b"vary", b"Origin")]


def test_without_origins_nothing_is_said() -> None:
    nobody = Client(id="f", name="f", kind="frontend", scopes=frozenset())
    assert Cors(Clients({"f": nobody}), 60).allowed(asked("/v1/cases", PEOPLE)) == []
