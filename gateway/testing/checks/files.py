"""Checks of a plugin's files, which run none of its code, and whether it loads."""

from __future__ import annotations

from typing import Final

from gateway.connectors.auth_schemes import prefix_without_blank
from gateway.connectors.levels import is_cache
from gateway.connectors.manifest import FILENAME as MANIFEST
from gateway.testing import shape
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.findings import Finding
from gateway.testing.scaffold import sentences


def _count(exam: Examination, notes: Notes, pattern: str) -> None:
    notes.count(sum(1 for path in exam.folder.glob(pattern) if path.is_file() and not is_cache(path)))


async def _files(exam: Examination, notes: Notes) -> None:
    _count(exam, notes, "**/*")
    notes.findings += shape.files(exam.folder, packaged=exam.source.packaged)


async def _readme(exam: Examination, notes: Notes) -> None:
    _count(exam, notes, "README.md")
    notes.findings += shape.readme(exam.folder)
    notes.found_nothing("there is no README.md", "write one: `files` says so")


async def _own_words(exam: Examination, notes: Notes) -> None:
    """What `connector new` wrote about a portal that is nobody's."""
    path = exam.folder / "README.md"
    if not path.is_file():
        notes.found_nothing("there is no README.md", "write one: `files` says so")
        return
    left = sentences("README.md")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        notes.count()
        if (said := line.strip().removeprefix("- ")) in left:
            message = f"still says what `connector new` wrote: {said!r}"
            notes.error(f"README.md:{number}", message, "write what is true of this portal and of its stand-in")
            break


async def _imports(exam: Examination, notes: Notes) -> None:
    _count(exam, notes, "**/*.py")
    notes.findings += [*shape.imports(exam.folder, package=exam.source.package), *shape.deprecations(exam.folder)]


async def _loads(exam: Examination, notes: Notes) -> None:
    notes.count()
    exam.load()
    if (problem := exam.failure) is not None:
        notes.findings.append(
            Finding(
                rule=problem.stage,
                severity="error",
                where=exam.folder.name,
                message=problem.reason,
                remedy=problem.remedy,
                trace=problem.trace,
            )
        )
    elif (plugin := exam.load()) is not None and prefix_without_blank(plugin.manifest.auth):
        prefix = plugin.manifest.auth["prefix"]
        notes.warning(
            f"{MANIFEST} auth.prefix",
            f"{prefix!r} has no blank at its end, so the key is glued to it",
            f'write prefix = "{prefix} ", if the portal expects a blank',
        )


async def _services(exam: Examination, notes: Notes) -> None:
    notes.count(len(exam.plugin.services))
    notes.findings += (
        each for each in shape.services(exam.plugin.services) if not each.message.startswith("is not in")
    )  # `arabic` says so
    notes.not_applicable("it has no service of its own")


CHECKS: Final = (
    Check(
        id="files",
        level="connected",
        proves="The files of every plugin are there under the same names, and none is a link.",
        example="mapping.py: is missing",
        run=_files,
        unloaded=True,
    ),
    Check(
        id="readme",
        level="connected",
        proves="The README tells what is known of the portal, what is assumed, and what an agreement must settle.",
        example="README.md: no heading with the word 'known'",
        run=_readme,
        unloaded=True,
    ),
    Check(
        id="own_words",
        level="exemplary",
        proves="The README tells of this portal: nothing is left of what `connector new` wrote.",
        example="README.md:3: still says what `connector new` wrote: 'What the portal does for people, ...'",
        run=_own_words,
        unloaded=True,
    ),
    Check(
        id="imports",
        level="connected",
        proves="The plugin imports the contract and nothing else of the gateway, no other plugin, and in its connector "
        "nothing of its stand-in or its tests. All code is there as source.",
        example="connector.py:7: imports gateway.settings.load",
        run=_imports,
        unloaded=True,
    ),
    Check(
        id="loads",
        level="connected",
        proves="The plugin loads in a process of its own, in time, without effects, and has the contract's methods.",
        example="hello: Hello.find is missing: Filing has no default for it",
        run=_loads,
        unloaded=True,
    ),
    Check(
        id="services",
        level="connected",
        proves="Each service has an example, and its form and texts follow the form vocabulary.",
        example="services.toml hello.request: has no example",
        run=_services,
    ),
)
