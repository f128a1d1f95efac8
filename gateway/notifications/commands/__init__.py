"""The use cases of webhooks, one a module: a plain function over one transaction, with its audit record."""
