"""Drafts: changes that are committed aside, and how the remote is reached with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitflow.core.errors import Conflict, WorkspaceError
from gitflow.workspaces.drafts import Drafts, Message, Person, Push
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import PullHeads
from signing import Repository

US = Person("gitflow", "gitflow@localhost")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "remote")
    found.commit(found.payload({".workflows/a.yaml": "x-a: 1\n"}))
    found.git("config", "receive.denyCurrentBranch", "ignore")
    return found


def test_a_draft_changes_nothing_of_the_workspace_until_it_is_pushed(repository: Repository, tmp_path: Path) -> None:
    workspace = GitWorkspace(f"file://{repository.path}", state_dir=str(tmp_path / "state"))
    base = workspace.resolve()
    with Drafts(workspace, str(tmp_path / "state")).open(base) as draft:
        tree = draft.write(".workflows/b.yaml", b"x-b: 1\n")
        made = draft.commit(tree, Message("Add b\n", US, US, 1_700_000_000), lambda payload: None)
        assert draft.workspace.definition_ids(made).keys() == {".workflows/a.yaml", ".workflows/b.yaml"}
        assert draft.changes(made) == [("000000", "100644", ".workflows/b.yaml")]
        with pytest.raises(WorkspaceError):
            workspace.resolve(made.id)
        draft.push(Push(made.id, "main", "main", base.id))
    assert workspace.resolve().id == made.id
    assert not Path(draft.path).exists()


def test_a_draft_that_somebody_works_on_is_not_cleared(repository: Repository, tmp_path: Path) -> None:
    workspace = GitWorkspace(str(repository.path))
    drafts, others = (Drafts(workspace, str(tmp_path / "state")) for _ in range(2))
    with drafts.open(workspace.resolve()) as draft:
        others.clear()
        assert draft.write(".workflows/a.yaml", b"x-a: 2\n")
    left = Path(draft.path)
    (left / "objects").mkdir(parents=True)
    others.clear()
    assert not left.exists()


def test_a_branch_of_a_proposal_must_be_new(repository: Repository, tmp_path: Path) -> None:
    workspace = GitWorkspace(str(repository.path))
    base = workspace.resolve()
    repository.git("branch", "gitflow/ann/x")
    with Drafts(workspace, str(tmp_path / "state")).open(base) as draft:
        tree = draft.write(".workflows/a.yaml", b"x-a: 2\n")
        made = draft.commit(tree, Message("Change a\n", US, US, 1_700_000_000), lambda payload: None)
        with pytest.raises(Conflict):
            draft.push(Push(made.id, "gitflow/ann/x", "main", base.id))
        draft.push(Push(made.id, "gitflow/ann/y", "main", base.id))
    assert repository.git("rev-parse", "gitflow/ann/x", "gitflow/ann/y").split() == [base.id, made.id]


def test_every_way_to_a_remote_trusts_the_same_host_keys(repository: Repository, tmp_path: Path, monkeypatch) -> None:
    """A host key that was accepted for a fetch is the one that a push must see."""
    seen, programs = tmp_path / "seen", tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexit 1\n')
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    state = str(tmp_path / "state")
    url, auth = "git@git.example.com:team/shop.git", {"type": "ssh_key", "key": "a key", "host_keys": "accept_new"}
    workspace = GitWorkspace(url, state_dir=state, auth=auth)
    Path(state, "git").mkdir(parents=True)
    repository.git("clone", "-q", "--mirror", ".", workspace.git_dir)
    base = workspace.local_revision()
    assert base is not None
    with pytest.raises(WorkspaceError):
        workspace.follow(None)
    with pytest.raises(WorkspaceError):
        PullHeads(workspace, state).fetch(1, "refs/pull/1/head", "main")
    with Drafts(workspace, state).open(base) as draft, pytest.raises(WorkspaceError):
        draft.push(Push(base.id, "main", "main", base.id))
    lines = seen.read_text().splitlines()
    assert len(lines) >= 4
    for line in lines:
        assert f"UserKnownHostsFile={state}/git/known_hosts" in line
        assert f"-i {state}/git/keys/" in line
