"""What a process of ours is told by its environment. The gateway's own holds its secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


def child_environment() -> dict[str, str]:
    """The environment of a child that runs foreign code or reads foreign files: it finds this package, and no secret
    and no setting of the gateway."""
    root = str(Path(__file__).parent.parent)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])}
