"""`/v1/cases`: filing, following, actions, attachments, and what portals send back."""
