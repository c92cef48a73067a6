"""Reasons to start a job: what each type of trigger waits for, and what it hands to the job."""
