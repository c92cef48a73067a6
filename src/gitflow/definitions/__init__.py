"""Loads the definitions of a revision: a Snapshot, or the Problems of its files."""
