"""Commands for whoever writes a connector; `gateway.cli.connector` has them among its own."""
