"""The calls that the reference page shows, in curl, TypeScript and Python: each is run against a gateway."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from gateway.api.reference.samples import FOLDER, samples_of
from tests.acceptance.conftest import World
from tests.clients.typescript import compile_programs
from tests.npm import node
from tests.waiting import PATIENCE

CURL = Path(__file__).with_name("curl.py")
SERVICE = {"service": "echo.stamped", "form": {"text": "Bonjour"}}
SHOWN = ("listServices", "createCase", "getCase", "payCase", "getReceipt", "listEvents", "createEventTicket")
"""In the order in which they are run."""
MARK = "== "


def source(name: str, suffix: str) -> str:
    return (FOLDER / f"{name}{suffix}").read_text(encoding="utf-8")


async def printed_by(*command: str, stdin: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        printed, said = await process.communicate(stdin.encode())
    assert process.returncode == 0, said.decode()
    return printed.decode()


def parts(printed: str) -> dict[str, str]:
    """What each sample printed."""
    found = (each.partition("\n") for each in printed.split(MARK)[1:])
    return {name: said.strip() for name, _, said in found}


async def compiled_samples(folder: Path) -> Path:
    """Each as a module of its own, compiled strictly against the client as a package; `main.js` runs them in turn."""
    written = folder / "written"
    written.mkdir()
    sources = {f"{name}.ts": source(name, ".ts") for name in SHOWN}
    sources["given.d.ts"] = "declare var gateway: string, token: string, caseId: string;\n"
    sources["main.ts"] = (
        "const { GATEWAY, TOKEN, CASE } = process.env as Record<string, string>;\n"
        "Object.assign(globalThis, { gateway: GATEWAY, token: TOKEN, caseId: CASE });\n"
        + "".join(f'console.log("{MARK}{name}");\nawait import("./{name}.js");\n' for name in SHOWN)
        + "export {};\n"
    )
    for name, text in sources.items():
        (written / name).write_text(text, encoding="utf-8")
    return await compile_programs(folder / "package", *(written / name for name in sources))


async def test_each_sample_does_what_it_shows(small_world: World, tmp_path: Path) -> None:
    world, token = small_world, await small_world.citizen()
    case = (await world.post("/v1/cases", SERVICE, token)).json()["id"]
    given = {"GATEWAY": world.url, "TOKEN": token, "CASE": case}

    calls = "".join(f"echo '{MARK}{name}'\nKEY={name}-1\n{source(name, '.sh')}\necho\n" for name in SHOWN)
    shell = f'set -e\ncurl() {{ "{sys.executable}" "{CURL}" "$@"; }}\n{calls}'

    names = "gateway, token, case_id = (os.environ[name] for name in ('GATEWAY', 'TOKEN', 'CASE'))"
    blocks = "".join(f"print({MARK + name!r})\nexec({source(name, '.python')!r})\n" for name in SHOWN)
    python = f"import os\n{names}\n{blocks}"

    compiled = await compiled_samples(tmp_path)
    flags = ("--no-warnings", "--experimental-eventsource", compiled / "main.js")

    in_shell, in_python, in_typescript = await asyncio.gather(
        printed_by("bash", stdin=shell, **given),
        printed_by(sys.executable, "-", stdin=python, **given),
        node(*flags, env={**os.environ, **given}),
    )
    curl, py, ts = parts(in_shell), parts(in_python), parts(in_typescript)
    assert list(curl) == list(py) == list(ts) == list(SHOWN)
    answers = {name: json.loads(said) for name, said in curl.items()}
    assert "watiqa.birth-extract" in [each["id"] for each in answers["listServices"]["data"]]
    assert "watiqa.birth-extract" in py["listServices"] and py["listServices"] == ts["listServices"]  # noqa: PT018
    assert answers["createCase"]["status"] in ("received", "action_required")
    assert py["createCase"].startswith("case_") and ts["createCase"].startswith("case_")  # noqa: PT018
    assert answers["getCase"]["id"] == answers["getReceipt"]["case"] == case
    for said in (py, ts):
        assert said["getCase"].startswith(case)
        assert said["getReceipt"].startswith(case)
        assert said["payCase"].startswith("POST http")
        assert case in said["listEvents"]
    assert answers["payCase"]["checkout"]["method"] == "POST"
    assert len(answers["listEvents"]["data"]) == 2
    assert answers["createEventTicket"]["url"].startswith("/v1/events?ticket=")
    assert "case_" in ts["createEventTicket"]  # an EventSource has said the first event


async def test_samples_are_in_the_description(small_world: World) -> None:
    paths = (await small_world.web.get(f"{small_world.url}/schema/openapi.json")).json()["paths"]
    operations = {each["operationId"]: each for item in paths.values() for each in item.values()}
    files = {path.stem for path in FOLDER.iterdir() if path.suffix in (".sh", ".ts")}
    assert files == set(SHOWN) <= set(operations)
    for name in SHOWN:
        assert [each["label"] for each in operations[name]["x-codeSamples"]] == ["curl", "TypeScript", "Python"]
        assert operations[name]["x-codeSamples"][2]["source"] == samples_of(name)[2].source
