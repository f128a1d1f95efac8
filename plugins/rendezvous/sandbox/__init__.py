"""The stand-in for the consular appointment portal, for development and tests."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
