"""How a job moves on: events in, a new job and its effects out."""
