"""What the code imports is what pyproject.toml asks for, no less and no more."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import files, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def imported(root):
    """The distributions that any module of the package imports, at its top or inside a function."""
    modules = set()
    for path in (root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules.add(node.module)
    known = packages_distributions()
    inside = sys.stdlib_module_names | {"gitflow"}
    foreign = {name for name in modules if name.partition(".")[0] not in inside}
    return {_plain(_distribution(name, known)) for name in foreign}


def _distribution(module, known):
    """Which one it is from, where several have modules in one package (``opentelemetry``)."""
    top = module.partition(".")[0]
    candidates = sorted(set(known.get(top, [top])))
    if len(candidates) == 1:
        return candidates[0]
    origin = Path(find_spec(module).origin)
    (found,) = [name for name in candidates if any(file.locate() == origin for file in files(name))]
    return found


@pytest.fixture(scope="module")
def declared(root):
    """Also by the extras that users choose."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if not name.startswith("dev")}
    lines = [*project["dependencies"], *(line for chosen in extras.values() for line in chosen)]
    return {_plain(re.match(r"[\w.-]+", line).group()) for line in lines}


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_that_is_imported_is_declared(imported, declared):
    assert imported - declared == set()


#: Data that the standard library looks for by itself, and a program that is run.
FOUND_BY_OTHERS = {"shfmt-py", "tzdata"}


def test_everything_that_is_declared_is_imported(imported, declared):
    assert declared - imported == FOUND_BY_OTHERS
