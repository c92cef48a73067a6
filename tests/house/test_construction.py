"""Objects are complete when they are built: nobody gives another object an attribute afterwards."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RUNTIME = ROOT / "src" / "gitflow" / "runtime"

#: (file, target) -> why it is assigned from outside.
EXCEPTIONS = {
    (
        "workspaces/served.py",
        "self._first_refresh_timer.daemon",
    ): "a Timer of the standard library takes no such argument",
    ("workspaces/snapshots.py", "self._local.store"): "what a threading.local is for",
}


def assigned_from_outside(source: str) -> list[str]:
    """Targets ``x.attribute`` and calls of ``setattr`` where ``x`` is not ``self``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"setattr", "object.__setattr__"}:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a.b = 1", ["a.b"]),
        ("a.b, c = d", ["a.b"]),
        ("a.b.c += 1", ["a.b.c"]),
        ("a.b: int = 1", ["a.b"]),
        ("for a.b in c: pass", ["a.b"]),
        ("with c as a.b: pass", ["a.b"]),
        ("del a.b", ["a.b"]),
        ("setattr(a, 'b', 1)", ["setattr(a, 'b', 1)"]),
        ("self.a = 1", []),
        ("self.a.b = 1", ["self.a.b"]),
        ("a = b.c", []),
        ("a.b[0] = 1", []),
    ],
)
def test_an_assignment_from_outside_is_found(source, found):
    assert assigned_from_outside(source) == found


def test_no_attribute_is_assigned_from_outside():
    found = {
        (path.relative_to(RUNTIME).as_posix() if path.is_relative_to(RUNTIME) else path.name, target)
        for path in (*RUNTIME.rglob("*.py"), ROOT / "src" / "gitflow" / "app.py")
        for target in assigned_from_outside(path.read_text())
    }
    assert found == set(EXCEPTIONS)
