"""The worker: prepares the input of an attempt, starts it and handles its result."""
