"""A form from its JSON Schema and the form vocabulary to fields, and from what was posted back to a value."""
