"""The two backends of a command: a state directory on this machine, or a server."""
