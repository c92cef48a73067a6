"""What may import what: no cycles, layers inside each room, and no lazy import without a reason.

Every import counts: at the top of a module, inside a function (lazy), and for types alone. The layers are contracts of
import-linter in pyproject.toml. A row of a table that is no longer needed has to go.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"

#: What a module imports only when it needs it, though no plain run loads the module: (module, imported, why).
#: A name stands for everything below it.
SEAMS = (
    ("api.mcp.endpoint", "mcp", "packages of an extra: only for a server that offers MCP"),
    ("api.mcp.endpoint", "gitflow.mcp.session", "the same"),
    ("cli.local.mcp", "mcp", "packages of an extra: without them, the command says which"),
    ("cli.local.mcp", "gitflow.mcp.session", "the same"),
    ("api.serve", "gitflow.api.mcp", "only for a server that offers MCP"),
    ("api.serve", "gitflow.api.pulls", "only where pull requests are judged, or files may be changed over the API"),
    ("api.http.compression", "zstandard", "only for clients that accept it"),
    ("cli.backends.local", "gitflow.cli.local", "a command loads what it runs, and nothing of the others"),
    ("cli.commands", "gitflow", "a command loads what it runs: help and completion load none of it"),
    ("cli.commands", "click.shell_completion", "only while a shell completes, and to print its script"),
    ("cli.console.tables", "yaml", "only for -o yaml"),
    ("cli.local.dry_run", "gitflow.cli.local.signatures", "only for a workspace whose signatures are looked at"),
    ("cli.local.operate", "gitflow.cli.local.signatures", "only for a workspace whose signatures are looked at"),
    ("cli.local.jobs", "gitflow", "a list of jobs shows neither reasons nor history"),
    ("cli.local.server", "gitflow.api.serve", "imports aiohttp, which has to be imported by import_aiohttp before"),
    ("cli.local.server", "gitflow.api.roles", "the same"),
    ("cli.local.validate_config", "gitflow.api", "the same"),
    ("config.artifacts", "gitflow.stores.blobs.s3", "obstore, a package of an extra: only for a bucket"),
    ("core.language.cron", "zoneinfo", "reads time zones from the disk; definitions without schedules need none"),
    ("core.templates.filters", "base64", "a filter loads what it needs, and few templates have one"),
    ("core.templates.filters", "hashlib", "the same"),
    ("core.templates.filters", "gitflow.core.strict_json", "the same"),
    ("core.matching.linear", "jsonschema_rs", "30 ms, only where there is a pattern"),
    ("definitions.checks.expressions", "gitflow.core.templates.engine", "minijinja: 11 ms, not for plain paths"),
    ("definitions.scripts", "gitflow.definitions.shell.argv", "only for templates in lists of words and in env"),
    ("definitions.loader", "gitflow.definitions.parts", "only for definitions that break their schema"),
    ("definitions.loader", "gitflow.definitions.policies", "only for workspaces that have a policy"),
    ("definitions.loader", "gitflow.definitions.sops", "only for encrypted files"),
    ("definitions.source.reader", "gitflow.definitions.source.syntax_errors", "only for a file that is not YAML"),
    ("definitions.source.schemas", "gitflow.definitions.source.schema_errors", "only for values that break a schema"),
    ("definitions.shell", "gitflow.definitions.shell", "the shells' grammars, only for scripts with templates"),
    ("definitions.shell.dash_reader", "libdash", "is not made for every processor"),
    ("dispatch.sealed", "cryptography", "12 ms, only where an agent reports a step"),
    ("server_parts", "gitflow.dispatch.kubernetes", "only where a cluster is configured"),
    ("server_parts", "gitflow.runtime.worker.kubernetes", "the same"),
    ("server_parts", "gitflow.runtime.telemetry.service", "only where a collector is configured"),
    ("identity", "argon2", "15 ms, only where somebody signs in with a password"),
    ("identity", "cryptography", "12 ms, only for sign-in at a provider"),
    ("identity", "jwt", "60 ms, only for a token that is a JWT"),
    ("runtime.telemetry.service", "gitflow.runtime.telemetry.exporter", "its packages may not be installed"),
    ("runtime.workspaces.signatures", "gitflow.workspaces.signatures.verify", "only where signatures are checked"),
    ("stores.sealing", "cryptography", "only where a secret is sealed: a backup asks how the key file is named"),
    ("views.jobs", "gitflow.views.definitions", "only for a step that asks a person: no list of jobs has one"),
    ("views.triggers", "gitflow.views.next_runs", "cron and time zones, only for schedules"),
    ("workspaces.git", "gitflow.workspaces.fetch", "a repository on this machine is read where it lies"),
    ("workspaces.git", "gitflow.workspaces.mirror", "a repository on this machine is read where it lies"),
    ("workspaces.git_process", "git", "60 ms, which a fetch from a network does not notice"),
)

#: A plain run loads it where a step leaves a process behind, which is a matter of time.
SOMETIMES = {"runners.searches"}
#: Programs of their own, which are started often: `typing` would be most of their start.
PROGRAMS = {"definitions.shell.dash_reader"}

#: What is run to find the modules on the path of `gitflow run`: a folder with a workspace, and a task in it. All of
#: them get by without `typing`, which costs more than most steps.
PLAIN_RUNS = (
    ("workspaces/default", "hello-world"),
    ("examples/artifacts", "artifacts"),
    ("examples/connections", "connections"),
    ("examples/hooks", "reported"),
    ("examples/http", "http"),
    ("examples/limits", "limits"),
    ("examples/outputs", "outputs"),
    ("examples/timeouts", "slow-step"),
)

#: What reads, and is as quick: these commands get by without `typing`, too, which would be a quarter of their work.
READING = (("jobs",), ("job", "last"), ("logs", "last"), ("tasks",), ("actions",))

#: The modules of the first of the runs, one a line. Each costs a third of a million instructions, whatever is in it: a
#: run that needs another one has to say so here.
MODULES_OF_A_RUN = Path(__file__).with_name("modules_of_a_run.txt")

#: Modules of the standard library whose work a plain run does otherwise: they were a quarter of its instructions.
SLOW_MODULES = {
    *("collections", "collections.abc", "contextlib", "functools", "operator", "selectors", "types"),
    *("enum", "importlib", "json", "re", "signal", "subprocess", "threading"),
}

#: How often a run is repeated until it finds its folder as the one before has seen it. What changed shortly before a
#: folder is read is not trusted, and read again.
RUNS_UNTIL_CACHED = 5

#: `gitflow`, with the name of every module that it loads written to a file.
SPY = """
import os, sys
log = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
class Spy:
    @staticmethod
    def find_spec(name, path=None, target=None):
        os.write(log, f"{name}\\n".encode())
