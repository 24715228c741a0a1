"""Accounts as people speak of them: found by name, asked about by someone, in somebody's book."""
