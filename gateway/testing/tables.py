"""A plugin's tables: its `services.toml` as the gateway reads it, and the words of its portal in its modules."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from gateway.connectors.contract import CaseStatus, MessageState, PaymentState, StampState
from gateway.connectors.form_vocabulary.members import expanded
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.services import FILENAME
from gateway.testing.own_calls import module_name
from gateway.testing.shape import own_modules
from gateway.testing.table_calls import tables_in_calls

_STATES: Final = (CaseStatus, PaymentState, StampState, MessageState)
_REFUSALS: Final = ("REFUSALS", "MOTIVES")
"""What tables of a portal's objections are called: its word -> a code of the gateway's."""


@dataclass(slots=True)
class WordTables:
    """A portal's words, as the plugin's modules have them."""

    statuses: dict[str, StrEnum] = field(default_factory=dict)
    """The portal's word -> how the demand, payment, stamp or message stands."""
    refusals: dict[str, set[str]] = field(default_factory=dict)
    """The portal's word -> the codes that a person is told by, one of each table that has it."""
    where: dict[str, str] = field(default_factory=dict)
    """The module that has the word, `mapping.py STATUSES`."""
    unfound: dict[str, str] = field(default_factory=dict)
    """Where a function of the toolbox is called with a table that is no constant -> its name: `mapping.py:80` ->
    `motive`. Its words are not among these."""


def word_tables(plugin: LoadedPlugin) -> WordTables:
    """Every table with words of the portal: the constants of the plugin's own modules that hold statuses or are called
    `REFUSALS` or `MOTIVES`, and whatever `check`, `check_findings`, `motive` and `progress_by` are called with."""
    found = WordTables()
    for module, name, value in constants(plugin):
        for word, states in _rows(value):
            state = next((each for each in states if isinstance(each, _STATES)), None)
            if state is not None:
                found.statuses[word] = state
                found.where[word] = f"{module} {name}"
        if name in _REFUSALS and isinstance(value, Mapping):
            for word, code in value.items():
                found.refusals.setdefault(word, set()).add(code)
                found.where.setdefault(word, f"{module} {name}")
    for used in tables_in_calls(plugin):
        if used.value is None:
            found.unfound[used.where] = used.function
        elif used.function == "progress_by":
            for word, states in _rows(used.value):
                found.statuses.setdefault(word, states[0])
                found.where.setdefault(word, f"{used.where} {used.name}")
        else:
            for word, code in used.value.items():
                found.refusals.setdefault(word, set()).add(code)
                found.where.setdefault(word, f"{used.where} {used.name}")
    return found


def constants(plugin: LoadedPlugin) -> Iterator[tuple[str, str, Any]]:
    """Module, name and value of each constant of the plugin's own modules."""
    package = plugin.package
    for path in own_modules(plugin.folder):
        below = path.relative_to(plugin.folder)
        module = sys.modules.get(module_name(package, below))
        for name, value in vars(module).items() if module is not None else ():
            if name.isupper():
                yield below.as_posix(), name, value


def _rows(value: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of a table: a mapping by word, or tuples that begin with the word."""
    if isinstance(value, Mapping):
        for word, meaning in value.items():
            if isinstance(word, str) and not isinstance(word, StrEnum):
                yield word, meaning if isinstance(meaning, tuple) else (meaning,)
    elif isinstance(value, tuple):
        for row in value:
            if isinstance(row, tuple) and row and isinstance(row[0], str):
                yield row[0], row[1:]


def service_tables(plugin: Path) -> dict[str, Any]:
    """The tables of the services in this plugin's folder, by name, with every `x-use` replaced."""
    return expanded(tomllib.loads((plugin / FILENAME).read_text(encoding="utf-8")))
