"""`python -m benchmarks`: what the gateway's duties cost, measured against the same service without them."""
