"""Complaints, observations and suggestions to the administrations: chikaya.ma."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Chikaya

gateway_register_connectors = registering(Chikaya)
