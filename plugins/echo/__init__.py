"""Echo, the reference connector. Its portal does what the form's field `behave` says. Copy it to begin yours."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Echo

gateway_register_connectors = registering(Echo)
