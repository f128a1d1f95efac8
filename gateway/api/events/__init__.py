"""The timeline of a case and the feed of all cases, as JSON and as Server-Sent Events."""
