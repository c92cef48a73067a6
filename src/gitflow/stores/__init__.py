"""What is kept: jobs, events, logs and artifacts."""
