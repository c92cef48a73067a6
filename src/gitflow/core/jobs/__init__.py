"""A job as data: its record, its events and its effects."""
