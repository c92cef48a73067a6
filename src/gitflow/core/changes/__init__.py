"""What differs in meaning between two revisions of a workspace, and which callers no longer fit."""
