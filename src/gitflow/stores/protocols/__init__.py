"""The protocols of a store, one for each subject."""
