"""`/v1/tracking`: where something stands that was not filed here."""
