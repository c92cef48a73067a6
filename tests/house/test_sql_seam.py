"""The logic of a store knows SQL and the Protocol of a driver, and nothing of a database."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gitflow.stores
from gitflow.stores.queries import SHARED, load_queries

STORES = Path(gitflow.stores.__file__).parent
LOGIC = sorted((STORES / "sql").glob("*.py"))
STATEMENTS = sorted([*(STORES / "sqlite" / "queries").glob("*.sql"), *Path(SHARED).glob("*.sql")])
DATABASES = ("sqlite", "postgres")

#: What one database calls its own.
OF_SQLITE = re.compile(r"\b(PRAGMA|rowid|json_each|json_extract|lastrowid|rowcount|fetchone|fetchall)\b|\bINDEXED BY\b")


def imports_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def numbered_reads(tree: ast.AST) -> list[int]:
    """Lines that read a row (a name with ``row`` in it) by a number or a slice."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and any(isinstance(part, ast.Name) and "row" in part.id.lower() for part in ast.walk(node.value))
        and (
            isinstance(node.slice, ast.Slice | ast.UnaryOp)
            or (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int))
        )
    ]


def texts_of(tree: ast.AST) -> list[str]:
    """All strings but the docstrings, which may speak of anything."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]


@pytest.mark.parametrize("file", LOGIC, ids=lambda file: file.name)
def test_the_logic_imports_no_database(file: Path) -> None:
    found = imports_of(ast.parse(file.read_text()))
    assert not [name for name in found if name.split(".")[0] == "sqlite3" or name.startswith("gitflow.stores.sqlite")]


@pytest.mark.parametrize("file", LOGIC, ids=lambda file: file.name)
def test_no_row_is_read_by_a_number(file: Path) -> None:
    assert numbered_reads(ast.parse(file.read_text())) == []


@pytest.mark.parametrize("file", LOGIC, ids=lambda file: file.name)
def test_the_logic_uses_no_words_and_no_connection_of_sqlite(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert not [text for text in texts_of(tree) if OF_SQLITE.search(text) or re.search(r"[=(,]\s*\?", text)]
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & {"connection", "rowcount", "lastrowid", "fetchone", "fetchall", "executemany", "cursor"}


@pytest.mark.parametrize("file", STATEMENTS, ids=lambda file: f"{file.parent.parent.name}/{file.name}")
def test_every_parameter_of_a_statement_has_a_name(file: Path) -> None:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("--")]
    assert "?" not in re.sub(r"'[^']*'", "''", "\n".join(lines))


def test_every_database_has_the_same_statements() -> None:
    names = {database: set(load_queries([str(STORES / database / "queries")])) for database in DATABASES}
    assert names["sqlite"] - names["postgres"] == set()
    assert names["postgres"] - names["sqlite"] == {"log_days"}


def test_a_statement_that_reads_the_same_in_every_database_is_written_once() -> None:
    one, other = (load_queries([str(STORES / database / "queries")]) for database in DATABASES)
    assert [name for name, sql in one.items() if sql.split() == other[name].split()] == []


def test_the_checks_notice_what_they_look_for() -> None:
    tree = ast.parse("import sqlite3\nrow[17]\nrows[0][1:]\nrow['a']\nfound[0]\nstep_row[-1]")
    assert imports_of(tree) == {"sqlite3"}
    assert sorted(set(numbered_reads(tree))) == [2, 3, 6]
