"""``gitflow agent``: takes steps of a server and runs them on this machine."""
