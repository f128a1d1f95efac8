"""Schema changes in order. `gateway.storage.migrate` applies them; the schema they make is `tables.metadata`.

A change: edit `tables.py`, then write `versions/v<next>_<what>.py` with `upgrade`. The storage tests compare both, on
both databases, and name what is missing. A migration that was released never changes again. There is no way back but
the backup (docs/guides/production.md, section 10).
"""
