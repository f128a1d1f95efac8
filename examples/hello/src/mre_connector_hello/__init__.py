"""Hello: what the portal is for, in one line."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Hello

gateway_register_connectors = registering(Hello)
