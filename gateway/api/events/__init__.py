"""`/v1/cases/{id}/events`: the timeline, as JSON and as Server-Sent Events."""
