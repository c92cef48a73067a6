"""The engine: one thread that owns the jobs, with one commit for all that arrives together."""
