"""The checks of definitions that no schema can make, in one table."""
