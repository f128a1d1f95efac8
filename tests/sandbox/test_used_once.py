"""Numbers that are good once: a stand-in refuses the second use, and reads no others to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import pytest

from gateway.sandbox.access_tokens import AccessTokens
from gateway.sandbox.authoring import Objection
from gateway.sandbox.certificates import Certificates
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store, Table
from plugins.alhalalmadania.sandbox.intake import Objection as HisObjection
from plugins.alhalalmadania.sandbox.message_security import WINDOW, MessageSecurity
from plugins.chikaya.sandbox.request_signatures import SignatureCheck as Chikaya
from plugins.etimbre.sandbox.message_signatures import BadSignature
from plugins.etimbre.sandbox.message_signatures import SignatureCheck as Etimbre
from plugins.passeport.sandbox.tokens import Tokens as Passeport

MANY = 300


@pytest.fixture
def context() -> SandboxContext:
    store = Store()
    clock = Clock(store)
    return SandboxContext(
        portal="till", base_url="", store=store, clock=clock, effects=Effects(store, "till", clock), secrets={},
        certificates=Certificates.__new__(Certificates),
    )  # fmt: skip


def spender(portal: str, context: SandboxContext) -> tuple[str, Callable[[str], Any]]:
    """The table that it keeps numbers in, and how it takes one, which raises an `Objection` or `BadSignature`."""
    match portal:
        case "etimbre":
            return "nonces", Etimbre(context)._spend
        case "chikaya":
            return "nonces", lambda number: Chikaya(context)._spend(number, str(int(time())))
        case "passeport":
            return "assertions", lambda number: Passeport(context)._spend({"jti": number, "exp": time() + 60})
        case _:
            return "signatures", MessageSecurity(context)._remember


@pytest.mark.parametrize("portal", ["etimbre", "chikaya", "passeport", "alhalalmadania"])
def test_stand_in_reads_no_numbers_but_its_own(
    context: SandboxContext, portal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, spend = spender(portal, context)
    for number in range(MANY):
        spend(f"n{number}")
    read: list[str] = []
    get = Table.get
    monkeypatch.setattr(Table, "items", lambda table: pytest.fail("it reads every number"))
    monkeypatch.setattr(Table, "get", lambda table, key: read.append(key) or get(table, key))
    spend("another")
    assert len(read) == 1
    with pytest.raises((Objection, BadSignature, HisObjection)):
        spend("n7")
    assert len(context.table(name)) == MANY + 1


def test_expired_tokens_go_without_a_look_at_the_others(
    context: SandboxContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = AccessTokens(context)
    monkeypatch.setattr(Table, "items", lambda table: pytest.fail("it reads every token"))
    for _ in range(3):
        tokens.issue()
    context.clock.set(advance=3600)
    tokens.issue()
    assert len(context.table("tokens")) == 1


def test_numbers_go_when_they_cannot_come_again(context: SandboxContext) -> None:
    now = datetime.now(UTC)
    security = MessageSecurity(context, lambda: now)
    for number in range(5):
        security._remember(f"n{number}")
    now += 2 * WINDOW + timedelta(seconds=1)
    security._remember("another")
    assert len(context.table("signatures")) == 1


def test_dropping_stops_at_the_first_that_stays(context: SandboxContext) -> None:
    table = context.table("numbers")
    for number in (1, 2, 9, 3):
        table.put(f"n{number}", {"at": number})
    seen: list[int] = []
    table.drop_while(lambda doc: seen.append(doc["at"]) or doc["at"] < 5)
    assert (seen, [key for key, _ in table.items()]) == ([1, 2, 9], ["n9", "n3"])
    context.table("empty").drop_while(lambda doc: True)
