from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from .source import nodes

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def inside(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def sources(folder: str, pattern: str) -> set[str]:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)}
    return {path for path in found if "/tests/" not in path and "__pycache__" not in path}


def test_the_wheel_holds_the_package(inside: set[str]) -> None:
    wanted = sources("gateway", "*.py") | {"gateway/py.typed"}
    assert wanted - inside == set()


@pytest.mark.parametrize(
    "pattern", ["*.py", "plugin.toml", "services.toml", "exchanges/*", "*.wsdl", "*.toml"], ids=lambda each: each
)
def test_the_wheel_holds_the_plugins_whole(inside: set[str], pattern: str) -> None:
    assert {f"gateway/bundled/{path}" for path in sources("plugins", pattern)} - inside == set()


def test_the_wheel_holds_each_enabled_plugin_settings_texts_and_migrations(inside: set[str]) -> None:
    settings = tomllib.loads((ROOT / "config" / "gateway.toml").read_text(encoding="utf-8"))
    wanted = {f"gateway/bundled/plugins/{plugin}/plugin.toml" for plugin in settings["plugins"]["enabled"]}
    wanted |= {f"gateway/bundled/{path}" for path in sources("config", "*.toml")}
    wanted |= {
        f"gateway/i18n/locale/{language}/LC_MESSAGES/{name}.po"
        for language in ("ar", "fr", "en")
        for name in ("gateway", "problems", "refusals")
    }
    wanted |= sources("gateway/storage/migrations", "*.py")
    assert len(wanted) > 8
    assert wanted - inside == set()


def test_the_wheel_holds_the_client_for_python(inside: set[str]) -> None:
    wanted = {path.removeprefix("clients/python/") for path in sources("clients/python/mre_services", "*.py")}
    assert len(wanted) > 8
    assert (wanted | {"mre_services/py.typed"}) - inside == set()


def test_the_wheel_holds_no_tests_and_nothing_of_this_machine(inside: set[str]) -> None:
    unwanted = re.compile(r"^tests/|^gateway/bundled/plugins/[^/]+/tests/|\.pyc$|\.sqlite|\.pem$|(^|/)\.")
    assert [name for name in inside if unwanted.search(name)] == []


def test_everything_in_the_wheel_is_in_our_packages(inside: set[str]) -> None:
    assert {name.split("/")[0] for name in inside} == {
        "gateway",
        "mre_services",
        "window",
        f"mre_gateway-{PROJECT['version']}.dist-info",
    }


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = (
        "import gateway.settings as s, gateway.i18n.messages as m;"
        "print(s.__file__); print(s.bundled('plugins')); print(s.load().default_language);"
        "print(m.translate('status.completed', 'fr'))"
    )
    # -S leaves out .pth files, so that an editable install of the checkout cannot help.
    libraries = Path(importlib.metadata.distribution("msgspec").locate_file(""))
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path / 'site'}:{libraries}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert str(ROOT) not in done.stdout.replace(str(libraries), "")
    assert done.stdout.splitlines()[-2:] == ["fr", "Terminé"]


# --- Dependencies -------------------------------------------------------------------------------------------------


def named(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=;! ]", each)[0].lower() for each in requirements]


def listed(section: str) -> list[str]:
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    body = page.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([a-z0-9@/-]+) \| (.*) \|$", body, re.MULTILINE)
    return [name for name, reason in rows if name != "package" and len(reason) > 3]


@pytest.mark.parametrize(
    ("section", "requirements"),
    [("To run", PROJECT["dependencies"]), ("To develop", PROJECT["optional-dependencies"]["dev"])],
    ids=["run", "develop"],
)
def test_each_dependency_has_its_reason(section: str, requirements: list[str]) -> None:
    assert sorted(listed(section)) == sorted(named(requirements))


def test_each_dependency_is_locked_with_its_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entry = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==.*(?:\\\n +--hash=sha256:[0-9a-f]{64})+", re.MULTILINE)
    wanted = named(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    assert set(wanted) - set(entry.findall(lock)) == set()


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", lock) == []


def test_each_npm_package_has_its_reason() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert sorted(listed("From npm, to test")) == sorted(wanted)


def test_each_npm_package_is_locked_with_its_hash() -> None:
    """And no entry says from which registry: each machine takes its own."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = lock.pop("")["devDependencies"]
    assert {f"node_modules/{name}" for name in wanted} <= set(lock)
    assert {name for name, each in lock.items() if not each.get("integrity", "").startswith("sha512-")} == set()
    assert {name for name, each in lock.items() if "resolved" in each} == set()


def test_every_library_that_the_code_imports_is_declared() -> None:
    packages = importlib.metadata.packages_distributions()
    declared = set(named(PROJECT["dependencies"]))
    foreign = set()
    for path in sources("gateway", "*.py") | sources("plugins", "*.py"):
        if not path.startswith("gateway/testing/"):  # runs where tests run, with their packages
            foreign |= imported(ROOT / path) - set(sys.stdlib_module_names) - {"gateway", "plugins", "window"}
    assert len(foreign) > 10
    distributions = {name: {each.lower().replace("_", "-") for each in packages.get(name, [name])} for name in foreign}
    assert {name for name, owners in distributions.items() if not owners & declared} == set()


def imported(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found
