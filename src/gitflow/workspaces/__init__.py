"""Where definitions and files come from: folders and git repositories."""
