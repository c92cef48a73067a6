"""What requests and answers look like, as JSON Schema by name: one module a noun."""
