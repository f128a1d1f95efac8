"""Refuse what does not belong into the repository: large binaries, and files that `.gitignore` names.

A binary is what git takes for one: a NUL byte in its beginning. Pictures of the documentation may be large.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 200_000
LARGE_MAY_BE: Final = "docs/images/"
_BEGINNING: Final = 8_000


def tracked(root: Path, *options: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *options], cwd=root, capture_output=True, check=True)
    return [each for each in listed.stdout.decode().split("\0") if each]


def wrong(root: Path) -> list[str]:
    """One line a file, with what is wrong about it."""
    found = [f"{name}: .gitignore names it, and it is tracked" for name in tracked(root, "-ci", "--exclude-standard")]
    for name in tracked(root):
        path = root / name
        if name.startswith(LARGE_MAY_BE) or path.is_symlink() or not path.is_file():
            continue
        if (size := path.stat().st_size) > MOST_BYTES and b"\0" in path.read_bytes()[:_BEGINNING]:
            found.append(f"{name}: a binary of {size} bytes; at most {MOST_BYTES} outside {LARGE_MAY_BE}")
    return found


def main() -> int:
    root = Path.cwd()
    if not (root / ".git").exists():
        return 0  # an unpacked archive
    found = wrong(root)
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
