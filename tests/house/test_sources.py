"""The house stays small and says what its rooms are for."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

SOURCES = sorted((ROOT / "src").rglob("*.py"))

#: Lines; a file is looked at twice long before that.
MAX_LINES = 400


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_a_file_says_what_it_is_for_and_is_not_too_long():
    texts = {path: path.read_text() for path in SOURCES}
    assert [path for path in SOURCES if not ast.get_docstring(tree_of(path))] == []
    assert [path for path, text in texts.items() if len(text.splitlines()) > MAX_LINES] == []


def test_nothing_is_left_to_do_in_comments():
    marks = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    left = [path for path in SOURCES if any(mark in path.read_text() for mark in marks)]
    assert left == []


def test_every_runtime_dependency_says_in_a_line_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text()
    inside = text[text.index("dependencies = [") : text.index("]\n", text.index("dependencies = ["))]
    bare = [line for line in inside.splitlines()[1:] if line.strip() and "#" not in line]
    assert bare == []


#: The modules that start processes, and what they start. Git is started by one alone: what it is given keeps the
#: programs that a repository names from running.
STARTS_PROCESSES = {
    "runners/child.py": "the processes of steps, and podman or docker for those in containers",
    "runners/containers/records.py": "podman or docker, to remove the containers of dead processes",
    "actions/python_environment.py": "pip",
    "cli/local/mcp.py": "gitflow itself, for each call of a tool",
    "api/pulls/judge.py": "the judge of pull requests",
    "definitions/shell/dash_process.py": "the reader of dash",
    "definitions/shell/parsers.py": "shfmt",
    "definitions/sops.py": "sops",
    "workspaces/git_process.py": "git",
    "workspaces/signatures/programs.py": "ssh-keygen, gpgv and gpg",
}
_STARTERS = {"subprocess", "_posixsubprocess", "multiprocessing", "pty", "git", "pygit2", "dulwich"}
_STARTING = {"system", "popen", "posix_spawn", "posix_spawnp", "create_subprocess_exec", "create_subprocess_shell"}
_STARTING |= {f"{way}{how}" for way in ("exec", "spawn") for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}


def _starts_processes(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names} & _STARTERS
        elif isinstance(node, ast.ImportFrom) and not node.level:
            used = {name.name for name in node.names} - {"TimeoutExpired"}
            found |= {node.module.split(".")[0]} & _STARTERS if used else set()
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & _STARTING
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("__import__", "import_module"):
            found |= {str(getattr(word, "value", "")).split(".")[0] for word in node.args} & _STARTERS
    return found


def _words(path: Path) -> set[object]:
    return {node.value for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant)}


def test_one_module_alone_starts_git_and_few_start_anything():
    starting = {path.relative_to(ROOT / "src/gitflow").as_posix() for path in SOURCES if _starts_processes(path)}
    assert starting == set(STARTS_PROCESSES)
    for name, what in STARTS_PROCESSES.items():
        assert ("git" in _words(ROOT / "src/gitflow" / name)) == (what == "git"), name


def test_nothing_is_printed_around_the_escaping_for_terminals():
    """See cli/console/streams.py: bytes, and the streams that Python was started with, would go around it."""
    around = {"buffer", "__stdout__", "__stderr__", "detach", "ttyname", "ctermid"}
    found = {
        (path.relative_to(ROOT / "src/gitflow").as_posix(), node.attr)
        for path in SOURCES
        if "runners" not in path.parts  # which prints nothing: its buffers are those of a step's output
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in around
    }
    assert found == set()
