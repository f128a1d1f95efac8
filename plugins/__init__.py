"""One folder, one portal."""
