"""The workspaces that a server serves: loads, watches and refreshes them, and removes old revisions."""
