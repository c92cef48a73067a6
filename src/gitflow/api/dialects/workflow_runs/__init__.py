"""The API of workflow runs."""
