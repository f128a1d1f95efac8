"""What holds for every command: help, exit codes, JSON; and that asking for help costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli import COMMANDS, main
from gateway.sandbox.state import prepare
from tests.ports import free_port

HEAVY = {"litestar", "sqlalchemy", "httpx", "pydantic", "cryptography", "rich"}


def command(*path: str) -> click.Command:
    found: click.Command = main
    for name in path:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None
        found = inner
    return found


def every_command() -> Iterator[tuple[str, ...]]:
    for name in COMMANDS:
        yield (name,)
        group = command(name)
        if isinstance(group, click.Group):
            yield from ((name, inner) for inner in group.list_commands(click.Context(group)))


ALL = list(every_command())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo folder that never ran; nothing listens on its ports."""
    folder = tmp_path_factory.mktemp("commands") / "state"
    prepare(folder, port=free_port(), sandbox_port=free_port(), speed=1.0)
    return folder


def test_the_commands_of_the_design_are_there() -> None:
    named = {" ".join(each) for each in ALL}
    assert named >= {"demo", "serve", "work", "sandbox", "token", "connector", "audit", "keys", "doctor", "openapi"}
    assert named >= {"connector new", "connector check", "audit show", "keys rotate"}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_the_command_is_for(path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.exit_code == 0
    assert done.output.startswith("Usage: ")
    assert command(*path).help
    for parameter in command(*path).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_an_option_that_does_not_exist_is_wrong_usage(path: tuple[str, ...]) -> None:
    assert run(*path, "--no-such-option").exit_code == 2


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    assert run("no-such-command").exit_code == 2


@pytest.mark.parametrize("path", ["doctor", "keys list", "audit search", "token citizen"])
def test_naming_two_gateways_at_once_is_wrong_usage_where_one_is_meant(path: str, state: Path) -> None:
    done = run(*path.split(), "--state", str(state), "--config", str(state / "gateway.toml"))
    assert done.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    ["doctor", "keys list", "keys create", "connector list", "connector show echo", "openapi"],
)
def test_json_is_json_and_nothing_else(arguments: str, state: Path) -> None:
    done = run(*arguments.split(), "--json", "--state", str(state))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("token citizen", "start `mre-gateway sandbox`"),
        ("audit search", "no gateway has run here yet"),
        ("audit show call_1", "no gateway has run here yet"),
        ("connector show nobody", "name it in plugins.added. If a gateway has it, this needs the same settings"),
    ],
)
def test_what_fails_ends_with_1_and_says_why_on_stderr(arguments: str, words: str, state: Path) -> None:
    done = run(*arguments.split(), "--json", "--state", str(state))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert words in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("serve",), ("work",), ("openapi",), ("keys", "list"), ("audit", "search"), ("connector", "list"), ("sandbox",)],
    ids=" ".join,
)
def test_settings_that_cannot_be_used_end_with_1_and_the_key(arguments: tuple[str, ...], tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("server.prot = 1\n")
    done = run(*arguments, "--config", str(config))
    assert done.exit_code == 1
    assert "server.prot" in done.stderr


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import sys; from gateway.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)
    assert HEAVY & set(done.stderr.split()) == set()
