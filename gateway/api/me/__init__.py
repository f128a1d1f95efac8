"""`/v1/me`: the caller herself."""
