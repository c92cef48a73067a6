"""The types of triggers: what each waits for, and what it passes to its job."""
