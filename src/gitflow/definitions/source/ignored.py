"""Which files under ``.workflows`` are definitions, and which are encrypted."""

from __future__ import annotations

import os

_SUFFIXES = (".yaml", ".yml")
_RESERVED = ("policy.yaml", "policy.yml")


def is_definitions(path: str) -> bool:
    """``*.test.yaml`` and ``policy.yaml`` are reserved for other uses."""
    name = os.path.basename(path)
    return name.endswith(_SUFFIXES) and not name.endswith((".test.yaml", ".test.yml")) and name not in _RESERVED


def is_encrypted(path: str) -> bool:
    return path.endswith((".sops.yaml", ".sops.yml"))


def is_policy(path: str) -> bool:
    """Whether the file is called as a policy is, wherever it stands."""
    return os.path.basename(path) in _RESERVED
