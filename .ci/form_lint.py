"""Refuse a form that a frontend could not draw, or a text that only a developer understands, in any `services.toml` or
`plugin.toml` here. The rules are those of the conformance kit: `gateway/connectors/form_vocabulary/lint.py`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.connectors.form_vocabulary import lint
from gateway.connectors.form_vocabulary.members import expanded
from gateway.connectors.manifest import ManifestError
from gateway.connectors.services import read_services

ROOT: Final = Path(__file__).parents[1]
CATALOGUES: Final = "plugins/*/services.toml"


def wrong(root: Path) -> list[str]:
    """One line a finding."""
    found = []
    for path in sorted(root.glob(CATALOGUES)):
        name = str(path.relative_to(root))
        try:
            read_services(path, path.parent.name)
        except ManifestError as error:
            found.append(str(error))
            continue
        found += [f"{name}: {each}" for each in _services(path)]
        found += [f"{name.replace('services', 'plugin')}: {each}" for each in _manifest(path.with_name("plugin.toml"))]
    return found


def _services(path: Path) -> Iterator[str]:
    for name, table in expanded(tomllib.loads(path.read_text(encoding="utf-8"))).items():
        yield from (f"{name}.form{at} {problem}" for at, problem in lint.form(table["form"]))
        texts = {key: value for key, value in table.items() if key != "form"}
        yield from (f"{name}.{at} {problem}" for at, each in lint.texts_of(texts) for problem in lint.wording(each))


def _manifest(path: Path) -> Iterator[str]:
    if path.is_file():
        texts = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (f"{at} {problem}" for at, each in lint.texts_of(texts) for problem in lint.wording(each))


if __name__ == "__main__":
    lines = wrong(ROOT)
    print("\n".join(lines), file=sys.stderr, end="\n" if lines else "")
    sys.exit(bool(lines) or not any(ROOT.glob(CATALOGUES)))
