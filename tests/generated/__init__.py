"""Clients that well-known generators make of the API's description. Each files a case."""
