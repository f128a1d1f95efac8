"""A new plugin: a copy of `skeleton/`, which is a working one, under another name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

SKELETON: Final = Path(__file__).parent / "skeleton"
NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")


class CannotCreate(Exception):
    """The text says what is in the way."""


def create_plugin(name: str, folder: Path) -> Path:
    """Make `folder/<name>` with all its files. Raises `CannotCreate`, and then nothing was written."""
    if not NAME.fullmatch(name):
        raise CannotCreate(f"{name!r} cannot be a plugin's id: small letters, digits and _, a letter first, 31 at most")
    target = folder / name
    if target.exists():
        raise CannotCreate(f"{target} is there already")
    class_name = "".join(part.capitalize() for part in name.split("_"))
    for path in sorted(SKELETON.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        text = path.read_text(encoding="utf-8").replace("Skeleton", class_name).replace("skeleton", name)
        copy = target / path.relative_to(SKELETON)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    return target
