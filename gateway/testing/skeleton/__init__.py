"""Skeleton: what the portal is for, in one line."""

from __future__ import annotations

from gateway.connectors.authoring import registering, registering_notifier

from .connector import Skeleton

# [not messaging]
gateway_register_connectors = registering(Skeleton)
# [/]
# [messaging]
gateway_register_notifiers = registering_notifier(Skeleton)
# [/]
