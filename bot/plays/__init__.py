"""Plays under way: started, kept on their days, worked by people, and ended."""
