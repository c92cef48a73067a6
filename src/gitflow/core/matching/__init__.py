"""Patterns and globs of authors, matched in linear time."""
