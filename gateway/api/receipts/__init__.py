"""Receipts as people keep them, on paper and as a page, and the page that checks one."""
