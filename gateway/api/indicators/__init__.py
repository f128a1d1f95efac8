"""`/v1/indicators`: how portals serve, in numbers."""
