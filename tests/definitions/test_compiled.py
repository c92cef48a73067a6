from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from gitflow.core.language.sources import SourceFile
from gitflow.definitions import compiled
from gitflow.definitions.loader import load
from gitflow.definitions.source.base import Loaded

WHOLE = pathlib.Path(__file__).parent / "whole.yaml"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    found = load([SourceFile("w.yaml", WHOLE.read_bytes())], workspace="w", revision="r", has_file=lambda path: True)
    assert found.compiled is not None
    return found


def test_the_compiled_snapshot_is_the_loaded_one(loaded: Loaded):
    assert compiled.decode(loaded.compiled or b"") == loaded.snapshot


def test_it_keeps_the_order_of_the_text(loaded: Loaded):
    snapshot = compiled.decode(loaded.compiled or b"")
    assert list(snapshot.actions)[:3] == ["greet", "list", "file"]
    assert list(snapshot.tasks["everything"].flow)[:3] == ["say", "shout", "fan"]


def test_warnings_come_along():
    text = b"actions: {a: {type: shell, cmd: 'echo {{ input.x | raw }}', input: {x: {required: true}}}}"
    found = load([SourceFile("a.yaml", text)], workspace="w", revision="r", has_file=lambda path: True)
    assert found.problems != ()
    assert compiled.decode(found.compiled or b"").warnings == found.problems


def test_a_member_is_parsed_once(loaded: Loaded):
    snapshot = compiled.decode(loaded.compiled or b"")
    assert snapshot.tasks["other"] is snapshot.tasks["other"]
    assert "other" in snapshot.tasks
    assert "nothing" not in snapshot.tasks
    assert snapshot.tasks.get("nothing") is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"3", b'{"format":0}', b'{"format":"1"}', b"{"])
def test_bytes_of_another_format_are_refused(data: bytes):
    with pytest.raises(compiled.WrongFormat):
        compiled.decode(data)


def test_a_newer_format_says_which(loaded: Loaded):
    whole = json.loads(loaded.compiled or b"") | {"format": compiled.FORMAT + 1}
    with pytest.raises(compiled.WrongFormat, match=f"format {compiled.FORMAT + 1}"):
        compiled.decode(json.dumps(whole).encode())


def test_reading_it_imports_no_yaml_schemas_or_typing():
    heavy = ("yaml", "jsonschema_rs", "gitflow.definitions.shell.parsers", "typing", "pathlib", "minijinja")
    code = f"import sys; import gitflow.definitions.compiled; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
