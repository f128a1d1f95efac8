"""`/audit`: the log for auditors and their programs."""
