"""The types of action: what a step runs, as a process or an HTTP request."""
