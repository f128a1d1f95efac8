"""A new plugin: `skeleton/`, which is a working one with every capability, cut down to those that are wanted.

Lines between `# [filing]` and `# [/]` stay where that capability is wanted; several names mean any of them, and `not`
before them none. `person` is a form about the person who signs in; its exchanges are in `exchanges_about_person/`.
`file` and `question` are what such a form may have beside that; its exchanges are not written then, because `connector
record` makes them. Imports that nothing uses any more go with what used them.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from gateway.connectors import schemas
from gateway.settings import bundled

SKELETON: Final = Path(__file__).parent / "skeleton"
DISTRIBUTION: Final = Path(__file__).parent / "skeleton_package"
NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
PERSON: Final = "person"
"""The word among the capabilities for a form about a person."""
PARTS: Final = ("file", "question")
"""What comes with such a form if it is wanted: a file in it, and a document that the portal asks for on the way."""
FORMS: Final = ('{"year": 1955}', '{"person": {"cnie": "BK654321"}}', '{"person": {"family_name": " "}}')
"""What such a stand-in rejects or refuses, to be recorded: `connector record --form`."""
_PERSONS_EXCHANGES: Final = "exchanges_about_person"
CAPABILITIES: Final = ("filing", "tracking", "paying", "shipping", "booking", "messaging")
MODULES: Final = {
    "sandbox/payments.py": "paying",
    "sandbox/parcels.py": "shipping",
    "sandbox/diary.py": "booking",
    "sandbox/messages.py": "messaging",
}
"""Files of one capability."""
IGNORED: Final = "__pycache__/\n.pytest_cache/\n.ruff_cache/\n"
"""What a version control leaves out of a plugin's folder."""
_MARK: Final = re.compile(r"\s*(?:#|<!--) \[(/|[a-z ]+)\](?: -->)?")
_WIDTH: Final = 120


class CannotCreate(Exception):
    """The text says what is in the way."""


class Made(NamedTuple):
    folder: Path
    """What was written: the plugin's folder, or the distribution's."""
    plugin: Path
    """The folder with `plugin.toml`."""


def sentences(file: str) -> frozenset[str]:
    """What the skeleton's file tells people, to be replaced by what is true of a portal: each line, without its marks
    of a list, headings left out."""
    text = (SKELETON / file).read_text(encoding="utf-8")
    lines = (line.strip().strip('"').removeprefix("- ") for line in text.splitlines() if not _MARK.fullmatch(line))
    return frozenset(line for line in lines if " " in line and not line.startswith("#"))


def create_plugin(
    name: str,
    folder: Path,
    capabilities: Iterable[str] = ("filing",),
    *,
    about_person: bool = False,
    parts: Iterable[str] = (),
) -> Path:
    """Make the plugin `folder/<name>` with all its files. `about_person`: its form is about the person who signs in,
    and what comes of it is a PDF; `parts`: what there is beside that, of `PARTS`, for which `connector record` writes
    the exchanges. Raises `CannotCreate`, and then nothing was written."""
    wanted = _checked(name, folder / name, capabilities, about_person=about_person, parts=parts)
    _write_plugin(name, f"plugins.{name}", folder / name, folder / name / "tests", wanted)
    (folder / name / ".gitignore").write_text(IGNORED, encoding="utf-8")
    return folder / name


def create_package(
    name: str,
    folder: Path,
    capabilities: Iterable[str] = ("filing",),
    *,
    about_person: bool = False,
    parts: Iterable[str] = (),
) -> Made:
    """Make the distribution `folder/<name>`, which brings the plugin as the package `mre_connector_<name>`. Raises
    `CannotCreate`, and then nothing was written."""
    root = folder / name
    wanted = _checked(name, root, capabilities, about_person=about_person, parts=parts)
    package = f"mre_connector_{name}"
    _write_plugin(name, package, root / "src" / package, root / "tests", wanted)
    for path in _files(DISTRIBUTION):
        text = path.read_text(encoding="utf-8").replace(
            "mre-connector-skeleton", f"mre-connector-{name.replace('_', '-')}"
        )
        text = text.replace("mre_connector_skeleton", package).replace("skeleton", name)
        copy = root / path.relative_to(DISTRIBUTION).as_posix().removesuffix(".in").replace("dot_", ".")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    return Made(root, root / "src" / package)


def _checked(
    name: str, target: Path, capabilities: Iterable[str], *, about_person: bool, parts: Iterable[str]
) -> frozenset[str]:
    """The capabilities, and of `PERSON` and `PARTS` what is wanted."""
    if not NAME.fullmatch(name):
        raise CannotCreate(f"{name!r} cannot be a plugin's id: 2 to 31 small letters, digits and _, a letter first")
    if (bundled("plugins") / name / "plugin.toml").is_file():
        raise CannotCreate(
            f"{name!r} is the id of a plugin that comes with the gateway, which would be loaded in its place: choose "
            "another name"
        )
    if target.exists():
        raise CannotCreate(f"{target} is there already")
    wanted = frozenset(capabilities)
    if not wanted or not wanted <= set(CAPABILITIES):
        raise CannotCreate(f"capabilities are {', '.join(CAPABILITIES)}")
    if about_person and "filing" not in wanted:
        raise CannotCreate("a form about a person is for a portal that takes demands: add the capability filing")
    if not set(parts) <= set(PARTS if about_person else ()):
        raise CannotCreate("a file and a question come with a form about a person")
    return wanted | ({PERSON, *parts} if about_person else set())


