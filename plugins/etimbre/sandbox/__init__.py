"""The stand-in for eTimbre and the card payments of CMI, for development and tests."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
