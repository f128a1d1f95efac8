"""Barid Al-Maghrib: parcels and registered mail, and where they are."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Barid

gateway_register_connectors = registering(Barid)
