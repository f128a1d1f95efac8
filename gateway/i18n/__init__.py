"""Languages and messages: every sentence a person reads is in `locale/<language>/LC_MESSAGES`, that
of a refusal in `problems.po`."""
