"""Block Kit as Slack checks it: what is accepted, and the words it refuses the rest with."""
