"""What a workspace allows: rules over its definitions, and what breaks them."""
