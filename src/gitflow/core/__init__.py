"""Data and rules: everything about flows, without clock, disk, network or randomness."""
