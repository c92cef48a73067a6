"""Which files under ``.workflows`` are definitions, which are tests of them, and which are encrypted."""

from __future__ import annotations

import os

_SUFFIXES = (".yaml", ".yml")
_TESTS = (".test.yaml", ".test.yml")
_RESERVED = ("policy.yaml", "policy.yml")


def is_definitions(path: str) -> bool:
    """``*.test.yaml`` files are tests of definitions, and ``policy.yaml`` is reserved."""
    name = os.path.basename(path)
    return name.endswith(_SUFFIXES) and not name.endswith(_TESTS) and name not in _RESERVED


def is_tests(path: str) -> bool:
    return path.endswith(_TESTS)


def is_encrypted(path: str) -> bool:
    return path.endswith((".sops.yaml", ".sops.yml"))
