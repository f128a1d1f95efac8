"""Operations are objects of the contract: what may be sent again, and what tells the outcome of what may not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from gateway.connectors import contract
from gateway.connectors.contract import (
    CAPABILITIES,
    CREATIONS,
    Connector,
    Filing,
    Operation,
    Portal,
    Refused,
    operations,
)

NAMES = {
    name
    for capability in CAPABILITIES
    for name, each in vars(capability).items()
    if isinstance(each, Operation) or inspect.iscoroutinefunction(each)
}
CORE = Path(contract.__file__).parents[1]
CALLED_BY_NAME = re.compile(rf"""(?:call|invoke|create_once|resolve_outcome)\(\s*[^()]*?["']({"|".join(NAMES)})["']""")


def result_of(operation: Operation[..., Any]) -> Any:
    return get_type_hints(operation.method, vars(contract))["return"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_method_is_declared_under_its_own_name(name: str) -> None:
    method = next(vars(each)[name] for each in CAPABILITIES if name in vars(each))
    assert isinstance(method, Operation)
    assert method.name == name


def test_the_creations_are_what_may_not_be_sent_again() -> None:
    assert set(CREATIONS) == {"file", "issue", "ship", "book", "send"}


@pytest.mark.parametrize("creation", CREATIONS.values(), ids=CREATIONS)
def test_every_creation_has_a_finder_of_what_it_makes(creation: Operation[..., Any]) -> None:
    finder = creation.finder
    assert finder is not None
    assert finder.safe
    assert list(inspect.signature(finder.method).parameters) == ["self", "idempotency_key"]
    found = result_of(finder)
    assert get_origin(found) in (Union, UnionType)
    assert set(get_args(found)) == {result_of(creation), type(None)}


async def test_an_operation_is_a_method_of_a_connector() -> None:
    class Own(Connector, Filing):
        async def find(self, idempotency_key: str) -> Any:
            return [idempotency_key, self]

    connector = Own(Portal(id="own", http=None, secrets={}))
    assert await connector.find("key") == ["key", connector]
    with pytest.raises(Refused, match="action_not_supported"):
        await connector.act("E1", "confirm", {})
    assert Own.act is Filing.act
    assert operations(Own)["find"] is Filing.find


def test_the_core_calls_no_operation_by_its_name() -> None:
    read = 0
    for path in CORE.rglob("*.py"):
        read += 1
        named = CALLED_BY_NAME.search(path.read_text(encoding="utf-8"))
        assert named is None, f"{path.relative_to(CORE)}: {named[0]}"
    assert read > 100
