"""The logic of a store on SQL."""
