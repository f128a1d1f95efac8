"""`/v1/drafts`: demands that a person has begun and not filed."""
