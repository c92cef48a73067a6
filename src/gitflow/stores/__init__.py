"""The store: jobs, history, logs and artifacts."""
