"""Connects the core to the wings: passes events to the core, and carries out its effects."""
