"""The stages of a journey, one module each; `order.py` says which one is next."""
