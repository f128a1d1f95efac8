"""Logs and metrics, without personal data: logs pass an allow-list of fields, metric labels are closed sets."""
