"""The life of a case: filing, journey, actions, payments, receipts, deadlines, idempotency."""
