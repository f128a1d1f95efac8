"""Consular fees and fee stamps: eTimbre, with card payment through CMI."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import ETimbre

gateway_register_connectors = registering(ETimbre)
