"""Logs and metrics. Neither ever holds personal data: logs pass an allow-list of fields, metric labels are closed sets."""
