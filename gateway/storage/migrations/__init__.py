"""Schema changes in order. `gateway.storage.migrate` applies them; the schema they make is `tables.metadata`."""
