"""The ``gitflow`` command line."""
