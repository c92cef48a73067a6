"""The text of definitions: read, located, and checked against the schemas."""
