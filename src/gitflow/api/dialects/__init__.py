"""Other APIs, served as translations of the same engine: no rules and no state of their own."""
