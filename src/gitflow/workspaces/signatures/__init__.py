"""Signatures of commits and tags, checked by configured files alone."""
