"""Check of what a refusal marks: a member that no form has would be marked for nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.connectors.contract import CheckFinding, Refused
from gateway.testing.attacks import play
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.table_calls import fields_in_calls
from gateway.testing.tables import constants

_TABLE: Final = "FIELDS"
"""What the table of a portal's names of a form's members is called."""


async def _marked_members(exam: Examination, notes: Notes) -> None:
    forms = [each.form for each in exam.plugin.services.values()]
    told: set[str] = set()
    for where, pointer in [*_written(exam), *[each async for each in _said(exam)]]:
        notes.count()
        if pointer in told or any(_has(form, pointer) for form in forms):
            continue
        told.add(pointer)
        message = f"marks {pointer!r}, which is a member of no form"
        notes.error(where, message, 'give the JSON pointer of a member, "/person/cnie", as services.toml has it')
    notes.not_applicable("its portal names no member of a form")


def _written(exam: Examination) -> Iterator[tuple[str, str]]:
    """What the tables say, whether the stand-in or a recording came to it or not."""
    tables: list[tuple[str, Mapping[str, Any]]] = [
        (f"{module} {name}", value)
        for module, name, value in constants(exam.plugin)
        if name == _TABLE and isinstance(value, Mapping)
    ]
    tables += [(each.where, each.value) for each in fields_in_calls(exam.plugin) if each.value is not None]
    for where, table in tables:
        yield from ((where, pointer) for pointer in table.values() if isinstance(pointer, str))


async def _said(exam: Examination) -> Any:
    """What came out of calls at the stand-in, and of recordings."""
    for scene in await exam.scenes(every=True):
        for finding in scene.result if isinstance(scene.result, list) else ():
            if isinstance(finding, CheckFinding):
                for pointer in finding.fields:
                    yield scene.where, pointer
    for scene in await exam.objections():
        raised = (await play(exam.plugin, scene, exam.secrets)).error
        for pointer in raised.fields if isinstance(raised, Refused) else ():
            yield scene.where, pointer


def _has(form: Mapping[str, Any], pointer: str) -> bool:
    """Whether the form has a member there; behind a `$ref` any is taken for one."""
    found: Any = form
    for step in _steps(pointer):
        if "$ref" in found:
            return True
        inner = found.get("items") if step.isdecimal() else found.get("properties", {}).get(step)
        if not isinstance(inner, Mapping):
            return False
        found = inner
    return pointer.startswith("/")


def _steps(pointer: str) -> Iterable[str]:
    """RFC 6901."""
    return (each.replace("~1", "/").replace("~0", "~") for each in pointer.removeprefix("/").split("/"))


CHECKS: Final = (
    Check(
        id="marked_members",
        level="dependable",
        proves="Every member that a refusal marks is one that a form of the plugin has.",
        example="mapping.py FIELDS: marks '/scan', which is a member of no form",
        run=_marked_members,
    ),
)
