"""The request log that an auditor can check: one record a call, with every hop, durable before the answer leaves."""
