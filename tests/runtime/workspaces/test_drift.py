"""How what is served stands to the remote branch, why it is not the same, and a branch that is not followed a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import BROKEN, GOOD, Repository, Server, git

from gitflow.runtime.workspaces.drift import reason_of, status_of
from gitflow.runtime.workspaces.served import ServedWorkspace
from gitflow.stores.protocols.revisions import SyncPause
from gitflow.workspaces.folder import FolderWorkspace


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def standing(one: ServedWorkspace) -> tuple[str, int | None, int | None, str | None]:
    found = one.distance
    return status_of(one), found and found.behind, found and found.ahead, reason_of(one)[0]


def test_what_is_served_is_synced_until_something_newer_is_refused(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        assert standing(served.get("w")) == ("unserved", None, None, None)
        served.refresh("w")
        assert standing(served.get("w")) == ("synced", 0, 0, None)
        repository.push(BROKEN)
        served.refresh("w")
        assert standing(served.get("w")) == ("behind", 1, 0, "refused")
        repository.push(BROKEN + "# still\n")
        served.refresh("w")
        assert standing(served.get("w")) == ("behind", 2, 0, "refused")
        assert reason_of(served.get("w"))[1].endswith(" has 1 error")
        repository.push(GOOD % 2)
        served.refresh("w")
        assert standing(served.get("w")) == ("synced", 0, 0, None)


def test_a_branch_that_was_forced_is_ahead_or_diverged(repository, server):
    first = repository.push(GOOD % 1)
    repository.push(GOOD % 2)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        server.pauses["w"] = SyncPause("w", 1.0, "ann", "an incident")
        git(repository.work, "push", "-q", "--force", "origin", f"{first}:main")
        assert not served.refresh("w")
        assert standing(served.get("w")) == ("ahead", 0, 1, "paused")
        git(repository.work, "reset", "-q", "--hard", first)
        repository.push(GOOD % 3)
        assert not served.refresh("w")
        assert standing(served.get("w")) == ("diverged", 1, 1, "paused")


def test_a_remote_that_cannot_be_reached_is_unreachable_since_then(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert served.get("w").unreachable_since is None
        repository.bare.rename(repository.bare.with_name("away"))
        served.refresh("w")
        assert standing(served.get("w")) == ("unreachable", 0, 0, "unreachable")
        assert served.get("w").unreachable_since == 1.0
        repository.bare.with_name("away").rename(repository.bare)
        served.refresh("w")
        assert (standing(served.get("w")), served.get("w").unreachable_since) == (("synced", 0, 0, None), None)


def test_a_workspace_that_is_paused_stays_where_it_is_also_after_a_restart(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        server.pauses["w"] = SyncPause("w", 1.0, "ann", "an incident")
        repository.push(GOOD % 2)
        assert not served.refresh("w")
        assert served.get("w").active[1].id == first
        assert standing(served.get("w")) == ("behind", 1, 0, "paused")
        assert reason_of(served.get("w"))[1] == "paused by ann: an incident"
    second = repository.push(GOOD % 3)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert served.get("w").active[1].id == first
        assert standing(served.get("w")) == ("behind", 2, 0, "paused")
        server.pauses.clear()
        assert served.refresh("w")
        assert served.get("w").active[1].id == second
        assert (standing(served.get("w")), served.get("w").pause) == (("synced", 0, 0, None), None)


def test_a_folder_is_synced_or_behind_by_no_number(tmp_path, server):
    folder = tmp_path / "folder"
    (folder / ".workflows").mkdir(parents=True)
    (folder / ".workflows/a.yaml").write_text(GOOD % 1)
    with server.serving(w=FolderWorkspace(str(folder))) as served:
        served.refresh("w")
        assert standing(served.get("w")) == ("synced", 0, 0, None)
        (folder / ".workflows/a.yaml").write_text(BROKEN)
        served.refresh("w")
        assert standing(served.get("w")) == ("behind", None, None, "refused")
