"""Whom the gateway believes and as whom it speaks: keys, clients, issuers, and what production forbids."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from gateway.auth.clients import Client, Clients
from gateway.auth.errors import AuthError
from gateway.auth.guard import refuse_demo
from gateway.auth.jwks import IssuerKeys
from gateway.auth.keys import USES, KeyRing, KeyRingError
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import Auth, Issuer, Settings, SettingsError


def keys(settings: Settings) -> tuple[KeyRing | None, list[Finding]]:
    folder = settings.state_dir / "keys"
    if not folder.exists() and settings.profile != "production":
        return None, [note("keys", f"{folder} is not there; the first start makes it")]
    try:
        ring = KeyRing.open(folder)
    except KeyRingError as error:
        return None, [_key_problem(str(error))]
    problems = [_key_problem(problem) for problem in ring.problems()]
    current = ", ".join(f"{use} {ring.signer(use).key_id[:12]}…" for use in USES)
    return ring, problems or [ok("keys", current)]


def _key_problem(problem: str) -> Finding:
    message, _, remedy = problem.rpartition(": ")
    if remedy.startswith(("chmod ", "`mre-gateway ")):
        return wrong("keys", message, remedy)
    return wrong("keys", problem, "put the key folder back from its backup; a new one cannot open this store")


def clients(settings: Settings) -> tuple[list[Client], list[Finding]]:
    try:
        known = list(Clients.load(settings))
    except SettingsError as error:
        remedy = "correct the file that auth.clients_file names"
        return [], [wrong("clients", line, remedy) for line in str(error).splitlines()]
    if not known:
        return [], [wrong("clients", "no client is registered, so nobody can call", "add one to auth.clients_file")]
    return known, [ok("clients", ", ".join(sorted(client.id for client in known)))]


def production(settings: Settings, ring: KeyRing | None, known: list[Client]) -> Iterator[Finding]:
    if settings.profile != "production":
        yield note("production", f"profile {settings.profile}: not for production")
        return
    problems = refuse_demo(settings, ring, known)
    for problem in problems:
        message, _, remedy = problem.rpartition(": ")
        yield wrong("production", message, remedy)
    if not problems:
        yield ok("production", "nothing of the demo is here")


async def issuers(settings: Settings, *, running: bool) -> tuple[dict[str, datetime], list[Finding]]:
    """Fetch each issuer's keys as the gateway would; and what its clock says, where it tells."""
    found: list[Finding] = []
    times: dict[str, datetime] = {}
    if not settings.auth.issuers and settings.profile != "production":  # in production the guard says it
        found.append(wrong("issuers", "auth.issuers is empty, so nobody can call", "name the identity provider"))
    for issuer in settings.auth.issuers:
        answers: list[httpx.Response] = []
        failure = await _failure(settings.auth, issuer, answers)
        if not failure:
            found.append(ok("issuers", f"{issuer.issuer} gives its keys"))
            if (moment := _date(answers)) is not None:
                times[issuer.issuer] = moment
        elif issuer.demo and not running:
            found.append(note("issuers", f"{issuer.issuer} does not answer: the demo is not running"))
        else:
            remedy = "see that it runs and can be reached from here; check issuer and jwks_url in [[auth.issuers]]"
            found.append(wrong("issuers", f"{issuer.issuer} gives no keys ({failure})", remedy))
    return times, found


async def _failure(settings: Auth, issuer: Issuer, answers: list[httpx.Response]) -> str:
    """Why the issuer's keys cannot be had; empty if they can."""

    async def note_answer(response: httpx.Response) -> None:
        answers.append(response)

    async with httpx.AsyncClient(
        timeout=settings.jwks_timeout_seconds,
        trust_env=False,
        verify=ssl.create_default_context(),
        event_hooks={"response": [note_answer]},
    ) as http:
        keys = IssuerKeys(issuer, settings, http)
        try:
            await keys.get("")  # no key has this id: only whether the set can be had is of interest
        except AuthError:
            return keys.failure
    return ""


def _date(answers: list[httpx.Response]) -> datetime | None:
    for answer in reversed(answers):
        try:
            moment = parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
