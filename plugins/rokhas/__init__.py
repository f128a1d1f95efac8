"""Permits of the communes through rokhas.ma: building, repair, demolition, occupancy, business, public domain."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Rokhas

gateway_register_connectors = registering(Rokhas)
