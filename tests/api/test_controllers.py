"""Controllers parse, call a use case and present: no transaction and no business rule stands in `gateway.api`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import get_type_hints

from gateway.api.http import problem_table
from gateway.api.http.codes import CODES
from gateway.api.http.problems import Problem
from gateway.app import assemble
from gateway.app.provided import provided_services
from gateway.settings import load

API = Path(problem_table.__file__).parents[1]
TRANSACTIONS = {"run_write", "run_read", "unit_of_work"}
ADMISSION = API / "http/access.py"
"""The guard of all routes decides by the rules of `gateway.auth`; nobody else in this room does."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    found = sorted(API.rglob("*.py"))
    assert len(found) > 30
    for path in found:
        yield path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return names


def test_api_imports_no_database() -> None:
    for path, tree in modules():
        assert not {each for each in imported(tree) if each.split(".")[0] in ("sqlalchemy", "psycopg")}, path.name


def test_api_opens_no_transaction() -> None:
    for path, tree in modules():
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not called & TRANSACTIONS, path.name


def test_api_decides_by_no_rule_of_its_own() -> None:
    for path, tree in modules():
        rules = {each for each in imported(tree) if each.startswith("gateway.auth.policy.")}
        assert path == ADMISSION or rules <= {"gateway.auth.policy.Denied"}, path.name
        assert path == ADMISSION or not _from(tree, "gateway.auth") & {"policy"}, path.name


def test_api_raises_problems_alone() -> None:
    """An exception that says which rule was broken is raised where the rule stands."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                raised = ast.unparse(node.exc.func)
                assert raised in RAISED, f"{path.name}: {raised}"


def test_table_names_known_codes() -> None:
    named = [each for each in problem_table._TABLE.values() if isinstance(each, str)]
    assert named
    assert set(named) <= set(CODES)


def test_table_takes_the_nearest_class() -> None:
    class MoreThanEnded(problem_table.actions.Ended):
        pass

    problem = problem_table.problem_of(MoreThanEnded(), "", str)
    assert isinstance(problem, Problem)
    assert problem.code == "case_finished"


RAISED = {"Problem", "ValueError", "AuthError", "NotImplementedError", "unknown"}
"""`AuthError` and `unknown`: the guard's own."""


def _from(tree: ast.Module, module: str) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module]
    return {each.name for node in found for each in node.names}


def test_dependencies_are_resolved_one_after_the_other(tmp_path: Path) -> None:
    """Two in a batch would cost each call a task group (docs/decisions/units-of-work.md)."""
    app = assemble(load(None, state_dir=tmp_path), journeys=False).routes()
    models = [model for route in app.routes for _, model in getattr(route, "route_handler_map", {}).values()]
    batches = [batch for model in models for batch in model.dependency_batches]
    assert len(batches) > len(models) / 2
    assert all(len(batch) == 1 for batch in batches)


def test_types_of_what_handlers_are_given_can_be_found(tmp_path: Path) -> None:
    """The framework looks them up at the first call of a route, and those of their members' members; an import for
    type checkers alone fails that call."""
    given = provided_services(assemble(load(None, state_dir=tmp_path), journeys=False))
    left = [type(service) for service in given.values() if is_dataclass(service)]
    assert len(left) > len(given) / 3
    looked_up = set[type]()
    while left:
        each = left.pop()
        if each not in looked_up:
            looked_up.add(each)
            left += [hint for hint in get_type_hints(each).values() if isinstance(hint, type) and is_dataclass(hint)]
