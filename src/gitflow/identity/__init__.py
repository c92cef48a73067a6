"""Authentication and permissions: passwords, tokens, OpenID Connect, and rules."""
