"""Does a portal still answer as its recorded exchanges say? `mre-gateway connector probe`, and `plugins.probe_hours`.

`ask` calls what changes nothing, about references that the operator names, by whatever way to the portal it is given.
`ask_stand_in` needs neither: it takes the plugin's own stand-in through what its portal does. What comes out are
shapes, and nothing of a person.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import msgspec

from gateway.connectors.contract import Connector, Operation, PortalError, Refused, operations
from gateway.connectors.contract_checks import implements
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source
from gateway.outbound.invoke import unknown_words
from gateway.settings import Probe
from gateway.testing.drift import NOT_THE_PORTALS, Drift, RecordedAnswers
from gateway.testing.examination import Examination
from gateway.testing.harness import NoSandbox

_UNREADABLE: Final = ("portal_answer_unexpected", "portal_answer_not_authentic")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SEED: Final = 1


class NotAReference(ValueError):
    """It names no operation that changes nothing and asks by reference; the text says why."""


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the calls of one operation."""

    operation: str
    calls: int
    outcome: Literal["as_recorded", "drift", "failed"]
    code: str = ""
    """Why it could not be asked."""
    drift: tuple[Drift, ...] = ()


@dataclass(slots=True)
class _Collected:
    calls: int = 0
    code: str = ""
    drift: dict[Drift, None] = field(default_factory=dict)


class Comparison:
    """Holds calls against the recorded exchanges of a plugin's folder, by operation."""

    def __init__(self, folder: Path) -> None:
        self._recorded = RecordedAnswers.of(folder)
        self._found: dict[str, _Collected] = {}

    def add(self, operation: str, answers: Sequence[httpx.Response], result: Any, error: PortalError | None) -> None:
        """One call: the portal's answers, and what the connector made of them."""
        of = self._found.setdefault(operation, _Collected())
        of.calls += 1
        code = error.code if error is not None else ""
        if code in _UNREADABLE:
            of.drift[Drift(operation=operation, change="unreadable", found=code)] = None
        if code in NOT_THE_PORTALS or (error is not None and not isinstance(error, Refused)):
            of.code = code if _CODE.fullmatch(code) else "other"
            if code not in _UNREADABLE:
                return
        for word in unknown_words(result):
            found = word if _CODE.fullmatch(word) else ""
            of.drift[Drift(operation=operation, change="unknown_word", found=found)] = None
        for each in self._recorded.compared(operation, answers):
            of.drift[each] = None

    def results(self) -> list[Probed]:
        """An operation that could not be asked once, and answered as recorded otherwise, has failed."""
        return [
            Probed(
                operation=name,
                calls=each.calls,
                outcome="drift" if each.drift else "failed" if each.code else "as_recorded",
                code=each.code,
                drift=tuple(each.drift),
            )
            for name, each in sorted(self._found.items())
        ]


def readable(connector: type[Connector]) -> dict[str, Operation[..., Any]]:
    """The connector's operations that change nothing and take only texts: a reference, and what proves the right."""
    return {name: each for name, each in operations(connector).items() if _asks_by_reference(connector, each)}


def checked(probe: Probe, connector: type[Connector]) -> Operation[..., Any]:
    """The operation that is to be asked. Raises `NotAReference`."""
    known = readable(connector)
    operation = known.get(probe.operation)
    if operation is None or operation.method is None:
        named = ", ".join(sorted(known)) or "none"
        raise NotAReference(f"{probe.operation!r} cannot be asked by a reference; of this connector: {named}")
    try:
        inspect.signature(operation.method).bind(None, probe.reference, **probe.words)
    except TypeError as error:
        raise NotAReference(f"{probe.operation}: {error}") from None
    return operation


def read_reference(text: str) -> Probe:
    """`OPERATION=REFERENCE`, then `,NAME=VALUE` for each further argument; `,,` is a comma in one of them. Raises
    `NotAReference`."""
    operation, equals, rest = text.partition("=")
    reference, *words = [each.replace("\0", ",") for each in rest.replace(",,", "\0").split(",")]
    pairs = [each.partition("=") for each in words]
    if not operation or not equals or not reference or not all(name and sign for name, sign, _ in pairs):
        raise NotAReference("a reference is OPERATION=REFERENCE, and ,NAME=VALUE for each further argument")
    return Probe(operation=operation, reference=reference, words={name: value for name, _, value in pairs})


Call = Callable[[Operation[..., Any], Probe, list[httpx.Response]], Awaitable[Any]]
"""Calls the portal; appends the answer to each request to the list."""


async def ask(plugin: LoadedPlugin, probes: Iterable[Probe], call: Call) -> list[Probed]:
    """Ask about each reference, one after the other. Raises `NotAReference` before anything is asked."""
    compared = Comparison(plugin.folder)
    for operation, probe in [(checked(each, plugin.connector_class), each) for each in probes]:
        answers: list[httpx.Response] = []
        result, failure = None, None
        try:
            result = await call(operation, probe, answers)
        except PortalError as error:
            failure = error
        compared.add(operation.name, answers, result, failure)
    return compared.results()


async def ask_stand_in(source: Source, probes: Sequence[Probe] = ()) -> list[Probed]:
    """Take the plugin's stand-in, in this process, through what its portal does, then ask about the references. Raises
    `PluginError`, `NoSandbox`, `NotAReference`, `LookupError` if it registers no connector."""
    exam = Examination(source, _SEED)
    plugin = exam.load()
    if plugin is None:
        raise exam.failure or LookupError(f"{source.id} registers no connector")
    asked = [(checked(each, plugin.connector_class), each) for each in probes]
    compared = Comparison(source.folder)
    try:
        done = await exam.rehearsal()
        if done is None:
            raise NoSandbox(exam.no_sandbox)
        for operation, probe in asked:
            await done.call(operation, probe.reference, **probe.words)
        for each in done.calls:
            compared.add(each.name, [turn.response for turn in each.turns], each.result, each.error)
    finally:
        await exam.close()
    return compared.results()


def not_asked(plugin: type[Connector], results: Iterable[Probed]) -> list[str]:
    """Operations that the connector has code for and that were not called."""
    done = {each.operation for each in results}
    return [name for name, each in operations(plugin).items() if name not in done and implements(plugin, each)]


def _asks_by_reference(connector: type[Connector], operation: Operation[..., Any]) -> bool:
    if not operation.safe or operation.method is None or not implements(connector, operation):
        return False
    told: Mapping[str, inspect.Parameter] = inspect.signature(operation.method).parameters
    return len(told) > 1 and all(each.annotation in (str, "str") for each in list(told.values())[1:])
