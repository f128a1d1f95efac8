"""Sample: a portal of requests that the kit's own tests break in one way at a time."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Sample

gateway_register_connectors = registering(Sample)
