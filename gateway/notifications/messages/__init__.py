"""Messages to people about their own cases: by e-mail and SMS, to those who agreed, each fact once."""
