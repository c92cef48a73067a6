"""What authors write: definitions, flows, inputs, schedules, and the snapshot that holds them."""
