"""Plays: what to do about an account, step by step, as files."""
