"""Where a command acts: on a state directory of this machine, or on a server."""
