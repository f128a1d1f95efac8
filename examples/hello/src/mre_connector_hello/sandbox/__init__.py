"""The stand-in for the portal, for development and tests."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
