"""Data and rules. Knows everything about flows, and touches nothing: no clock, no disk, no network, no chance."""
