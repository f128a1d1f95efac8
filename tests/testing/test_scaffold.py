"""Every variant of a new connector is right: formatted, without unused or missing names, passing the kit and its own
tests."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.authoring.named import source_named
from gateway.connectors.manifest import read_manifest
from gateway.connectors.services import read_services
from gateway.sandbox.demo_identities import PEOPLE
from gateway.testing import run_checks
from gateway.testing.loaded import load
from gateway.testing.record import record, write
from gateway.testing.scaffold import CAPABILITIES, PARTS, CannotCreate, create_package, create_plugin
from gateway.testing.tour import Tour
from tests.ports import DEMO, free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SETS = [each for size in range(1, len(CAPABILITIES) + 1) for each in combinations(CAPABILITIES, size)]
SINGLE = [each for each in SETS if len(each) == 1]
SOME_PARTS = [(each,) for each in PARTS] + [PARTS]
MADE_BY_TOOLS = {"__pycache__", ".ruff_cache", ".pytest_cache", "dist"}


def name_of(capabilities: tuple[str, ...]) -> str:
    return "_".join(each[:2] for each in capabilities)


def ran(*command: str | Path, cwd: Path, **more: str) -> str:
    """What it printed; fails unless it ends with 0."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, env=os.environ | more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def made(folder: Path, sets: list[tuple[str, ...]], *, package: bool) -> list[Path]:
    if package:
        return [create_package(name_of(each), folder, each).folder for each in sets]
    return [create_plugin(name_of(each), folder, each) for each in sets]


@pytest.mark.parametrize("package", [False, True], ids=["folder", "package"])
def test_each_set_of_capabilities_is_lint_free(package: bool, tmp_path: Path) -> None:
    """All 63. An import or a definition that was cut too much or too little is an undefined or unused name."""
    assert len(made(tmp_path, SETS, package=package)) == 63
    for each in (("filing",), ("filing", "tracking"), CAPABILITIES):
        for parts in ((), *SOME_PARTS):
            name = f"about_{name_of(each)}{len(parts)}{''.join(part[0] for part in parts)}"
            (create_package if package else create_plugin)(name, tmp_path, each, about_person=True, parts=parts)
    own = ["--config", ROOT / "pyproject.toml"] if not package else []
    ran(sys.executable, "-m", "ruff", "check", *own, ".", cwd=tmp_path)
    ran(sys.executable, "-m", "ruff", "format", "--check", "--line-length", "120", ".", cwd=tmp_path)
    rest = [path for path in tmp_path.rglob("*") if path.is_file() and "# [" in path.read_text(errors="replace")]
    assert rest == []


def test_an_authors_words_leave_the_scaffolds_tests_alone(tmp_path: Path) -> None:
    """Other words, and a list that the portal wraps: what the tests compare is what was recorded."""
    folder = create_plugin("notary", tmp_path, about_person=True)
    for file, changes in {
        "sandbox/routes.py": {
            '"open"': '"recu"',
            "Response([shown(demand) for demand in demands.with_key(key)])": (
                'Response({"items": [shown(demand) for demand in demands.with_key(key)]})'
            ),
        },
        "mapping.py": {
            '"open"': '"recu"',
            "def demand(": "class _List(msgspec.Struct):\n    items: list[_Demand]\n\n\ndef demand(",
            "decoded(body, list[_Demand])": "decoded(body, _List).items",
        },
    }.items():
        text = (folder / file).read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (folder / file).write_text(text)
    for path in (folder / "exchanges").iterdir():
        path.unlink()
    texts, _ = asyncio.run(record(load(source_named(str(folder))), Tour()))
    list(write(texts, folder))
    assert "passed" in own_tests([folder], "-k", "not test_plugin")


def own_tests(folders: list[Path], *more: str) -> str:
    """Their tests, in one process; the kit is among them."""
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", folders[0].parent, *more]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # an author may have no plugin of pytest
    return ran(sys.executable, "-m", "pytest", *options, *folders, cwd=folders[0].parent, **alone)


