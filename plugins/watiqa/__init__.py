"""Civil-status documents from watiqa.ma: birth extracts, full copies, consular registration certificates."""

from __future__ import annotations

from gateway.connectors.authoring import registering

from .connector import Watiqa

gateway_register_connectors = registering(Watiqa)