sys.meta_path.insert(0, Spy)
from gitflow.cli.main import main
main()
"""


@dataclass(frozen=True, slots=True)
class Import:
    module: str  #: without `gitflow.`
    imported: str  #: as it is written, `gitflow.` included
    kind: str  #: "top", "lazy" or "type"
    line: int

    @property
    def target(self) -> str:
        """The module of gitflow without `gitflow.`, empty for any other."""
        return self.imported.removeprefix("gitflow.") if self.imported.startswith("gitflow.") else ""

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported} ({self.kind})"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SRC / "gitflow").with_suffix("").parts).removesuffix("__init__").rstrip(".")


MODULES = {name_of(path): path for path in sorted((SRC / "gitflow").rglob("*.py"))}


def imports_of(module: str) -> list[Import]:
    return list(_walk(ast.parse(MODULES[module].read_text()), module, "top"))


def _walk(node: ast.AST, module: str, kind: str):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue  # an expression holds no statement
        if isinstance(child, ast.Import):
            yield from (Import(module, name.name, kind, child.lineno) for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, f"{module}:{child.lineno} is a relative import"
            members = [f"{child.module}.{name.name}" for name in child.names]
            for member in members:
                is_module = member.removeprefix("gitflow.") in MODULES
                yield Import(module, member if is_module else child.module, kind, child.lineno)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from _walk(ast.Module(child.body, []), module, "type")
            yield from _walk(ast.Module(child.orelse, []), module, kind)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _walk(child, module, "type" if kind == "type" else "lazy")
        else:
            yield from _walk(child, module, kind)


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(found for module in MODULES for found in imports_of(module))


def cycles(imports: Iterable[Import]) -> list[set[str]]:
    """Each largest set of modules that all reach each other."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in imports:
        if found.target in MODULES and found.target != found.module:
            graph[found.module].add(found.target)
    behind = {module: _reached(graph, module) for module in graph}
    circle = {module for module in graph if module in behind[module]}
    sets = {frozenset(other for other in behind[module] if module in behind[other]) for module in circle}
    return [set(members) for members in sets]


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = [start]
    while left:
        fresh = graph[left.pop()] - seen
        seen |= fresh
        left.extend(fresh)
    return seen


