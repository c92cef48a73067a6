"""Fires triggers: on schedules, webhooks, events, pushes and ends of jobs."""
