"""Operations are objects of the contract: what may be sent again, and what tells the outcome of what may not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from gateway.connectors import contract
from gateway.connectors.contract import CAPABILITIES, CREATIONS, Connector, Filing, Tracking, operation_of

NAMES = {
    name
    for capability in CAPABILITIES
    for name, method in vars(capability).items()
    if inspect.iscoroutinefunction(method)
}
CORE = Path(contract.__file__).parents[1]
CALLED_BY_NAME = re.compile(rf"""(?:call|invoke|create_once|resolve_outcome)\(\s*[^()]*?["']({"|".join(NAMES)})["']""")


def result_of(method: Any) -> Any:
    return get_type_hints(method, vars(contract))["return"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_method_is_declared_under_its_own_name(name: str) -> None:
    method = next(vars(each)[name] for each in CAPABILITIES if name in vars(each))
    assert operation_of(method).name == name


def test_the_creations_are_what_may_not_be_sent_again() -> None:
    assert set(CREATIONS) == {"file", "issue", "ship", "book"}


@pytest.mark.parametrize("creation", CREATIONS.values(), ids=CREATIONS)
def test_every_creation_has_a_finder_of_what_it_makes(creation: Any) -> None:
    finder = operation_of(creation).finder
    assert finder is not None
    assert operation_of(finder).safe
    assert list(inspect.signature(finder).parameters) == ["self", "idempotency_key"]
    found = result_of(finder)
    assert get_origin(found) in (Union, UnionType)
    assert set(get_args(found)) == {result_of(creation), type(None)}


def test_a_connectors_own_method_is_no_operation() -> None:
    class Own(Connector, Tracking):
        async def track(self, /, reference: str, **proof: str) -> Any: ...

    with pytest.raises(TypeError, match=r"Own\.track is not an operation"):
        operation_of(Own.track)
    assert operation_of(Filing.file).name == "file"


def test_the_core_calls_no_operation_by_its_name() -> None:
    read = 0
    for path in CORE.rglob("*.py"):
        read += 1
        named = CALLED_BY_NAME.search(path.read_text(encoding="utf-8"))
        assert named is None, f"{path.relative_to(CORE)}: {named[0]}"
    assert read > 100
