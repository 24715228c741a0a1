"""How the local Slack reaches an app: Socket Mode or signed HTTP, with Slack's deadlines and retries."""
