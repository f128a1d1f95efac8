"""Runs the ```bash blocks of a page in one shell, and holds what they print against the block that follows.

So are ```ts and ```python blocks of a page that shows the typed clients, each as a program of its own that begins with
the page's first block of that language; those in TypeScript are compiled strictly. They find the shell's variables in
their environment.

A ```json block shows a part of the answer, the last one printed; a ```text block shows lines. `…` stands for anything;
alone on a line it stands for any lines.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import quick_gateway
from tests.clients.typescript import compile_programs
from tests.npm import NODE

ROOT = Path(__file__).parents[2]
OWN_COMMANDS = "$PWD/.venv/bin:$PATH"
"""What a page puts first in PATH; the quick `mre-gateway` stays before it."""
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    command: str
    kind: str = ""
    shown: str = ""
    language: str = "bash"

    @property
    def fails(self) -> bool:
        """The page shows an error as the answer."""
        return self.kind == "json" and json.loads(self.shown).get("status") in range(400, 600)


@dataclass(frozen=True)
class Page:
    """`start` is the block that starts the demo, `before` and `after` are the steps on either side of it."""

    before: list[Step]
    start: str
    after: list[Step]


def read(page: Path) -> Page:
    text = page.read_text(encoding="utf-8")
    starts = [
        match for match in re.finditer(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "demo" in match[1]
    ]
    if not starts:
        return Page(steps(text), "", [])
    first = starts[0]
    return Page(steps(text[: first.start()]), first[1], steps(text[first.end() :]))


CLIENTS = {"ts": 'from "@mre-gateway/services"', "python": "from mre_services import"}
"""What the first block says where blocks of a language are run."""


def steps(text: str) -> list[Step]:
    blocks = FENCE.findall(text)
    first = {
        language: next((text for kind, text in blocks if kind == language and mark in text), "")
        for language, mark in CLIENTS.items()
    }
    found = []
    for number, (kind, text) in enumerate(blocks):
        if kind == "bash" or first.get(kind):
            following = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
            shown = following if following[0] in ("json", "text") else ("", "")
            start = "" if kind == "bash" or text == first[kind] else first[kind]
            found.append(Step(start + text, *shown, language=kind))
    return found


async def _programs(todo: list[Step], scratch: Path, replace: dict[str, str]) -> list[Step]:
    """The steps, with commands that run those that are programs."""
    sources = {}
    for number, step in enumerate(todo):
        if step.language != "bash":
            sources[number] = scratch / f"step{number}.{step.language.replace('python', 'py')}"
            sources[number].write_text(_replaced(step.command, replace), encoding="utf-8")
    in_typescript = [path for path in sources.values() if path.suffix == ".ts"]
    compiled = await compile_programs(scratch / "ts", *in_typescript) if in_typescript else scratch
    commands = {
        number: f"'{NODE}' '{compiled / path.stem}.js'\n" if path.suffix == ".ts" else f"python '{path}'\n"
        for number, path in sources.items()
    }
    return [dataclasses.replace(step, command=commands.get(number, step.command)) for number, step in enumerate(todo)]


def _replaced(text: str, replace: dict[str, str]) -> str:
    for old, new in replace.items():
        text = text.replace(old, new)
    return text


async def run(todo: list[Step], scratch: Path, replace: dict[str, str], **more: str) -> None:
    """Run the steps, and hold what each printed against what the page shows.

    Fails at the first command that fails; an HTTP error counts, unless it is shown.
    """
    todo = await _programs(todo, scratch, replace)
    for step, printed in await _run(todo, scratch, replace, more):
        _compare(step, printed, replace)


async def _run(
    todo: list[Step], scratch: Path, replace: dict[str, str], more: dict[str, str]
) -> list[tuple[Step, str]]:
    script = ["set -aeuo pipefail", f'curl() {{ {_curl()} --show-error $FAIL "$@"; }}']
    for number, step in enumerate(todo):
        text = _replaced(step.command, replace | {OWN_COMMANDS: f"{quick_gateway.folder()}:{OWN_COMMANDS}"})
        script.append(f"FAIL={'' if step.fails else '--fail-with-body'}")
        script.append(f"{{\n{text}}} > '{scratch / str(number)}'")
    shell = await asyncio.create_subprocess_exec(
        "bash",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            **more,
            "TMPDIR": str(scratch),
            "PATH": f"{quick_gateway.folder()}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
    )
    _, errors = await shell.communicate("\n".join(script).encode())
    done = [path for number in range(len(todo)) if (path := scratch / str(number)).exists()]
    if shell.returncode:
        raise AssertionError(f"{todo[len(done) - 1].command}\n{done[-1].read_text()}\n{errors.decode()}")
    return [(step, path.read_text(encoding="utf-8")) for step, path in zip(todo, done, strict=True)]


def _curl() -> str:
    """The real one where there is one. A machine that has only Python, git and make has none."""
    if shutil.which("curl"):
        return "command curl"
    return f"'{sys.executable}' '{Path(__file__).with_name('curl.py')}'"


def _compare(step: Step, printed: str, replace: dict[str, str]) -> None:
    shown = _replaced(step.shown, replace)
    if step.kind == "json":
        answers = list(_documents(printed))
        assert answers, printed
        _within(json.loads(shown), answers[-1], "")
    elif step.kind == "text":
        pattern = "".join("(?:.*\n)*" if line == "…" else _wild(line) + "\n" for line in shown.splitlines())
        assert re.fullmatch(pattern, printed), f"shown:\n{shown}\nprinted:\n{printed}"


def _documents(printed: str) -> Any:
    decoder, at = json.JSONDecoder(), 0
    while at < len(printed):
        if printed[at].isspace():
            at += 1
            continue
        document, at = decoder.raw_decode(printed, at)
        yield document


def _within(shown: Any, answer: Any, where: str) -> None:
    if shown == "…":
        return
    if isinstance(shown, dict):
        assert isinstance(answer, dict), where
        for name, value in shown.items():
            assert name in answer, f"{where}/{name} is not in {sorted(answer)}"
            _within(value, answer[name], f"{where}/{name}")
    elif isinstance(shown, list):
        assert isinstance(answer, list), where
        assert len(shown) <= len(answer), where
        assert bool(shown) == bool(answer), where
        for number, value in enumerate(shown):
            _within(value, answer[number], f"{where}/{number}")
    elif isinstance(shown, str) and "…" in shown:
        assert isinstance(answer, str), where
        assert re.fullmatch(_wild(shown), answer), f"{where}: {answer!r}"
    else:
        told = answer.replace("\N{NO-BREAK SPACE}", " ") if isinstance(answer, str) else answer
        assert shown == told, f"{where}: {answer!r}"


def _wild(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.split("…"))
