"""Passports from passeport.ma: pre-applications with the e-stamp reserved first, and tracking."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Passeport

gateway_register_connectors = registering(Passeport)
