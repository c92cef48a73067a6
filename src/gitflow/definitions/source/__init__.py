"""Reads the text of definitions, keeps the places of values, and checks them against the schemas."""
