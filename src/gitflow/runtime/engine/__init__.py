"""The engine: one thread that owns the jobs, with one commit for everything that arrives together."""
