"""From text at a revision to a Snapshot and its Problems."""