def _write_plugin(name: str, package: str, plugin: Path, tests: Path, wanted: frozenset[str]) -> None:
    class_name = "".join(part.capitalize() for part in name.split("_"))
    operations = _operations(wanted & set(CAPABILITIES))
    for path in _files(SKELETON):
        below = path.relative_to(SKELETON)
        if MODULES.get(below.as_posix(), next(iter(wanted))) not in wanted:
            continue
        text = path.read_text(encoding="utf-8")
        if below.parts[0].startswith("exchanges"):
            about_filing = json.loads(text)["operation"] in _operations(["filing"])
            ours = below.parts[0] == (_PERSONS_EXCHANGES if PERSON in wanted and about_filing else "exchanges")
            to_record = about_filing and not wanted.isdisjoint(PARTS)
            if not ours or to_record or json.loads(text)["operation"] not in operations:
                continue
            below = Path("exchanges", *below.parts[1:])
        text = _cut(text, wanted, code=path.suffix == ".py")
        if path.suffix == ".py":
            text = _without_unused(_with_bases(text, wanted))
        text = text.replace("plugins.skeleton", package)
        text = text.replace("Skeleton", class_name).replace("skeleton", name)
        copy = tests.joinpath(*below.parts[1:]) if below.parts[0] == "tests" else plugin / below
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    (plugin / "schemas").mkdir()
    for kind in schemas.SCHEMAS:
        (plugin / "schemas" / f"{kind}.json").write_text(schemas.text(kind), encoding="utf-8")


def _files(root: Path) -> list[Path]:
    return [each for each in sorted(root.rglob("*")) if each.is_file() and "__pycache__" not in each.parts]


def _operations(wanted: Iterable[str]) -> set[str]:
    from gateway.connectors import contract

    classes = [getattr(contract, each.capitalize()) for each in wanted]
    return {name for each in classes for name, value in vars(each).items() if isinstance(value, contract.Operation)}


def _cut(text: str, wanted: frozenset[str], *, code: bool) -> str:
    """Without the marks, and without what is between those of other capabilities."""
    kept: list[str] = []
    stays: list[bool] = []  # one for each mark around the line
    for line in text.splitlines():
        mark = _MARK.fullmatch(line)
        if mark is None:
            if all(stays):
                kept.append(line)
        elif mark[1] == "/":
            stays.pop()
        else:
            first, *others = mark[1].split()
            stays.append(not wanted & set(others) if first == "not" else bool(wanted & {first, *others}))
    return _spaced(kept, code=code)


def _spaced(lines: list[str], *, code: bool = True) -> str:
    """With blank lines as a formatter leaves them. In Python: none where a block begins, two between definitions."""
    out: list[str] = []
    blank, imported = 0, False
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        begins = not out or (code and out[-1].rstrip().endswith((":", "[", "(", "{")))
        defines = line.startswith(("def ", "async def ", "class ", "@"))
        within = not code or line.startswith((" ", ")", "]", "}")) or (imported and not defines)
        out += [""] * (0 if begins else min(blank, 1 if within else 2))
        out.append(line)
        imported = line.startswith(("import ", "from ")) or (imported and line.startswith((" ", ")")))
        blank = 0
    return "\n".join(out) + "\n"


def _with_bases(text: str, wanted: frozenset[str]) -> str:
    bases = ", ".join(["Connector", *(each.capitalize() for each in CAPABILITIES if each in wanted)])
    return re.sub(r"class Skeleton\(Connector, [^)]*\)", f"class Skeleton({bases})", text)


def _without_unused(text: str) -> str:
    """Without imported names that nothing in the file uses."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | _exported(tree)
    lines = text.splitlines()
    for node in reversed([each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        names = [each.name for each in node.names if each.name.partition(".")[0] in used]
        lines[node.lineno - 1 : node.end_lineno] = _import(node, names)
    return _spaced(lines)


def _exported(tree: ast.Module) -> set[str]:
    """The names in `__all__`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _import(node: ast.Import | ast.ImportFrom, names: list[str]) -> list[str]:
    if not names:
        return []
    if isinstance(node, ast.Import):
        return [f"import {name}" for name in names]
    head = f"from {'.' * node.level}{node.module or ''} import "
    if len(line := head + ", ".join(names)) <= _WIDTH:
        return [line]
    return [f"{head}(", *(f"    {name}," for name in names), ")"]
