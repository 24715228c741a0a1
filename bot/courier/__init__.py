"""Makes Slack agree with the database: posts once, then edits in place for life (DESIGN 1)."""