@pytest.mark.parametrize("capabilities", SINGLE, ids=name_of)
def test_a_new_folder_passes_the_kit(capabilities: tuple[str, ...], tmp_path: Path) -> None:
    """All capabilities together: the last test of this file. A plain form: the first test of `test_check.py`."""
    folder = create_plugin("alone", tmp_path, capabilities, about_person="filing" in capabilities)
    assert left_to_write(folder)


def left_to_write(folder: Path) -> bool:
    """Whether it is dependable, and nothing is wrong with it but that nobody wrote its README."""
    report = run_checks(folder)
    return report.level == "dependable" and [each.rule for each in report.findings] == ["own_words"]


def test_new_folders_pass_their_own_tests(tmp_path: Path) -> None:
    """Those that import the connector; the kit is tried above."""
    folders = [*made(tmp_path, [*SINGLE, SETS[-1]], package=False), create_plugin("about", tmp_path, about_person=True)]
    assert "passed" in own_tests(folders, "-k", "not test_plugin")


def test_a_form_about_a_person_brings_what_a_real_portal_has(tmp_path: Path) -> None:
    """Somebody of the sandbox, whose identity is proved; a document; a reason with words; the key in a header."""
    folder = create_plugin("notary", tmp_path, about_person=True)
    (service,) = read_services(folder / "services.toml", "notary").values()
    proved = {"cnie": "cnie", "family_name": "family_name", "given_name": "given_name", "birth_date": "birthdate"}
    assert service.identity_at("/person") == proved
    assert service.example["person"]["cnie"] in {each.cnie for each in PEOPLE.values()}
    made = {path.stem: json.loads(path.read_text()) for path in (folder / "exchanges").iterdir()}
    assert made["file-accepted"]["wire"][0]["request"]["headers"] == {"idempotency-key": "key_1"}
    assert made["document-certificate"]["result"]["media_type"] == "application/pdf"
    assert made["progress-refused"]["result"]["reason"] in read_manifest(folder / "plugin.toml").errors
    assert "__pycache__/" in (folder / ".gitignore").read_text().splitlines()
    assert "subject" not in (folder / "README.md").read_text()


def test_a_form_about_a_person_is_of_a_portal_that_takes_demands(tmp_path: Path) -> None:
    with pytest.raises(CannotCreate, match="add the capability filing"):
        create_plugin("notary", tmp_path, ("tracking",), about_person=True)


def with_parts(name: str, folder: Path, parts: tuple[str, ...], capabilities: tuple[str, ...] = ("filing",)) -> Path:
    """What the command writes, with its recordings by the next command that it names."""
    wanted = [option for each in capabilities for option in ("--capability", each)]
    options = ["--dir", str(folder), *wanted, *(f"--with-{each}" for each in parts)]
    made = CliRunner().invoke(main, ["connector", "new", name, *options], catch_exceptions=False)
    command = made.output.partition("Next: `mre-gateway ")[2].partition("`")[0]
    recorded = CliRunner().invoke(main, [*shlex.split(command), "--json"], catch_exceptions=False)
    assert json.loads(recorded.stdout)["left_out"] == []
    return folder / name


def test_a_file_and_a_question_pass_the_kit_as_they_are_recorded(tmp_path: Path) -> None:
    """Each alone: below, with the other capabilities."""
    folder = with_parts("notary", tmp_path, PARTS)
    assert left_to_write(folder)
    recorded = {path.stem: json.loads(path.read_text()) for path in (folder / "exchanges").iterdir()}
    assert recorded["file-accepted"]["wire"][0]["request"]["json"]["scan"]["type"] == "application/pdf"
    assert recorded["progress-waiting"]["result"]["ask"]["code"] in read_manifest(folder / "plugin.toml").errors
    assert recorded["act-not-asked"]["error"] == {"type": "Refused", "code": "action_not_supported"}
    assert "passed" in own_tests([folder], "-k", "not test_plugin")


@pytest.mark.soak
@pytest.mark.parametrize("capabilities", [("filing",), CAPABILITIES], ids=name_of)
@pytest.mark.parametrize("parts", SOME_PARTS, ids="-".join)
def test_each_part_passes_the_kit(parts: tuple[str, ...], capabilities: tuple[str, ...], tmp_path: Path) -> None:
    assert left_to_write(with_parts("notary", tmp_path, parts, capabilities))


