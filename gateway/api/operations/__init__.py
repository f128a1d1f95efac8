"""`/v1/operations`: what the operator looks at."""
