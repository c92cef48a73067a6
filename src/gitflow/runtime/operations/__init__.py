"""What people and programs do to jobs, tasks and accounts."""
