"""Slack out: frozen views in, Block Kit out. Pure: nothing here asks anyone for anything."""
