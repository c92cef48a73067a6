"""Repositories elsewhere: urls, credentials, mirrors."""

import os
import subprocess
import sys

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.credentials import GitCredentials, is_path
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.mirror import Mirror


@pytest.fixture
def state(tmp_path):
    return str(tmp_path / "state")


@pytest.fixture
def origin(tmp_path, commit, git):
    """(work tree, url of the bare repository it pushes to)"""
    commit(tmp_path / "work", {".workflows/a.yaml": "one"})
    git(tmp_path, "clone", "-q", "--bare", str(tmp_path / "work"), "origin.git")
    git(tmp_path / "work", "remote", "add", "origin", str(tmp_path / "origin.git"))
    return tmp_path / "work", f"file://{tmp_path}/origin.git"


def text_of(workspace, revision):
    return workspace.definition_files(revision)[0].data


def test_a_mirror_follows_its_origin(origin, state, commit, git):
    work, url = origin
    workspace = GitWorkspace(url, state_dir=state)
    first = workspace.resolve()
    second = commit(work, {".workflows/a.yaml": "two"})
    git(work, "push", "-q", "origin", "main")
    assert workspace.resolve().id == second
    assert text_of(workspace, first) == b"one"


def test_branches_and_tags_appear_move_and_go(origin, state, commit, git):
    work, url = origin
    workspace = GitWorkspace(url, state_dir=state)
    first = workspace.resolve().id
    git(work, "push", "-q", "origin", "main:side", "main:refs/tags/v1")
    assert workspace.resolve("side").id == workspace.resolve("v1").id == first
    moved = commit(work, {"x": ""})
    git(work, "push", "-q", "-f", "origin", ":side", "main:refs/tags/v1")
    assert workspace.resolve("v1").id == moved
    with pytest.raises(WorkspaceError, match="there is no revision 'side'"):
        workspace.resolve("side")


def test_a_kept_revision_outlives_a_force_push_and_gc(origin, state, commit, git):
    work, url = origin
    workspace = GitWorkspace(url, state_dir=state)
    commit(work, {".workflows/a.yaml": "two"})
    git(work, "push", "-q", "origin", "main")
    kept = workspace.resolve()
    workspace.keep(kept)
    git(work, "push", "-q", "-f", "origin", "main~1:main")
    assert workspace.resolve().id != kept.id
    git(workspace.git_dir, "gc", "-q", "--prune=now")
    assert text_of(GitWorkspace(url, state_dir=state), kept) == b"two"


def test_a_kept_revision_outlives_the_mirror_that_held_it(origin, state, commit, git):
    folder, url = origin
    workspace = GitWorkspace(url, state_dir=state)
    kept = workspace.resolve()
    workspace.keep(kept)
    git(folder, "checkout", "-q", "--orphan", "other")
    commit(folder, {"t": "anew"})
    git(folder, "push", "-q", "--force", url.removeprefix("file://"), "other:main")
    git(url.removeprefix("file://"), "gc", "-q", "--prune=now")
    workspace.resolve()
    workspace._mirror.rebuild()
    assert workspace.kept() == {kept.id}
    assert text_of(workspace, kept) == b"one"


def test_a_full_sha_that_is_here_needs_no_origin(origin, state, tmp_path):
    workspace = GitWorkspace(origin[1], state_dir=state)
    first = workspace.resolve()
    (tmp_path / "origin.git").rename(tmp_path / "gone.git")
    assert workspace.resolve(first.id) == first
    with pytest.raises(WorkspaceError, match="cannot be fetched"):
        workspace.resolve()


def test_an_origin_that_cannot_be_reached_is_named_and_leaves_nothing(tmp_path, state):
    workspace = GitWorkspace(f"file://{tmp_path}/gone.git", state_dir=state)
    with pytest.raises(WorkspaceError, match=r"file://.*/gone\.git.*cannot be fetched"):
        workspace.resolve()
    assert not os.path.exists(workspace.git_dir)
    assert not [name for name in os.listdir(os.path.join(state, "git")) if "partial" in name]


def test_a_clone_that_was_cut_off_is_never_used(origin, state):
    workspace = GitWorkspace(origin[1], state_dir=state)
    os.makedirs(f"{workspace.git_dir}.partial/refs")
    assert workspace.resolve().commit
    assert not os.path.exists(f"{workspace.git_dir}.partial")


def test_lock_files_of_a_git_that_was_killed_are_no_hindrance(origin, state, commit, git):
    work, url = origin
    workspace = GitWorkspace(url, state_dir=state)
    workspace.resolve()
    second = commit(work, {"x": ""})
    git(work, "push", "-q", "origin", "main")
    for name in ("packed-refs.lock", "refs/heads/main.lock"):
        with open(os.path.join(workspace.git_dir, name), "w"):
            pass
    assert workspace.resolve().id == second


