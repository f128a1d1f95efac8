"""The stand-in."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
