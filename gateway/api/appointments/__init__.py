"""`/v1/posts` and `/v1/slots`: where and when an appointment can be had."""
