"""Runs tests of workflows: the engine, with a clock that nobody waits for, and mocks in the place of steps."""
