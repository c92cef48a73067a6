"""What of all that happens in a folder is worth a look."""

import os
import queue
import threading

import pytest
import watchfiles._rust_notify

from gitflow.workspaces import file_events
from gitflow.workspaces.file_events import FolderEvents


@pytest.fixture
def listening(tmp_path):
    """``listening(folder)``: a queue with an entry for each look that is worth it; the first one has come."""
    stop, threads = threading.Event(), []

    def start(folder, **options):
        heard = queue.Queue()

        def listen():
            for _ in FolderEvents(str(folder), stop, **options):
                heard.put(True)

        threads.append(threading.Thread(target=listen))
        threads[-1].start()
        heard.get(timeout=20)
        return heard

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def drained(heard):
    """Everything that was heard until a change that surely counts."""
    count = 0
    while True:
        try:
            heard.get(timeout=0.2)
        except queue.Empty:
            return count
        count += 1


def test_changes_new_folders_and_removals_are_heard(tmp_path, listening, write):
    heard = listening(tmp_path)
    for change in ({"a": "1"}, {"a": "2"}, {"b/c/d": "x"}, {"b/c/d": "y"}, {"a": None}):
        write(tmp_path, change)
        heard.get(timeout=20)
        drained(heard)


def test_a_commit_is_heard(tmp_path, listening, commit, git):
    commit(tmp_path / "w", {"a": "1"})
    heard = listening(tmp_path / "w")
    git(tmp_path / "w", "commit", "-q", "--allow-empty", "-m", "x")
    heard.get(timeout=20)


def test_a_commit_is_heard_in_a_folder_deep_in_the_work_tree(tmp_path, listening, commit, git):
    commit(tmp_path / "w", {"deep/er/a": "1"})
    heard = listening(tmp_path / "w" / "deep" / "er")
    git(tmp_path / "w", "commit", "-q", "--allow-empty", "-m", "x")
    heard.get(timeout=20)
    drained(heard)
    git(tmp_path / "w", "checkout", "-q", "-b", "other")
    heard.get(timeout=20)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".git/objects/ab/cd",
            ".git/index.lock",
            ".git/refs/heads/main.lock",
            ".git/FETCH_HEAD",
            ".git/COMMIT_EDITMSG",
        ),
        *("node_modules/x/y.js", "a/.venv/bin/python", "x.yaml~", ".x.yaml.swp", ".#x.yaml", "#x#", "4913"),
        *(".goutputstream-ABC", ".nfs0001", "x.yaml___jb_tmp___"),
    ],
)
def test_bookkeeping_and_momentary_files_do_not_count(path):
    assert not file_events._is_relevant(path)


@pytest.mark.parametrize(
    "path",
    [
        *(".workflows/a.yaml", "x", ".gitignore", "a.swapped", "src/index.lock", "refs/heads/x", "4913.txt"),
        *(".git/HEAD", ".git/index", ".git/refs/heads/feature/x", ".git/packed-refs", ".git/info/exclude"),
    ],
)
def test_everything_else_counts(path):
    assert file_events._is_relevant(path)


def test_what_git_ignores_does_not_count(tmp_path, commit):
    commit(tmp_path / "w", {".gitignore": "build/\n*.log\n", "a": "1"})
    folder = tmp_path / "w"
    listened = FolderEvents(str(folder), threading.Event())
    assert not listened._has_relevant([str(folder / "build/x"), str(folder / "y.log")])
    assert listened._has_relevant([str(folder / "build/x"), str(folder / "new\nname")])
    assert listened._has_relevant([str(folder / ".gitignore")])


def test_outside_git_nothing_is_ignored(tmp_path):
    assert FolderEvents(str(tmp_path), threading.Event())._has_relevant([str(tmp_path / "y.log")])


def test_without_watches_the_folder_is_looked_at_again_and_again(tmp_path, listening, monkeypatch, caplog):
    def refuse(*given):
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", refuse)
    heard = listening(tmp_path, poll_s=0.001)
    for _ in range(2 * file_events._POLLS_BEFORE_RETRY):
        heard.get(timeout=20)
    assert len([record for record in caplog.records if "watch limit" in record.message]) == 1


def test_a_folder_that_appears_later_is_listened_to(tmp_path, listening, write):
    heard = listening(tmp_path / "later", poll_s=0.01)
    write(tmp_path, {"later/a": "1"})
    drained(heard)
    write(tmp_path, {"later/a": "2"})
    heard.get(timeout=20)


def test_a_folder_that_is_replaced_is_listened_to_again(tmp_path, listening, write):
    write(tmp_path, {"w/a": "1", "new/a": "2"})
    heard = listening(tmp_path / "w", poll_s=0.01)
    os.rename(tmp_path / "w", tmp_path / "old")
    os.rename(tmp_path / "new", tmp_path / "w")
    heard.get(timeout=20)
    drained(heard)
    write(tmp_path, {"w/a": "3"})
    heard.get(timeout=20)


def test_an_idle_folder_is_looked_at_now_and_then(tmp_path, listening):
    heard = listening(tmp_path, idle_s=0.05)
    for _ in range(3):
        heard.get(timeout=20)


def test_while_git_changes_the_folder_it_is_waited_for(tmp_path, commit):
    commit(tmp_path / "w", {"a": "1"})
    lock = tmp_path / "w/.git/index.lock"
    lock.touch()
    waited = threading.Thread(target=FolderEvents(str(tmp_path / "w"), threading.Event())._wait_for_git)
    waited.start()
    assert waited.is_alive()
    lock.unlink()
    waited.join(20)
    assert not waited.is_alive()
