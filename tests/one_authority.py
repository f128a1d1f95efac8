"""Tests trust one authority in place of the system's hundred and more, which a process reads anew, 15 ms, for each
client and each gateway. None of them talks to the world."""

from __future__ import annotations

import os
from pathlib import Path

import certifi
import pytest

_END = "-----END CERTIFICATE-----\n"


def trust_one_authority(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Here and in the processes that are started from here."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(_END)
    path = folder / "one-authority.pem"
    path.write_text(first + end, encoding="utf-8")
    patch.setattr(certifi, "where", lambda: str(path))
    patch.setitem(os.environ, "SSL_CERT_FILE", str(path))
