"""The client for TypeScript as a package, and programs that use it, compiled strictly."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.npm import MODULES, ROOT, node, tool

HERE: Final = Path(__file__).parent
PACKAGE: Final = ROOT / "clients" / "typescript"
STRICT: Final = {
    "strict": True,
    "skipLibCheck": True,  # those of TypeScript and Node are half of the work
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
    shutil.copytree(await _compiled_package(), package / "dist")
    shutil.copy(PACKAGE / "package.json", package)
    for each in programs:
        shutil.copy(each, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    settings = {"compilerOptions": STRICT, "files": [each.name for each in programs]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    await tool("tsc", "--project", folder / "tsconfig.json", cwd=folder)
    return folder / "compiled"


async def _compiled_package() -> Path:
    """The package, compiled once for all tests and runs as long as its sources and the compiler are the same."""
    sources = [*sorted(path for path in (PACKAGE / "src").rglob("*") if path.is_file()), PACKAGE / "tsconfig.json"]
    whole = hashlib.sha256()
    for path in (*sources, ROOT / "package-lock.json"):
        whole.update(f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    made = MODULES / ".cache" / "services" / whole.hexdigest()[:16]
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made.parent) as folder:
            await tool("tsc", "--project", PACKAGE, "--outDir", Path(folder, "dist"), "--skipLibCheck")
            with contextlib.suppress(OSError):  # another process was quicker
                Path(folder, "dist").rename(made)
    return made


async def run_program(compiled: Path, program: str, *arguments: str) -> str:
    return await node(compiled / program.replace(".ts", ".js"), *arguments, cwd=compiled)
