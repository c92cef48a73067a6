"""JSON Schemas of request bodies; those of answers are in ``gitflow.views``."""
