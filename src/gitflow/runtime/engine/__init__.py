"""The engine: one thread that owns the jobs, with one commit a turn."""
