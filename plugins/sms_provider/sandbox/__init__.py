"""The stand-in for an SMS provider, for development and tests."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
