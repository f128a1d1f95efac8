"""A portal's connector in a process of its own (`plugins.isolate`), so that its code can hold up nobody else.

The process is given the connector's own secrets, and nothing besides: no keys of ours, no database, no environment, and
no client of its own for the network. It is not kept from any of them: it is an ordinary process of the same user, and
can open files and sockets as the gateway can. This contains mistakes, not malice.

Every request that the connector makes comes back to the gateway, where all outbound layers are: so the breaker, the
bulkhead, the signatures and the hops of the audit record are the same as for any other portal, and what was sent is
known whatever becomes of the process.
"""
