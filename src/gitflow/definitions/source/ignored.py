"""Decides which files under ``.workflows`` are definitions, which of them are encrypted, and which are tests."""

from __future__ import annotations

import os

_SUFFIXES = (".yaml", ".yml")
_TESTS = (".test.yaml", ".test.yml")
_RESERVED = ("policy.yaml", "policy.yml")


def is_definitions(path: str) -> bool:
    """Whether the file holds definitions: ``*.test.yaml`` holds tests of them, and ``policy.yaml`` is reserved."""
    name = os.path.basename(path)
    return name.endswith(_SUFFIXES) and not name.endswith(_TESTS) and name not in _RESERVED


def is_tests(path: str) -> bool:
    return path.endswith(_TESTS)


def is_encrypted(path: str) -> bool:
    return path.endswith((".sops.yaml", ".sops.yml"))
