"""Runs tests of workflows: the real engine, with a virtual clock, and mocks in place of steps."""
