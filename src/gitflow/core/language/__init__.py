"""The language as data: definitions, flows, inputs, schedules, and the snapshot that holds them."""
