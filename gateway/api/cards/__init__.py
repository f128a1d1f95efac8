"""`/v1/cards`: the MRE Services card, and what a verifier of cards needs."""