def test_programs_of_the_origin_are_not_run(origin, state, tmp_path):
    ran = tmp_path / "ran"
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    for name in ("reference-transaction", "post-checkout", "post-merge"):
        (template / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (template / name).chmod(0o755)
    subprocess.run(["git", "config", "--global", "init.templateDir", str(template.parent)], check=True)
    GitWorkspace(origin[1], state_dir=state).resolve()
    assert not ran.exists()


def test_variables_of_a_git_hook_do_not_mislead(origin, state, monkeypatch, tmp_path, git):
    git(tmp_path, "init", "-q", "victim")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "victim/.git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "victim/.git/objects"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "victim/.git/index"))
    workspace = GitWorkspace(origin[1], state_dir=state)
    assert text_of(workspace, workspace.resolve()) == b"one"
    monkeypatch.undo()
    assert not git(tmp_path / "victim", "for-each-ref")


def test_processes_that_meet_share_one_mirror(origin, state):
    script = (
        "import sys; from gitflow.workspaces.git import GitWorkspace\n"
        f"w = GitWorkspace({origin[1]!r}, state_dir={state!r}); r = w.resolve(); w.keep(r)\n"
        "print(r.id, w.definition_files(r)[0].data)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = {process.communicate() for process in started}
    assert len(answers) == 1, answers
    assert b"one" in answers.pop()[0]


@pytest.mark.parametrize(
    "url",
    [
        *("ext::sh -c 'touch /tmp/x'", "fd::7", "--upload-pack=touch", "-x", "http://host/x", "git://host/x"),
        *("ftp://host/x", "https://", "ssh://-oProxyCommand=x/y", "ssh://-oX@host/y", "ssh:///x", "https://-x/y"),
        *("https://host/a\nb", "https://host/a b", "javascript://x", "file::/x", "ext://x"),
    ],
)
def test_urls_that_could_run_programs_or_are_not_safe_are_refused(url, state):
    with pytest.raises(WorkspaceError):
        GitWorkspace(url, state_dir=state)


@pytest.mark.parametrize("url", ["https://host/x.git", "ssh://git@host:22/x", "git@host:team/x.git", "file:///x"])
def test_urls_of_git_are_mirrored(url, state):
    assert not is_path(url)
    assert Mirror(url, state).identity.startswith("x@")


@pytest.mark.parametrize("path", ["/abs", "rel/ative", "./x:y", "~", "C:", "a@b"])
def test_anything_else_is_a_path(path):
    assert is_path(path)


def test_a_mirror_needs_a_place():
    with pytest.raises(WorkspaceError, match="needs a state directory"):
        GitWorkspace("https://host/x")


def test_credentials_are_in_no_message_url_argument_or_file(state, monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\necho "$@" >> {seen}\nenv >> {seen}.env\n'
        'echo "fatal: no s3cret for https://u:s3cret@h/" >&2\nexit 1\n'
    )
    fake.chmod(0o755)
    __import__("git")  # so that its own look for the program comes first
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    for options in (
        {"url": "https://u:s3cret@host/x"},
        {"url": "https://host/x", "auth": {"type": "token", "token": "s3cret"}},
    ):
        workspace = GitWorkspace(options["url"], state_dir=state, auth=options.get("auth"))
        assert "s3cret" not in workspace.source + workspace.identity
        with pytest.raises(WorkspaceError) as refused:
            workspace.resolve()
        assert "s3cret" not in str(refused.value)
        assert "https://host/x" in str(refused.value)
    assert "s3cret" not in seen.read_text()
    environment = (tmp_path / "seen.env").read_text()
    for line in (
        "GIT_TERMINAL_PROMPT=0",
        "GIT_ALLOW_PROTOCOL=https:ssh:file",
        "GIT_CONFIG_KEY_0=http.https://host/.extraHeader",
    ):
        assert line in environment
    assert "http.sslVerify=true" in seen.read_text()


def test_a_key_is_used_alone_and_hosts_are_always_checked(state):
    auth = {"type": "ssh_key", "key_file": "/keys/a b", "known_hosts": "/keys/hosts"}
    command = GitCredentials("git@host:x", state, auth).environment()["GIT_SSH_COMMAND"]
    assert "-i '/keys/a b'" in command
    assert "IdentitiesOnly=yes" in command
    assert "StrictHostKeyChecking=yes" in command
    assert "UserKnownHostsFile=/keys/hosts" in command
