"""JSON Schemas of request bodies, of errors, and of responses that are not a noun of ``gitflow.views``."""
