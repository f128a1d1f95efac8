"""Languages and messages: every sentence a person reads is in `locale/<language>/LC_MESSAGES/gateway.po`."""
