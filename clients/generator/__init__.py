"""Writes the generated files of the clients: `python -m clients.generator` (`make clients`)."""
