"""Encrypted definitions: ``*.sops.yaml`` is decrypted by the program ``sops`` before it is read."""

from __future__ import annotations

import subprocess

from gitflow.core.problems import Place, Problem
from gitflow.definitions.reader import Document

_TIMEOUT_S = 60.0


def decrypt(path: str, data: bytes) -> bytes | Document:
    """The file's text in clear, or a Document that says why there is none."""
    command = ["sops", "--decrypt", "--input-type", "yaml", "--output-type", "yaml", "/dev/stdin"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        return _refused(path, "the file is encrypted, and the program `sops` is not installed", "install sops")
    except subprocess.TimeoutExpired:
        return _refused(path, f"`sops` did not answer within {_TIMEOUT_S:.0f} seconds", "is the key service reachable?")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return _refused(
            path, f"`sops` could not decrypt the file (exit code {done.returncode})", said[0] if said else ""
        )
    return done.stdout


def _refused(path: str, message: str, hint: str) -> Document:
    return Document(path, None, (Problem.at(Place(path), "not-decrypted", message, hint),), readable=False)
