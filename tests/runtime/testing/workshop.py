"""Runs tests of workflows as ``gitflow test`` does: real definitions, a real engine, a real folder."""

from __future__ import annotations

from pathlib import Path

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.test_files.suite import load_suite
from gitflow.runtime.testing.run import Definitions, Result, run_case
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.workspaces.folder import FolderWorkspace


class Workshop:
    """A workspace in a folder. Its definitions are checked, and its tests too, before anything runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        self.state = folder / "state"
        (self.folder / ".workflows").mkdir(parents=True)

    def define(self, text: str) -> None:
        (self.folder / ".workflows" / "a.yaml").write_text(text)

    def definitions(self) -> Definitions:
        workspace = FolderWorkspace(str(self.folder))
        revision = workspace.resolve()
        return Definitions(workspace, revision, Snapshots(None, str(self.state)).load(workspace, revision))

    def cases(self, tests: str, *, checked: bool = True) -> tuple[Definitions, dict[str, object]]:
        definitions = self.definitions()
        file = SourceFile(".workflows/a.test.yaml", tests.encode())
        suite = load_suite([file], definitions.snapshot)
        if checked:
            assert suite.problems == ()
        return definitions, {case.name: case for case in suite.cases}

    def run(self, tests: str, *, checked: bool = True) -> dict[str, Result]:
        """The result of each test by its name."""
        definitions, cases = self.cases(tests, checked=checked)
        return {name: run_case(case, definitions, str(self.state)) for name, case in cases.items()}

    def run_one(self, test: str, *, checked: bool = True) -> Result:
        """The result of a test that is written without its name."""
        indented = "".join(f"    {line}\n" for line in test.strip("\n").splitlines())
        return self.run(f"tests:\n  it:\n{indented}", checked=checked)["it"]


def told(result: Result) -> list[tuple[int, str, str | None, str | None]]:
    """Each failure: its line, what it is about, what was expected, and what was."""
    return [(one.where.line, one.what, one.expected, one.actual) for one in result.failures]
