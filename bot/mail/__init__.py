"""E-mail: queued as rows by the domain, written and sent by the mailer (SPEC A2, D6)."""
