"""The checks of definitions, one table of them."""
