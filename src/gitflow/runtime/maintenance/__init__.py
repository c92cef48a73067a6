"""Retention: deletes old data from time to time."""
