"""The state machine of a job: an event goes in, the changed job and its effects come out."""
