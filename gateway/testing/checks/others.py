"""Checks that answer each operation with what the portal would say of somebody else's demand, parcel or payment."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from gateway.connectors import claims
from gateway.connectors.contract import CREATIONS, Operation, operations
from gateway.testing.attacks import Scene, play
from gateway.testing.checks.answers import token
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination

_OTHER_KEY: Final = "key_00000000000000000000000000"


async def _other_demands(exam: Examination, notes: Notes) -> None:
    """A search that ignored the key answers somebody else's: with a good answer about another key, nothing is found.
    Where any other answer repeats our key or the reference, one with another is about somebody else."""
    declared = operations(exam.plugin.connector_class)
    for scene in await exam.scenes():
        operation = declared[scene.operation]
        if scene.operation.startswith("find"):
            await _found(exam, notes, scene)
        else:
            await _answered(exam, notes, scene, operation)
    notes.not_applicable("no answer of its portal repeats a key or a reference")


async def _found(exam: Examination, notes: Notes, scene: Scene) -> None:
    given: dict[str, Any] = {"args": (_OTHER_KEY,)} if scene.args else {"words": {"idempotency_key": _OTHER_KEY}}
    played = await play(exam.plugin, scene, exam.secrets, **given)
    notes.count()
    if played.result is not None:
        message = f"`{scene.operation}`, answered with what another key made, takes it for its own"
        notes.error(scene.where, message, "compare the key in the answer: `with_key` does")


async def _answered(exam: Examination, notes: Notes, scene: Scene, operation: Operation[..., Any]) -> None:
    asked = _asked(operation, scene)
    for what, value in _named(operation, asked):
        for at, good in enumerate(scene.answers):
            body = token(value).sub(_like(value).encode(), good.body)
            if body == good.body:
                continue
            answers = (*scene.answers[:at], replace(good, body=body), *scene.answers[at + 1 :])
            played = await play(exam.plugin, scene, exam.secrets, first=answers)
            if len(played.requests) <= at:
                continue  # it was not asked for, so that it tells nothing
            notes.count()
            if played.error is None and claims.kept(operation, asked, played.result):
                message = f"`{scene.operation}`, answered about another {what}, takes it for its own"
                notes.error(scene.where, message, f"compare the {what} in the answer: `same` does")
                return


def _asked(operation: Operation[..., Any], scene: Scene) -> tuple[Any, ...]:
    assert operation.method is not None
    return inspect.signature(operation.method).bind(None, *scene.args, **scene.words).args[1:]


def _named(operation: Operation[..., Any], asked: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """What the portal was told to know it by -> its value: our key for what it creates, else the portal's reference."""
    if operation.name in CREATIONS:
        key = getattr(asked[-1], "key", "")
        if key:
            yield "key", key
    elif asked and isinstance(asked[0], str):
        yield "reference", asked[0]


def _like(value: str) -> str:
    """Another of the same form."""
    last = "8" if value[-1] == "7" else "7" if value[-1].isdigit() else "b" if value[-1] == "a" else "a"
    return value[:-1] + (last.upper() if value[-1].isupper() else last)


CHECKS: Final = (
    Check(
        id="other_demands",
        level="dependable",
        proves="No operation takes an answer that is about another key or another reference for its own.",
        example="sandbox/ `find`: `find`, answered with what another key made, takes it for its own",
        run=_other_demands,
    ),
)
