"""The workspaces that are served: refreshed, watched, and kept."""
