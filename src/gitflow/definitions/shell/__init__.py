"""Shell texts with values: how values travel, and where they are data."""
