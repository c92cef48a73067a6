"""The HTTP API: its routes, its dialects, and the server that answers requests."""
