"""Consular appointments: requests with their documents, posts, slots, bookings."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Rendezvous

gateway_register_connectors = registering(Rendezvous)
