"""Languages and messages: every sentence a person reads is in `locale/<language>/LC_MESSAGES`.

`problems.po` has the API's problems, `refusals.po` why a portal or a form refused, `messages.po` the e-mails and SMS.
"""
