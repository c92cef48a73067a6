"""Heads of pull requests in a repository of their own: what is fetched, what is too much, and what stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from committing import commit_all, git, init
from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import CannotMerge, PullHeads, TooLarge, merged_tree

LIMIT = 1 << 20


class Origin:
    def __init__(self, folder: Path) -> None:
        self.folder, self.work, self.bare = folder, folder / "work", folder / "origin.git"
        init(self.work)
        git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")
        self.base = self.commit({"large": os.urandom(2 * LIMIT), ".workflows/a.yaml": b"tasks: {}\n"})
        self.push("main")
        self.workspace = GitWorkspace(f"file://{self.bare}", state_dir=str(folder / "state"), identity="shop")
        self.heads = PullHeads(self.workspace, str(folder / "state"), LIMIT)

    def commit(self, files: dict[str, bytes]) -> str:
        for name, data in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_bytes(data)
        return commit_all(self.work)

    def push(self, ref: str) -> None:
        git(self.work, "push", "-q", "-f", str(self.bare), f"HEAD:{ref}")

    def open(self, files: dict[str, bytes]) -> str:
        git(self.work, "checkout", "-q", "--detach", self.base)
        head = self.commit(files)
        self.push("refs/pull/1/head")
        return head

    def fetch(self):
        return self.heads.fetch(1, "refs/pull/1/head", "main")


@pytest.fixture
def origin(tmp_path):
    return Origin(tmp_path)


def test_a_head_brings_only_what_the_workspace_does_not_have(origin):
    origin.workspace.resolve()
    head = origin.open({"b": b"small"})
    found = origin.fetch()
    assert (found.base, found.head) == (origin.base, head)
    size = sum(path.stat().st_size for path in Path(found.path).rglob("*") if path.is_file())
    assert size < LIMIT // 4
    assert git(origin.work, "rev-parse", f"{head}^{{tree}}") == merged_tree(found.path, found.base, found.head)


def test_the_mirror_knows_nothing_of_it(origin):
    origin.workspace.resolve()
    head = origin.open({"b": b"small"})
    origin.fetch()
    with pytest.raises(WorkspaceError, match="no revision"):
        origin.workspace.resolve(head)
    with pytest.raises(WorkspaceError):
        origin.workspace.resolve("refs/pull/1/head")
    origin.heads.remove(1)
    assert os.listdir(origin.folder / "state" / "pulls" / "shop") == []


def test_a_huge_head_is_cut_off_and_leaves_nothing_behind(origin):
    origin.workspace.resolve()
    origin.open({"b": os.urandom(4 * LIMIT)})
    with pytest.raises(TooLarge, match="1 MiB"):
        origin.fetch()
    origin.open({"b": b"small again"})
    assert origin.fetch().head


def test_many_small_files_are_as_large_as_one(origin):
    origin.workspace.resolve()
    origin.open({f"f{number}": os.urandom(LIMIT // 20) for number in range(60)})
    with pytest.raises(TooLarge):
        origin.fetch()


def test_what_a_killed_process_left_is_removed(origin):
    origin.workspace.resolve()
    origin.open({"b": b"small"})
    path = Path(origin.fetch().path)
    origin.heads.clear()
    assert not path.exists()


def test_a_head_that_is_not_there_is_an_error_and_not_too_large(origin):
    origin.workspace.resolve()
    with pytest.raises(WorkspaceError) as failed:
        origin.fetch()
    assert not isinstance(failed.value, TooLarge)


def test_nothing_is_fetched_after_the_end(origin):
    origin.workspace.resolve()
    origin.open({"b": b"small"})
    origin.heads.close()
    with pytest.raises(WorkspaceError, match="stopping"):
        origin.fetch()


def test_a_repository_on_this_machine_has_pull_requests_too(tmp_path, origin):
    head = origin.open({"b": b"small"})
    local = GitWorkspace(str(origin.bare), identity="local")
    assert PullHeads(local, str(tmp_path / "other"), LIMIT).fetch(1, "refs/pull/1/head", "main").head == head


def test_a_conflict_and_a_history_of_its_own_cannot_be_merged(origin):
    origin.workspace.resolve()
    origin.open({".workflows/a.yaml": b"tasks: {a: {flow: {}}}\n"})
    git(origin.work, "checkout", "-q", "main")
    origin.commit({".workflows/a.yaml": b"tasks: {b: {flow: {}}}\n"})
    origin.push("main")
    found = origin.fetch()
    with pytest.raises(CannotMerge):
        merged_tree(found.path, found.base, found.head)
    git(origin.work, "checkout", "-q", "--orphan", "alone")
    origin.commit({"x": b"y"})
    origin.push("refs/pull/1/head")
    found = origin.fetch()
    with pytest.raises(CannotMerge):
        merged_tree(found.path, found.base, found.head)


def test_no_program_that_a_head_names_takes_part_in_a_merge(origin, tmp_path):
    mark = tmp_path / "mark"
    git(origin.bare, "config", "merge.evil.driver", f"touch {mark}; false")
    git(origin.bare, "config", "filter.evil.smudge", f"touch {mark}")
    origin.workspace.resolve()
    origin.open({".gitattributes": b"* merge=evil filter=evil\n", "c": b"1\n2\n3\n4\n"})
    git(origin.work, "checkout", "-q", "main")
    origin.commit({".gitattributes": b"* merge=evil filter=evil\n", "d": b"other"})
    origin.push("main")
    found = origin.fetch()
    assert merged_tree(found.path, found.base, found.head)
    assert not mark.exists()
