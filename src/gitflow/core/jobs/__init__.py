"""A job: its record, what happens to it, and what it asks for."""
