"""A portal's connector in a process of its own (`plugins.isolate`), so that its code can hold up nobody else.

The process has the connector and nothing besides: no network, no keys of ours, no database. Every request that the
connector makes comes back to the gateway, where all outbound layers are: so the breaker, the bulkhead, the signatures
and the hops of the audit record are the same as for any other portal, and what was sent is known whatever becomes of
the process.
"""

from __future__ import annotations

from gateway.outbound.isolation.process import IsolatedProcess, Stopped
from gateway.outbound.isolation.remote import remote_class

__all__ = ["IsolatedProcess", "Stopped", "remote_class"]
