"""What people do: write, run commands, click, fill in modals; and the payloads apps get for it."""
