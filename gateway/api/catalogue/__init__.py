"""`/v1/services` and `/guide`: what can be asked for, as JSON and as pages."""
