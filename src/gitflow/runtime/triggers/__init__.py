"""Triggers that fire: schedules, webhooks, events and reactions."""
