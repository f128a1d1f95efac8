"""`python -m clients.generator [--check]`: write the generated files, or say whether they are as they should be.

Without a network, and always the same for the same description. `--check` makes nothing: each file says in its first
lines of what it was made, and what its own text has to add up to.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from clients.generator import python, typescript
from clients.generator.header import MARK
from clients.generator.operations import plain_schemas, read_methods

CLIENTS: Final = Path(__file__).parents[1]
FILES: Final = {
    "models": CLIENTS / "python/mre_services/models.py",
    "resources": CLIENTS / "python/mre_services/resources.py",
    "models.ts": CLIENTS / "typescript/src/models.ts",
    "resources.ts": CLIENTS / "typescript/src/resources.ts",
}


def description() -> str:
    """As `mre-gateway openapi` prints it, with the settings that the package has."""
    from gateway.api.openapi import document
    from gateway.app import assemble
    from gateway.settings import load

    # What it says of plugins without their secrets is of no interest: nothing is served.
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.TextIOWrapper(io.BytesIO())):
        settings = load(state_dir=Path(folder))
        gateway = assemble(settings, journeys=False)
        return document(gateway.routes(), settings, gateway.catalogue, gateway.messages)


def source(described: dict[str, Any]) -> str:
    """What the files are made of, as a digest: the part of the description that they need, and the generator."""
    parts = [plain_schemas(described), [asdict(each) for each in read_methods(described)]]
    found = hashlib.sha256(json.dumps(parts).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def made(described: dict[str, Any]) -> dict[Path, str]:
    """The text of each file."""
    methods = read_methods(described)
    python.remember_entries(described)
    return {
        FILES["models"]: python.models(described, "What the API sends and takes."),
        FILES["resources"]: python.resources(methods, "The resources of the clients."),
        FILES["models.ts"]: typescript.models(described, "What the API sends and takes."),
        FILES["resources.ts"]: typescript.resources(methods, "The resources of the client."),
    }


def sealed(text: str, digest: str) -> str:
    """The text with what it was made of, and what it adds up to without that."""
    return text.replace(MARK, f"Made of {digest},\nadds up to {hashlib.sha256(text.encode()).hexdigest()}.", 1)


def stale(path: Path, digest: str) -> bool:
    """Whether the file was made of something else, or changed by hand."""
    if not path.exists():
        return True
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"Made of {digest},\nadds up to [0-9a-f]{{64}}\.", text)
    return found is None or sealed(text.replace(found[0], MARK, 1), digest) != text


def main() -> int:
    described = json.loads(description())
    digest = source(described)
    if "--check" in sys.argv[1:]:
        wrong = [path for path in FILES.values() if stale(path, digest)]
        for path in wrong:
            print(f"{path.relative_to(CLIENTS.parent)} is not as the generator writes it: make clients")
        return 1 if wrong else 0
    for path, content in made(described).items():
        path.write_text(sealed(content, digest), encoding="utf-8")
        print(f"wrote {path.relative_to(CLIENTS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
