"""The portal behind Echo: there is no other one."""

from __future__ import annotations

from .routes import sandbox

__all__ = ["sandbox"]
