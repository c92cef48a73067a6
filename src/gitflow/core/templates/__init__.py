"""Templates: read, rendered, and kept free of secrets."""
