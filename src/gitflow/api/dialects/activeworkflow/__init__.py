"""The API of ActiveWorkflow."""
