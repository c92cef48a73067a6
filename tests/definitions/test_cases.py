"""Pairs of files in cases/: what is written, and what its author must be told.

NAME.yaml is one file of definitions; NAME.txt is the whole report as ``gitflow validate`` prints it.
A first line ``# files: a.sh b.py`` names the files the workspace has beside it. NAME.sops.yaml is what
`sops` would make of an encrypted file.
"""

import os
import pathlib

import pytest

from gitflow.cli.console.reports import report
from gitflow.core.language.sources import SourceFile
from gitflow.definitions.loader import load

CASES = sorted((pathlib.Path(__file__).parent / "cases").glob("*.yaml"))
#: Set to write the reports instead of comparing them; read each before you commit it.
REWRITE = "REWRITE_CASES" in os.environ


def told(path: pathlib.Path) -> str:
    data = path.read_bytes()
    first = data.split(b"\n", 1)[0].decode("utf-8", "replace")
    files = first.removeprefix("# files:").split() if first.startswith("# files:") else []
    loaded = load([SourceFile(path.name, data)], workspace="case", revision="r1", has_file=files.__contains__)
    assert (loaded.snapshot is None) == any(problem.is_error for problem in loaded.problems)
    return report(loaded.problems)


@pytest.fixture(autouse=True)
def sops(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path):
    """A program `sops` that decrypts what is in clear already."""
    program = tmp_path / "sops"
    program.write_text("#!/bin/sh\nexec cat\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_author_is_told(path: pathlib.Path):
    expected = path.with_suffix(".txt")
    if REWRITE:
        expected.write_text(told(path))
    assert told(path) == expected.read_text()


def test_every_report_belongs_to_a_case():
    folder = pathlib.Path(__file__).parent / "cases"
    assert {path.stem for path in folder.glob("*.txt")} == {path.stem for path in CASES}
