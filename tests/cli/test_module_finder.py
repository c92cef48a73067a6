"""Modules are found as Python finds them, with less work."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from pathlib import Path

import pytest

import gitflow
from gitflow.cli.module_finder import ModuleFinder

PACKAGE = Path(gitflow.__file__).parent
HERE = [str(PACKAGE)]
#: Prints the first finder. `{before}` is run before gitflow installs its own.
FIRST = """
import sys
{before}
from gitflow.cli import module_finder
module_finder.install()
module_finder.install()
print(sys.meta_path[0].__name__, len(sys.meta_path))
"""
#: Puts a finder before Python's own three.
ANOTHER = """
class Another:
    find_spec = lambda *given: None
sys.meta_path.insert(0, Another)
"""


def modules_below(folder: Path) -> list[tuple[str, list[str]]]:
    """The name of every module, and the places where its package has its modules."""
    files = (path.relative_to(folder).with_suffix("") for path in sorted(folder.rglob("*.py")))
    parts = [file.parts[:-1] if file.name == "__init__" else file.parts for file in files]
    return [(".".join(("gitflow", *each)), [str(folder.joinpath(*each[:-1]))]) for each in parts if each]


def described(spec: ModuleSpec | None) -> dict[str, object]:
    assert spec is not None
    module = vars(module_from_spec(spec))
    attributes = ("__name__", "__file__", "__cached__", "__package__", "__path__")
    of_spec = ("origin", "has_location", "submodule_search_locations", "parent")
    found: dict[str, object] = {name: getattr(spec, name) for name in of_spec}
    found.update({name: module.get(name) for name in attributes})
    return found


def load(folder: Path) -> dict[str, object]:
    """Runs `gitflow.made` of that folder."""
    spec = ModuleFinder.find_spec("gitflow.made", [str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def compiled(folder: Path, text: str) -> Path:
    """`made.py`, and the bytecode that Python keeps of it."""
    (folder / "made.py").write_text(text)
    load(folder)
    [bytecode] = (folder / "__pycache__").iterdir()
    return bytecode


@pytest.fixture(autouse=True)
def keeps_bytecode(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_every_module_is_described_as_by_python():
    found = {name: described(ModuleFinder.find_spec(name, places)) for name, places in modules_below(PACKAGE)}
    assert len(found) > 400
    assert found == {name: described(PathFinder.find_spec(name, places)) for name, places in modules_below(PACKAGE)}


@pytest.mark.parametrize("name", ["json", "gitflow", "gitflowing.cli", "other.gitflow.cli"])
def test_modules_of_others_are_left_to_python(name):
    assert ModuleFinder.find_spec(name, HERE) is None


def test_what_is_no_file_at_its_place_is_left_to_python():
    assert ModuleFinder.find_spec("gitflow.nothing", HERE) is None
    assert ModuleFinder.find_spec("gitflow.cli", None) is None


def test_bytecode_is_run_that_belongs_to_the_source(tmp_path):
    bytecode = compiled(tmp_path, "VALUE = 'first'")
    changed = bytecode.read_bytes().replace(b"first", b"other")
    bytecode.write_bytes(changed)
    assert load(tmp_path)["VALUE"] == "other"


def test_a_source_that_has_changed_is_compiled_again(tmp_path):
    bytecode = compiled(tmp_path, "VALUE = 'first'")
    before = bytecode.read_bytes()
    (tmp_path / "made.py").write_text("VALUE = 'another'")
    assert load(tmp_path)["VALUE"] == "another"
    assert bytecode.read_bytes() != before


def test_a_source_of_another_time_is_compiled_again(tmp_path):
    compiled(tmp_path, "VALUE = 'first'")
    (tmp_path / "made.py").write_text("VALUE = 'other'")  # of the same size
    os.utime(tmp_path / "made.py", (1, 1))
    assert load(tmp_path)["VALUE"] == "other"


@pytest.mark.parametrize("start", [b"", b"\0\0\0\0"], ids=["empty", "of another python"])
def test_bytecode_that_is_not_valid_is_made_again(tmp_path, start):
    bytecode = compiled(tmp_path, "VALUE = 'first'")
    bytecode.write_bytes(start + bytecode.read_bytes()[4:] if start else b"")
    assert load(tmp_path)["VALUE"] == "first"


def test_bytecode_for_a_hash_of_the_source_is_left_to_python(tmp_path):
    (tmp_path / "made.py").write_text("VALUE = 'first'")
    words = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "made.py"]
    subprocess.run([sys.executable, *words], cwd=tmp_path, check=True)
    (tmp_path / "made.py").write_text("VALUE = 'other'")
    assert load(tmp_path)["VALUE"] == "other"


@pytest.mark.parametrize(
    ("before", "options", "first"),
    [
        ("", [], "ModuleFinder 4"),
        (ANOTHER, [], "Another 5"),
        ("", ["-O"], "BuiltinImporter 3"),
        ("", ["-X", "pycache_prefix=elsewhere"], "BuiltinImporter 3"),
        ("del sys.meta_path[:2]", [], "PathFinder 1"),
    ],
    ids=["plain", "with another's finder", "optimized", "with bytecode elsewhere", "without Python's own"],
)
def test_the_finder_stands_behind_those_of_others_and_only_where_bytecode_is_beside(tmp_path, before, options, first):
    program = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})" + FIRST.format(before=before)
    words = [sys.executable, "-I", "-S", *options, "-c", program]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == first
