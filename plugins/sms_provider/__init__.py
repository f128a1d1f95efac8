"""SMS: short messages to people who agreed to get them."""

from __future__ import annotations

from gateway.connectors.authoring import registering_notifier

from .connector import SmsProvider

gateway_register_notifiers = registering_notifier(SmsProvider)
