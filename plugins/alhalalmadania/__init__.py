"""Digital civil status at alhalalmadania.ma: copies of records, pre-declarations of births, marriages and the like."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Alhalalmadania

gateway_register_connectors = registering(Alhalalmadania)
