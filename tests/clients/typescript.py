"""The client for TypeScript as a package, and programs that use it, compiled strictly."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from tests.npm import ROOT, node, tool

HERE: Final = Path(__file__).parent
PACKAGE: Final = ROOT / "clients" / "typescript"
STRICT: Final = {
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "target": "es2022",
    "module": "node16",
    "lib": ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
    "types": ["node"],
    "typeRoots": [str(ROOT / "node_modules" / "@types")],
    "outDir": "compiled",
}


async def compile_programs(folder: Path, *programs: Path) -> Path:
    """Where the compiled programs are. The package is installed beside them as from a registry, by its `exports`."""
    package = folder / "node_modules" / "@mre-gateway" / "services"
    package.mkdir(parents=True)
    await tool("tsc", "--project", PACKAGE, "--outDir", package / "dist")
    shutil.copy(PACKAGE / "package.json", package)
    for each in programs:
        shutil.copy(each, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    settings = {"compilerOptions": STRICT, "files": [each.name for each in programs]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    await tool("tsc", "--project", folder / "tsconfig.json", cwd=folder)
    return folder / "compiled"


async def run_program(compiled: Path, program: str, *arguments: str) -> str:
    return await node(compiled / program.replace(".ts", ".js"), *arguments, cwd=compiled)
