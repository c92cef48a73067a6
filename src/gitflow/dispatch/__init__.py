"""Dispatch: passes ready steps to workers."""
