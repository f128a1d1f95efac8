"""The way to a portal: one httpx transport per duty, one file each, composed in one line in `pipeline.py`.

A request passes, outermost first: budget, record, breaker, bulkhead, retry, authenticate, sign, wire. `invoke.py` is
how the rest of the gateway calls a connector; `call_context.py` is what the layers know about the call in progress.
"""
