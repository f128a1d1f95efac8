"""Whom the gateway believes and as whom it speaks: keys, clients, issuers, and what production forbids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from cryptography import x509

from gateway.auth.clients import Client, Clients
from gateway.auth.entitlements import mistakes, remarks
from gateway.auth.jwks import IssuerKeys
from gateway.auth.keys import USES, KeyRing, KeyRingError
from gateway.auth.production_checks import refuse_demo
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import Issuer, Settings, SettingsError
from gateway.trusted_authorities import tls_context


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


def entitlements(settings: Settings, known: list[Client]) -> list[Finding]:
    """What the settings let issuers say, and for whom."""
    found = [wrong("entitlements", message, remedy) for message, remedy in mistakes(settings, known)]
    found += [note("entitlements", message, remedy) for message, remedy in remarks(settings)]
    return found or [ok("entitlements", "every client has an issuer, and every issuer a client")]


async def issuers(settings: Settings, *, running: bool) -> tuple[dict[str, timedelta], list[Finding]]:
    """Fetch each issuer's keys as the gateway would; and how far its clock is ahead of this machine's, where it
    tells."""
    found: list[Finding] = []
    ahead: dict[str, timedelta] = {}
    if not settings.auth.issuers and settings.profile != "production":  # in production the guard says it
        found.append(wrong("issuers", "auth.issuers is empty, so nobody can call", "name the identity provider"))
    for issuer in settings.auth.issuers:
        answers: list[httpx.Response] = []
        failure, said = await _keys_of(settings, issuer, answers)
        if not failure:
            found += said or [ok("issuers", f"{issuer.issuer} gives its keys")]
            if (moment := _date(answers)) is not None:
                ahead[issuer.issuer] = moment - datetime.now(UTC)
        elif issuer.demo and not running:
            found.append(note("issuers", f"{issuer.issuer} does not answer: the demo is not running"))
        else:
            remedy = "see that it runs and can be reached from here; check issuer and jwks_url in [[auth.issuers]]"
            found.append(wrong("issuers", f"{issuer.issuer} gives no keys ({failure})", remedy))
    return ahead, found


async def _keys_of(settings: Settings, issuer: Issuer, answers: list[httpx.Response]) -> tuple[str, list[Finding]]:
    """Why the issuer's keys cannot be had, empty if they can; and what the gateway would think of them."""

    async def note_answer(response: httpx.Response) -> None:
        answers.append(response)

    try:
        trusted = tls_context(settings.ca_bundle)
    except SettingsError:
        return "ca_bundle cannot be used", []  # told by `authorities`
    async with httpx.AsyncClient(
        timeout=settings.auth.jwks_timeout_seconds,
        trust_env=False,
        verify=trusted,
        event_hooks={"response": [note_answer]},
    ) as http:
        keys = IssuerKeys(issuer, settings.auth, http)
        published = await keys.current()
        if keys.failure:
            return keys.failure, []
        found = [note("issuers", f"{issuer.issuer} publishes a key that is not used: {why}") for why in keys.unusable]
        if not keys.usable(published):
            names = ", ".join(issuer.algorithms)
            message = f"{issuer.issuer} publishes no key that fits its algorithms ({names})"
            found.append(wrong("issuers", message, "set algorithms in [[auth.issuers]] to what it signs with"))
        elif found:
            found.insert(0, ok("issuers", f"{issuer.issuer} gives its keys"))
        return "", found


def authorities(settings: Settings) -> list[Finding]:
    """The file that `ca_bundle` names."""
    if not settings.ca_bundle:
        return [ok("authorities", "certificate authorities of this system")]
    try:
        tls_context(settings.ca_bundle)
        held = x509.load_pem_x509_certificates(Path(settings.ca_bundle).read_bytes())
    except (SettingsError, ValueError) as error:
        said = str(error) if isinstance(error, SettingsError) else f"ca_bundle: {settings.ca_bundle} cannot be read"
        return [wrong("authorities", said, "give a PEM file of certificates that this user can read")]
    now = datetime.now(UTC)
    ended = [each for each in held if each.not_valid_after_utc <= now]
    message = f"{len(held)} certificate authorities in {settings.ca_bundle}"
    if len(ended) == len(held):
        return [wrong("authorities", f"{message}, all of which have ended", "get the new ones")]
    return [
        note("authorities", f"{message}, {len(ended)} of which have ended") if ended else ok("authorities", message)
    ]


def _date(answers: list[httpx.Response]) -> datetime | None:
    for answer in reversed(answers):
        try:
            moment = parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
