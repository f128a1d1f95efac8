"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com): clients are told what happens to
the cases that were filed through them."""
