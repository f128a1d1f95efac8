"""Checks that search what a plugin gives out for canaries: values of secrets and of persons, in any writing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from gateway.connectors.contract import PortalError, Submission
from gateway.testing.attacks import Played, Scene
from gateway.testing.checks.answers import progresses
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.exchanges import leaks

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,63}")
_LONG: Final = 6
"""Characters of a value that cannot be in a text by chance."""


async def _secrets_kept(exam: Examination, notes: Notes) -> None:
    """No secret in a result, an error, or an address."""
    for scene, played in await exam.played():
        notes.count()
        told = _all_of(played)
        addresses = " ".join(str(each.url) for each in played.requests)
        for name, value in exam.secrets.items():
            if leaks(value, told):
                message = f"the secret {name!r} is in what `{scene.operation}` returned or raised"
                notes.error(scene.where, message, "a secret goes to the portal and nowhere else")
            elif leaks(value, addresses):
                message = f"the secret {name!r} is in the address that `{scene.operation}` asks for"
                notes.error(scene.where, message, "send it in a header, or let `[auth]` of the manifest send it")
    if not exam.secrets:
        notes.not_applicable("it has no secrets")


async def _persons_kept(exam: Examination, notes: Notes) -> None:
    """Nothing of a person in codes, warnings and the texts of errors, which go into logs, metrics and the audit log."""
    for scene, played in await exam.played():
        notes.count()
        for place, text in _recorded(played):
            for value in _personal(scene):
                if leaks(value, text):
                    message = f"the {place} of `{scene.operation}` has a value of the person's"
                    notes.error(scene.where, message, "a code is a word of ours; what a person typed is told to nobody")
                    break
    done = await exam.rehearsal()
    if done is None:
        return
    from prometheus_client import generate_latest

    metrics = generate_latest().decode()
    hops = [
        str({name: getattr(hop, name) for name in ("portal", "operation", "method", "outcome", "key_id")})
        for hop in done.found.hops or ()
    ]
    for demand in done.demands:
        notes.count()
        for value in {*_strings(demand.sample.form), demand.sample.key, demand.sample.case_id}:
            if len(value) >= _LONG and (leaks(value, metrics) or any(leaks(value, each) for each in hops)):
                message = f"a value of the person's is in the metrics or the audit record of {demand.service.id}"
                notes.error("connector.py", message, "keep labels to words of the connector")
                break


async def _codes(exam: Examination, notes: Notes) -> None:
    """Codes and warnings are words of the connector, never what somebody sent."""
    for scene, played in await exam.played():
        notes.count()
        for place, text in _words(played):
            if not _CODE.fullmatch(text):
                message = f"the {place} of `{scene.operation}` is {text[:60]!r}"
                notes.error(scene.where, message, "use small letters, digits and _, the same each time")


def _words(played: Played) -> Iterator[tuple[str, str]]:
    if isinstance(played.error, PortalError):
        yield "code", played.error.code
    for progress in progresses(played.result):
        yield from (("warning", each.partition(":")[0].replace(" ", "_")) for each in progress.warnings)
        if progress.ask is not None:
            yield "code of an action", progress.ask.code
        if progress.reason:
            yield "reason", progress.reason


def _recorded(played: Played) -> Iterator[tuple[str, str]]:
    """What the core writes down: of other errors than the contract's only the kind."""
    if isinstance(played.error, PortalError):
        yield "error", " ".join([played.error.code, str(played.error), *played.error.fields.values()])
    for progress in progresses(played.result):
        yield from (("warning", each) for each in progress.warnings)


def _all_of(played: Played) -> str:
    error = played.error
    if isinstance(error, PortalError):
        return f"{error!r} {error.code} {error.portal_message} {error.fields}"
    if error is not None:
        return repr(error)
    return msgspec.json.encode(played.result).decode()


def _personal(scene: Scene) -> set[str]:
    """What a person or the gateway about her has given to this call."""
    found = set()
    for value in [*scene.args, *scene.words.values()]:
        held = msgspec.to_builtins(value.form if isinstance(value, Submission) else value)
        found |= {each for each in _strings(held) if len(each) >= _LONG and not _CODE.fullmatch(each)}
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


CHECKS: Final = (
    Check(
        id="secrets_kept",
        level="dependable",
        proves="No secret is in a result, an error or an address, in any writing.",
        example="sandbox/ `file`: the secret 'api_key' is in what `file` returned or raised",
        run=_secrets_kept,
    ),
    Check(
        id="persons_kept",
        level="dependable",
        proves="What a person typed is in no code, warning, error, metric and audit record.",
        example="sandbox/ `file`: the error of `file` has a value of the person's",
        run=_persons_kept,
    ),
    Check(
        id="codes",
        level="dependable",
        proves="Codes, warnings and reasons are words of the connector, never what somebody sent.",
        example="sandbox/ `file`: the code of `file` is 'Not found: D-1'",
        run=_codes,
    ),
)
