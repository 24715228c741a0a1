"""Staysail at work with no Slack workspace: a company, a local Slack and the bot, from one command."""
