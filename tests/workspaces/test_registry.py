"""Opening workspaces: from the configuration, and by standing in one."""

import os

import pytest

from gitflow.core.errors import InvalidInput, WorkspaceError
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.registry import WORKSPACES, find_workspace, open_workspace, workspace_at


@pytest.fixture
def places(tmp_path):
    return {"state_dir": str(tmp_path / "state"), "cache_dir": str(tmp_path / "cache"), "base": str(tmp_path)}


def test_a_folder_is_found_from_where_the_configuration_lies(places, tmp_path, write):
    write(tmp_path, {"ws/.workflows/a.yaml": "a"})
    workspace = open_workspace({"type": "folder", "path": "ws"}, "default", **places)
    assert isinstance(workspace, FolderWorkspace)
    assert workspace.identity == "default"
    assert [file.path for file in workspace.definition_files(workspace.resolve())] == [".workflows/a.yaml"]


def test_a_repository_is_opened_at_its_ref_and_subpath(places, tmp_path, commit, git):
    sha = commit(tmp_path / "repo", {"team/.workflows/a.yaml": "a"})
    git(tmp_path / "repo", "branch", "-m", "main", "live")
    workspace = open_workspace({"type": "git", "url": "repo", "ref": "live", "path": "team"}, "team", **places)
    assert isinstance(workspace, GitWorkspace)
    assert (workspace.identity, workspace.resolve().id) == ("team", sha)
    assert workspace.has_file(workspace.resolve(), ".workflows/a.yaml")


@pytest.mark.parametrize("kind", list(WORKSPACES))
def test_every_type_names_the_setting_it_misses(places, kind):
    with pytest.raises(InvalidInput, match=f"type '{kind}' needs '(path|url)'"):
        open_workspace({"type": kind}, **places)


@pytest.mark.parametrize("config", [{}, {"type": "svn"}, {"type": None}])
def test_an_unknown_type_is_refused(places, config):
    with pytest.raises(InvalidInput, match="no type of workspace"):
        open_workspace(config, **places)


def test_a_near_miss_is_named(places):
    with pytest.raises(InvalidInput, match='did you mean "folder"'):
        open_workspace({"type": "foldr"}, **places)


def test_the_nearest_folder_with_definitions_is_the_workspace(tmp_path, write):
    write(tmp_path, {".workflows/top.yaml": "", "team/.workflows/t.yaml": "", "team/src/deep/x": "", "other/x": ""})
    (tmp_path / "other/.workflows").write_text("only a file")
    assert find_workspace(str(tmp_path / "team/src/deep")) == str(tmp_path / "team")
    assert find_workspace(str(tmp_path / "team")) == str(tmp_path / "team")
    assert find_workspace(str(tmp_path / "other")) == str(tmp_path)
    assert workspace_at(str(tmp_path / "team/src")).path == str(tmp_path / "team")


def test_where_no_workspace_is_that_is_said(tmp_path):
    if find_workspace(os.sep) is None:
        with pytest.raises(WorkspaceError, match=r"no \.workflows folder in"):
            workspace_at(str(tmp_path))