def test_a_file_and_a_question_belong_to_a_form_about_a_person(tmp_path: Path) -> None:
    with pytest.raises(CannotCreate, match="come with a form about a person"):
        create_plugin("notary", tmp_path, parts=["file"])
    with pytest.raises(CannotCreate, match="come with a form about a person"):
        create_package("notary", tmp_path, about_person=True, parts=["flying"])
    assert list(tmp_path.iterdir()) == []


def test_a_new_package_passes_the_kit_and_its_own_tests(tmp_path: Path) -> None:
    assert "passed" in own_tests(made(tmp_path, [("filing", "tracking")], package=True))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("package", [False, True], ids=["folder", "package"])
@pytest.mark.parametrize("size", range(1, 7))
def test_each_set_passes_the_kit_and_its_own_tests(size: int, package: bool, tmp_path: Path) -> None:
    for folder in made(tmp_path, [each for each in SETS if len(each) == size], package=package):
        assert "passed" in own_tests([folder])


def contents(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not MADE_BY_TOOLS & set(path.parts))
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def test_the_example_is_what_the_command_writes(tmp_path: Path) -> None:
    """`make docs` writes it anew. What is true of the one is true of the other."""
    assert contents(ROOT / "examples" / "hello") == contents(
        create_package("hello", tmp_path, about_person=True).folder
    )


def test_the_example_is_built_installed_checked_and_served(tmp_path: Path) -> None:
    """Found by the plugin's id, that of its package, and that of its distribution, which are three different names."""
    ignored = shutil.ignore_patterns(*MADE_BY_TOOLS)
    root = shutil.copytree(ROOT / "examples" / "hello", tmp_path / "hello", ignore=ignored)
    ran(sys.executable, "-m", "build", "--wheel", "--no-isolation", root, cwd=tmp_path)
    (wheel,) = (root / "dist").iterdir()
    wheel = wheel.rename(tmp_path / wheel.name)
    shutil.rmtree(root)  # from here on there is only what was installed
    site = tmp_path / "site"
    ran(sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--no-index", "--target", site, wheel, cwd=tmp_path)
    installed = {"PYTHONPATH": f"{ROOT}:{site}"}
    gateway = [sys.executable, "-m", "gateway", "connector"]
    assert "0 errors, 1 warning;" in ran(*gateway, "check", "mre-connector-hello", cwd=tmp_path, **installed)
    code = (
        "from gateway.cli.authoring.named import source_named as named\n"
        "print(named('hello') == named('mre_connector_hello') == named('mre-connector-hello'))"
    )
    assert ran(sys.executable, "-c", code, cwd=tmp_path, **installed) == "True\n"
    served = ran(
        *gateway, "serve", "hello", "--once", "--json", "--port", str(free_port(*DEMO)), cwd=tmp_path, **installed
    )
    facts = json.loads(served)
    assert facts["id"] == "hello"
    assert (facts["case"]["status"], facts["case"]["filing"]["reference"]) == ("completed", "D-1")


@pytest.mark.parametrize("make", [create_plugin, create_package])
@pytest.mark.parametrize(
    ("name", "capabilities"),
    [("Upper", ("filing",)), ("hello", ()), ("hello", ("filing", "flying")), ("../x", ("filing",))],
)
def test_what_cannot_be_made_writes_nothing(
    make: Callable[..., object], name: str, capabilities: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(CannotCreate):
        make(name, tmp_path / "mine", capabilities)
    assert not (tmp_path / "mine").exists()


def test_the_skeleton_itself_is_checked_with_all_capabilities(tmp_path: Path) -> None:
    """The exchanges that come with it reach every operation."""
    assert left_to_write(create_plugin("whole", tmp_path, CAPABILITIES))


@pytest.mark.parametrize("make", [create_plugin, create_package])
def test_a_bundled_plugins_id_is_refused(make: Callable[..., object], tmp_path: Path) -> None:
    """Another one of that id would never be loaded: the bundled one's place, and its secrets, are its own."""
    with pytest.raises(CannotCreate, match=r"comes with the gateway, .*: choose another name"):
        make("echo", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
