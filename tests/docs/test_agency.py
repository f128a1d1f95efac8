"""The path of an agency, run as its pages say: quick start with `make demo`, and the guide."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import main
from gateway.testing import check_plugin
from gateway.testing.scaffold import create_plugin
from tests.ports import DEMO, free_port
from tests.waiting import PATIENCE

from .shell import FENCE, ROOT, read, run

UP = "Ctrl-C stops everything."


@asynccontextmanager
async def started(script: str, ready: str) -> AsyncIterator[None]:
    """A block that stays up, from when it prints `ready` until Ctrl-C. Fails if it ends before."""
    child = await asyncio.create_subprocess_exec(
        "bash", "-c", f"set -e\n{script}", cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        start_new_session=True, env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert child.stdout is not None
    printed = []
    try:
        async with asyncio.timeout(PATIENCE):
            while ready not in (printed or [""])[-1]:
                line = await child.stdout.readline()
                assert line, "it ended by itself:\n" + "".join(printed)
                printed.append(line.decode())
        yield
        os.killpg(child.pid, signal.SIGINT)
        rest, _ = await asyncio.wait_for(child.communicate(), PATIENCE)
        assert child.returncode in (0, 130, -signal.SIGINT), rest.decode()  # make itself ends by the signal
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


async def test_the_quick_start_of_an_agency_does_what_it_shows(tmp_path: Path) -> None:
    page = read(ROOT / "docs/quickstart/agency.md")
    assert "make demo" in page.start
    assert len(page.before) == 1
    assert len(page.after) == 1
    port = free_port(*DEMO)
    own = {"my-plugins": str(tmp_path / "my-plugins"), "demo-state": str(tmp_path / "state")}
    for each in ("before", "after"):
        (tmp_path / each).mkdir()
    await run(page.before, tmp_path / "before", own)
    start = page.start.replace('demo-state"', f'demo-state --port {port}"')
    for old, new in own.items():
        start = start.replace(old, new)
    async with started(start, UP):
        await run(page.after, tmp_path / "after", own, GATEWAY=f"http://127.0.0.1:{port}")


async def test_the_guide_goes_from_an_empty_folder_to_a_case_that_ends(tmp_path: Path) -> None:
    page = read(ROOT / "docs/guides/write-a-connector.md")
    commands = "".join(step.command for step in page.before)
    for each in ("new", "record", "check", "serve"):
        assert f"mre-gateway connector {each}" in commands
    (tmp_path / "out").mkdir()
    own = {"my-plugins": str(tmp_path / "my-plugins"), "8500": str(free_port(*DEMO))}
    await run(page.before, tmp_path / "out", own)


def test_the_service_with_a_file_is_recorded_and_conforms(tmp_path: Path) -> None:
    """As the guide shows it: the table laid over that of the scaffold, and the function put in its place."""
    guide = (ROOT / "docs/guides/write-a-connector.md").read_text(encoding="utf-8")
    (table,) = [text for kind, text in FENCE.findall(guide) if kind == "toml" and "att_" in text]
    (function,) = [text for kind, text in FENCE.findall(guide) if kind == "python" and text.startswith("def demand")]
    made = create_plugin("notary", tmp_path, ["filing"], about_person=True)
    services, mapping = made / "services.toml", made / "mapping.py"
    services.write_text(_laid_over(services.read_text(encoding="utf-8"), table), encoding="utf-8")
    head, _, rest = mapping.read_text(encoding="utf-8").partition("def demand(")
    head = head.replace("    DocumentRef,\n", "    DocumentRef,\n    file_in_json,\n")
    mapping.write_text(f"{head}{function}\n\n{rest[rest.index('def filed(') :]}", encoding="utf-8")
    for path in (made / "exchanges").iterdir():
        path.unlink()
    done = CliRunner().invoke(main, ["connector", "record", str(made)])
    assert done.exit_code == 0, done.output
    assert {each.rule for each in check_plugin(made)} <= {"refusal_words", "status_words", "own_words"}


def _laid_over(toml: str, tables: str) -> str:
    """`tables` into a file: a line replaces the one of its name, or follows its table's name."""
    for name, body in re.findall(r"^(\[.+\])$\n((?:.+\n)+)", tables, re.MULTILINE):
        if f"{name}\n" not in toml:
            toml = f"{toml}\n{name}\n{body}"
            continue
        before, _, own = toml.partition(f"{name}\n")
        own, cut, after = own.partition("\n[")
        for line in body.splitlines():
            key = re.escape(line.partition(" = ")[0])
            own = f"{line}\n" + re.sub(rf"^{key} = .*\n", "", own, flags=re.MULTILINE)
        toml = f"{before}{name}\n{own}{cut}{after}"
    return toml
