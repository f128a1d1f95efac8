"""MRE Gateway: one API in front of the portals that Moroccans living abroad need."""

from __future__ import annotations

from gateway import time_zones as time_zones  # first of all: from here on the locked tz data are believed

__version__ = "0.2.0"
