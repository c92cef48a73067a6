"""What people and programs can do with jobs, tasks and accounts."""
