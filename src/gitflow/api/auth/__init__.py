"""Authentication and authorization: accounts, sessions, API keys, and the audit trail."""
