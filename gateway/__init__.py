"""MRE Gateway: one API in front of the portals that Moroccans living abroad need."""

from __future__ import annotations

__version__ = "0.1.0"
