"""The MRE Services card: a signed credential in a person's own hands, which anybody can verify without us."""
