"""The local Slack's server: state, Web API, delivery to apps, and the routes of the page."""