def is_below(name: str, above: str) -> bool:
    return name == above or name.startswith(f"{above}.")


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, set[str]]:
    """Task -> every module that a run of it loads once its workspace is cached; and "validate"."""
    state, runs = tmp_path_factory.mktemp("state"), dict[str, set[str]]()
    for workspace, task in PLAIN_RUNS:
        folder = state / workspace  # a copy: whoever works in this repository would change the folder between two runs
        shutil.copytree(ROOT / workspace, folder)
        runs[task] = loaded_when_cached(state, "run", task, "--workspace", str(folder))
        assert "gitflow.runtime.worker.worker" in runs[task], task
    runs["validate"] = loaded_when_cached(state, "validate", str(state / PLAIN_RUNS[0][0]))
    return runs


@pytest.fixture(scope="module")
def reading(runs, tmp_path_factory) -> dict[str, set[str]]:
    """Command -> every module that it loads."""
    state = tmp_path_factory.mktemp("read")
    folder = state / "workspace"
    workspace, task = PLAIN_RUNS[0]
    shutil.copytree(ROOT / workspace, folder)
    loaded_when_cached(state, "run", task, "--workspace", str(folder))
    return {words[0]: loaded_when_cached(state, *words, folder=folder) for words in READING}


def loaded_when_cached(state: Path, *words: str, folder: Path = ROOT) -> set[str]:
    log, env = state / "log", {**os.environ, "GITFLOW_STATE": str(state / ".gitflow")}
    names = set[str]()
    for _ in range(RUNS_UNTIL_CACHED):
        subprocess.run(
            [sys.executable, "-c", SPY, str(log), *words], cwd=folder, env=env, capture_output=True, check=False
        )
        names = set(log.read_text().split())
        if not names & {"gitflow.workspaces.scanning", "gitflow.definitions.loader"}:
            break
    return names


@pytest.fixture(scope="module")
def plain(runs) -> set[str]:
    """Every module of gitflow that such a run loads."""
    return of_gitflow(runs)


def of_gitflow(runs: dict[str, set[str]]) -> set[str]:
    return {name.removeprefix("gitflow.") for name in set().union(*runs.values()) if name.startswith("gitflow.")}


def test_a_plain_run_does_without_typing(runs):
    assert [task for task, names in runs.items() if "typing" in names] == []


def test_a_command_that_reads_does_without_typing_and_click(reading):
    assert [command for command, names in reading.items() if names & {"typing", "click"}] == []
    assert all("gitflow.cli.commands.plain" in names for names in reading.values())


def test_a_run_of_one_step_does_without_slow_modules(runs):
    assert runs[PLAIN_RUNS[0][1]] & SLOW_MODULES == set()


def test_a_run_of_one_step_loads_these_modules(runs):
    names = {name.removeprefix("gitflow.") for name in runs[PLAIN_RUNS[0][1]] if name.startswith("gitflow.")}
    assert sorted(names - SOMETIMES) == MODULES_OF_A_RUN.read_text().split()


def test_no_modules_import_each_other():
    assert cycles(all_imports()) == []


def test_every_room_with_rooms_inside_has_layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = {name for contract in contracts for name in contract.get("containers", ())}
    rooms = {path.parent.parent.name for path in (SRC / "gitflow").glob("*/*/__init__.py")}
    assert rooms == {name.partition(".")[2] for name in held if "." in name}


def test_only_what_a_quick_command_loads_does_without_typing(plain, reading):
    without = {name for name, path in MODULES.items() if "\nTYPE_CHECKING = False\n" in path.read_text()}
    assert without - plain - of_gitflow(reading) - SOMETIMES == PROGRAMS


def lazy(plain: set[str]) -> list[Import]:
    return [found for found in all_imports() if found.kind == "lazy" and found.module not in plain | SOMETIMES]


def is_seam(found: Import, seam: tuple[str, str, str]) -> bool:
    return is_below(found.module, seam[0]) and is_below(found.imported, seam[1])


def test_a_lazy_import_has_a_reason(plain):
    assert [str(found) for found in lazy(plain) if not any(is_seam(found, seam) for seam in SEAMS)] == []


def test_every_reason_is_that_of_an_import(plain):
    unused = [seam for seam in SEAMS if not any(is_seam(found, seam) for found in lazy(plain))]
    assert unused == []
