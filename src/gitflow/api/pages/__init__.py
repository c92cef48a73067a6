"""Serves the built web pages of ``ui/``: their files, and index.html for every path of the pages."""
