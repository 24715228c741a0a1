"""What the accounts look like taken together."""
