"""Telling others what happens to cases: clients by webhooks, people by messages."""
