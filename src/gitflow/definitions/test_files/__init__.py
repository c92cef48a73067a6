"""Tests of workflows: ``*.test.yaml`` files, from their text to cases that can be run."""
