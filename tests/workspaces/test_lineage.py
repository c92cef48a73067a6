"""How commits follow each other, in real repositories."""

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import lineage


@pytest.fixture
def repository(tmp_path, commit):
    folder = tmp_path / "repository"
    shas = [
        commit(folder, files, name) for name, files in (("one", {"a": "1"}), ("two", {"b": "1"}), ("three", {"a": "2"}))
    ]
    return folder, str(folder / ".git"), shas


def test_a_walk_gives_the_commits_that_changed_a_path_and_their_nearest_parents(repository):
    _, git_dir, (one, _, three) = repository
    assert lineage.walk(git_dir, [three], None, ["a"]) == {three: (one,), one: ()}
    assert list(lineage.walk(git_dir, [three], one, ["a"])) == [three]
    assert lineage.walk(git_dir, [three], None, ["c"]) == {}
    assert lineage.walk(git_dir, [three], None, []) == {}


def test_a_path_is_no_pattern(repository):
    _, git_dir, shas = repository
    assert lineage.walk(git_dir, [shas[-1]], None, ["*"]) == {}
    assert lineage.walk(git_dir, [shas[-1]], None, [":(top)a"]) == {}


def test_parents_are_those_of_the_commit_whatever_they_changed(repository):
    _, git_dir, (one, two, three) = repository
    assert lineage.parents(git_dir, [three, one]) == {three: (two,), one: ()}


def test_a_shallow_clone_has_no_parents_beyond_its_edge(repository, git, tmp_path):
    folder, git_dir, shas = repository
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{folder}", "shallow")
    shallow = str(tmp_path / "shallow" / ".git")
    assert lineage.parents(shallow, [shas[-1]]) == {shas[-1]: ()}
    assert (lineage.is_shallow(shallow), lineage.is_shallow(git_dir)) == (True, False)


def test_commits_are_counted_between_two(repository):
    _, git_dir, (one, _, three) = repository
    assert (lineage.count(git_dir, three, one), lineage.count(git_dir, one, three)) == (2, 0)


def test_objects_are_named_by_commit_and_path(repository, git):
    folder, git_dir, (one, _, three) = repository
    found = lineage.ids(git_dir, [f"{one}:a", f"{three}:a", f"{one}:b", f"{one}:a\tb"])
    assert found == [git(folder, "rev-parse", f"{one}:a"), git(folder, "rev-parse", f"{three}:a"), None, None]
    assert lineage.ids(git_dir, []) == []


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (0, 0, "the same commit"),
        (2, 0, "the good revision 'good' comes after the bad one 'bad'"),
    ],
)
def test_good_leads_to_bad(repository, good, bad, message):
    _, git_dir, shas = repository
    lineage.check_order(git_dir, ("good", shas[0]), ("bad", shas[2]))
    with pytest.raises(WorkspaceError, match=message):
        lineage.check_order(git_dir, ("good", shas[good]), ("bad", shas[bad]))


def test_histories_without_a_common_line_are_refused(repository, git):
    folder, git_dir, shas = repository
    git(folder, "checkout", "-q", "--orphan", "other")
    git(folder, "commit", "-q", "-m", "other")
    other = git(folder, "rev-parse", "HEAD")
    with pytest.raises(WorkspaceError, match=r"'other' does not lead to the bad one 'main'$"):
        lineage.check_order(git_dir, ("other", other), ("main", shas[2]))
