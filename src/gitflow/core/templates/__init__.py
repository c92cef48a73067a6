"""Templates: parsing, rendering, and masking of secrets."""
