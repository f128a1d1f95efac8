"""`/v1/mandates`: a person lets an agent act for her."""
