"""Matches the patterns and globs of authors in linear time."""
