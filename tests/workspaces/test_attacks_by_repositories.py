"""A repository that names programs in every place git has for one: reading it runs none of them.

Each program is a canary that leaves its name behind. That they are planted well is shown by git itself, which runs
them when it is used in the ordinary way.
"""

import os
import shutil
import subprocess
import threading

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.file_events import FolderEvents
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace, at_revision
from gitflow.workspaces.git_process import SETTINGS

#: Setting -> how the canary is called there; ``{}`` is the canary.
PLANTED = {
    "core.fsmonitor": "{}",
    "core.sshCommand": "{}",
    "core.pager": "{}",
    "core.editor": "{}",
    "core.askPass": "{}",
    "core.gitProxy": "{}",
    "core.alternateRefsCommand": "{}",
    "core.hooksPath": "HOOKS",
    "sequence.editor": "{}",
    "alias.status": "!{}",
    "alias.canary": "!{}",
    "alias.ls-files": "!{}",
    "credential.helper": "!{}",
    "diff.external": "{}",
    "diff.shown.textconv": "{}",
    "diff.shown.command": "{}",
    "diff.tool": "canary",
    "difftool.canary.cmd": "{}",
    "filter.any.clean": "{}; cat",
    "filter.any.smudge": "{}; cat",
    "filter.talks.process": "{}",
    "filter.lfs.clean": "{}; cat",
    "gpg.program": "{}",
    "gpg.openpgp.program": "{}",
    "gpg.x509.program": "{}",
    "gpg.ssh.program": "{}",
    "gpg.ssh.defaultKeyCommand": "{}",
    "gpg.format": "ssh",
    "gpg.ssh.allowedSignersFile": "/dev/null",
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "interactive.diffFilter": "{}",
    "merge.shown.driver": "{}",
    "pager.log": "{}",
    "pager.rev-list": "{}",
    "remote.origin.url": "ext::{}",
    "remote.origin.uploadpack": "{}",
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "remote.origin.vcs": "canary",
    "submodule.sub.update": "!{}",
    "submodule.recurse": "true",
    "trace2.eventTarget": "TRACE",
    "uploadpack.packObjectsHook": "{}",
    "uploadpack.hookForPacking": "{}",
    "url.ext::{} .insteadOf": "file://",
    "protocol.ext.allow": "always",
    "protocol.allow": "always",
    "core.attributesFile": "ATTRIBUTES",
    "core.worktree": "ELSEWHERE",
    "include.path": "INCLUDED",
}
HOOKS = ("reference-transaction", "post-index-change", "post-checkout", "pre-auto-gc", "fsmonitor-watchman")
HOOKS += ("sendemail-validate", "pre-push", "post-merge", "update", "post-rewrite", "pre-commit")


class Hostile:
    def __init__(self, folder, sang):
        self.folder, self.sang = folder, sang

    def heard(self):
        return sorted(path.name for path in self.sang.iterdir())

    def canary(self, name):
        """The path of a program."""
        name = name.translate(str.maketrans("/:{} ", "_____"))
        path = self.sang.parent / "canaries" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{self.sang}/{name}'\n")
        path.chmod(0o755)
        return str(path)


@pytest.fixture
def hostile(bait, git):
    """The same with all canaries, also in its submodule."""
    plant(bait, bait.folder / ".git", git)
    plant(bait, bait.folder / ".git/modules/sub", git)
    return bait


@pytest.fixture
def bait(tmp_path, commit, git, write):
    """A repository with two commits, a signature, a submodule, an ignored and a changed file, and no canary yet."""
    sang = tmp_path / "sang"
    sang.mkdir()
    found = Hostile(tmp_path / "hostile", sang)
    commit(tmp_path / "library", {"l": "l"})
    first = {".workflows/a.yaml": "a", "run.sh": "echo\n", "big.dat": "one\n", ".gitignore": "ignored\n"}
    commit(found.folder, {**first, ".gitattributes": "*.dat filter=any diff=shown merge=shown\n*.sh filter=talks\n"})
    git(found.folder, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(tmp_path / "library"), "sub")
    commit(found.folder, {"big.dat": "two\n", "lfs.bin": "b", "sub/.gitattributes": "* filter=any\n"})
    signed = git(found.folder, "cat-file", "commit", "HEAD").replace("\n\n", f"\ngpgsig {SIGNATURE}\n\n", 1)
    sha = git(found.folder, "hash-object", "-t", "commit", "-w", "--stdin", source=signed.encode() + b"\n")
    git(found.folder, "update-ref", "refs/heads/main", sha)
    # of the same size: git has to read them to know that they have changed
    write(found.folder, {"ignored": "", "big.dat": "six\n", "run.sh": "ohce\n"})
    return found


SIGNATURE = "-----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----"


def plant(hostile, git_dir, git, *names):
    hooks = hostile.sang.parent / "hooks"
    for place in (hooks, git_dir / "hooks"):
        place.mkdir(exist_ok=True)
        for name in HOOKS:
            (place / name).unlink(missing_ok=True)
            shutil.copy(hostile.canary(f"hook-{name}"), place / name)
    included = hostile.sang.parent / "included"
    included.write_text(f'[filter "included"]\n\tclean = {hostile.canary("filter.included")}; cat\n')
    attributes = hostile.sang.parent / "attributes"
    attributes.write_text("* filter=included\n")
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info/attributes").write_text("*.bin filter=lfs\n")
    places = {"HOOKS": hooks, "INCLUDED": included, "ATTRIBUTES": attributes, "ELSEWHERE": "/"}
    places["TRACE"] = hostile.sang / "trace"
    config = str(git_dir / "config")
    for name in names or PLANTED:
        value = PLANTED[name]
        value = str(places.get(value, value.format(hostile.canary(name))))
        git(hostile.sang.parent, "config", "--file", config, name.format(hostile.canary("insteadOf")), value)


def touch_all(folder):
    """So that git would have to read the content of every file to know whether it has changed."""
    for path in folder.iterdir():
        if path.is_file():
            os.utime(path, ns=(1, 1))


def act(folder, *command):
    plain = {**os.environ, "GIT_WORK_TREE": str(folder), "GIT_DIR": f"{folder}/.git"}
    subprocess.run(["git", *command], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, env=plain)


SHORT_SIGNATURES = ("gpg.ssh.program", "gpg.format", "gpg.ssh.allowedSignersFile", "log.showSignature")


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("status", ("filter.any.clean",)),
        ("status", ("filter.talks.process",)),
        ("status", ("core.fsmonitor",)),
        ("status", ("include.path", "core.attributesFile")),
        ("checkout -f HEAD~1", ("filter.any.smudge",)),
        ("checkout -f HEAD~1", ("core.hooksPath",)),
        ("update-ref refs/heads/new HEAD", ("core.hooksPath",)),
        ("blame big.dat", ("diff.shown.textconv",)),
        ("diff", ("diff.shown.command",)),
        ("diff", ("diff.external",)),
        ("log -1", SHORT_SIGNATURES),
        ("verify-commit HEAD", SHORT_SIGNATURES),
        ("commit -am x", ("gpg.ssh.defaultKeyCommand", "gpg.format", "commit.gpgSign")),
        ("commit --amend", ("core.editor",)),
        ("canary", ("alias.canary",)),
        ("fetch git@localhost:x", ("core.sshCommand",)),
        ("fetch file:///x", ("url.ext::{} .insteadOf", "protocol.ext.allow")),
        ("fetch origin", ("remote.origin.url", "protocol.ext.allow")),
        ("fetch --upload-pack=git-upload-pack .", ("uploadpack.packObjectsHook",)),
        (
            "cat-file -p 0000000000000000000000000000000000000001",
            ("remote.origin.url", "protocol.ext.allow", "remote.origin.promisor", "remote.origin.partialclonefilter"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_the_canaries_sing_where_git_is_used_in_the_ordinary_way(bait, git, command, names):
    plant(bait, bait.folder / ".git", git, *names)
    if "core.hooksPath" not in names:
        subprocess.run(["rm", "-r", str(bait.folder / ".git/hooks")], check=True)
    touch_all(bait.folder)
    act(bait.folder, *command.split())
    is_protected = names[0] == "uploadpack.packObjectsHook"  # git itself takes it from a repository no more
    assert bool(bait.heard()) != is_protected


def read_folder(folder, state):
    touch_all(folder)
    workspace = FolderWorkspace(str(folder), cache_dir=state)
    first = workspace.resolve()
    assert [file.path for file in workspace.definition_files(first)] == [".workflows/a.yaml"]
    assert first.dirty
    workspace.branch()
    os.makedirs(f"{state}/export", exist_ok=True)
    workspace.export(first, f"{state}/export")
    (folder / "new").write_text("new")
    second = workspace.follow(None)
    assert workspace.changed_paths(first, second) == ("new",)
    assert len(workspace.log(second, [".workflows/a.yaml", "big.dat"])) == 2


def read_objects(workspace, state):
    tip = workspace.resolve()
    workspace.follow(None)
    workspace.local_revision()
    workspace.branch()
    assert workspace.has_file(tip, "run.sh")
    assert [file.data for file in workspace.definition_files(tip)] == [b"a"]
    os.makedirs(f"{state}/export")
    workspace.export(tip, f"{state}/export")
    commits = workspace.log(tip, [".workflows/a.yaml", "big.dat"])
    assert len(commits) == 2
    first = workspace.resolve(commits[-1].sha)
    assert "big.dat" in workspace.changed_paths(first, tip)
    workspace.keep(first)
    assert workspace.kept() == {first.id}
    workspace.release(first)
    workspace.repair()
    workspace.close()


def test_a_work_tree_is_read_and_nothing_of_it_runs(hostile, tmp_path):
    read_folder(hostile.folder, str(tmp_path / "state"))
    assert hostile.heard() == []


def test_a_linked_work_tree_is_read_and_nothing_of_it_runs(hostile, tmp_path, git):
    made = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "--no-checkout")
    git(hostile.folder, f"--git-dir={hostile.folder}/.git", *made, str(tmp_path / "linked"), "HEAD~1")
    for name in hostile.heard():
        (hostile.sang / name).unlink()
    workspace = FolderWorkspace(str(tmp_path / "linked"))
    assert workspace.resolve().dirty
    assert hostile.heard() == []


def test_a_submodule_is_read_and_nothing_of_it_runs(hostile):
    touch_all(hostile.folder / "sub")
    revision = FolderWorkspace(str(hostile.folder / "sub")).resolve()
    assert revision.commit
    assert revision.dirty  # .gitattributes
    assert hostile.heard() == []


def test_a_committed_revision_is_read_and_nothing_of_it_runs(hostile, tmp_path):
    workspace, _ = at_revision(str(hostile.folder), "HEAD")
    read_objects(workspace, str(tmp_path / "state"))
    assert hostile.heard() == []


def test_a_repository_given_by_its_path_is_read_and_nothing_of_it_runs(hostile, tmp_path):
    read_objects(GitWorkspace(str(hostile.folder)), str(tmp_path / "state"))
    assert hostile.heard() == []


def test_a_mirror_is_made_and_repaired_and_nothing_of_its_origin_runs(hostile, tmp_path):
    state = str(tmp_path / "state")
    url = f"file://{hostile.folder}"
    read_objects(GitWorkspace(url, state_dir=state), state)
    workspace = GitWorkspace(url, state_dir=state)
    tip = workspace.resolve()
    path = f"{workspace.git_dir}/objects"
    for folder, _, names in os.walk(path):
        for name in names:
            os.chmod(os.path.join(folder, name), 0o600)
            os.truncate(os.path.join(folder, name), 10)
    assert workspace.repair()
    assert workspace.resolve() == tip
    assert hostile.heard() == []


@pytest.mark.parametrize("ending", ["", "/.git"])
def test_an_origin_that_lacks_objects_fetches_none_by_what_it_names(hostile, tmp_path, git, ending):
    """Git would bring in what is missing by the program that ``remote.origin`` names, also for who fetches from it."""
    git(hostile.folder, f"--git-dir={hostile.folder}/.git", "config", "--unset", "remote.origin.vcs")
    missing = git(hostile.folder, f"--git-dir={hostile.folder}/.git", "rev-parse", "HEAD:big.dat")
    (hostile.folder / ".git/objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises(WorkspaceError, match="cannot be fetched"):
        GitWorkspace(f"file://{hostile.folder}{ending}", state_dir=str(tmp_path / "state")).resolve()
    workspace = GitWorkspace(str(hostile.folder))
    tip = workspace.resolve()
    with pytest.raises(WorkspaceError, match="missing from the repository"):
        workspace.export(tip, str(tmp_path))
    assert hostile.heard() == []


def test_changes_are_heard_and_nothing_of_the_repository_runs(hostile):
    stop, seen = threading.Event(), threading.Event()
    events = FolderEvents(str(hostile.folder), stop, idle_s=0.05)

    def listen():
        for _ in events:
            seen.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        (hostile.folder / "ignored").write_text("more")
        (hostile.folder / "other").write_text("more")
        assert seen.wait(30)
    finally:
        stop.set()
        listener.join()
    assert hostile.heard() == []


@pytest.fixture
def embedded(hostile, tmp_path, commit, git):
    """A clean repository with a hostile bare one among its files, as it could be committed."""
    commit(tmp_path / "outer", {".workflows/a.yaml": "a"})
    bare = tmp_path / "outer/lib"
    subprocess.run(["cp", "-r", f"{hostile.folder}/.git", str(bare)], check=True)
    git(tmp_path, "config", "--file", str(bare / "config"), "core.bare", "false")
    git(tmp_path, "config", "--file", str(bare / "config"), "core.worktree", str(bare))
    return bare


def test_an_embedded_bare_repository_is_files_and_nothing_of_it_runs(embedded, hostile):
    subprocess.run(["git", "status"], cwd=embedded, capture_output=True)
    assert hostile.heard() != []  # with git alone it is enough to be inside
    for name in hostile.heard():
        (hostile.sang / name).unlink()
    (embedded / "inner").mkdir()
    for folder in (embedded.parent, embedded, embedded / "inner"):
        workspace = FolderWorkspace(str(folder))
        workspace.definition_files(workspace.resolve())
        workspace.branch()
    with pytest.raises(WorkspaceError, match="has no revisions"):
        at_revision(str(embedded / "inner"), "HEAD")
    assert hostile.heard() == []


def test_what_looks_like_a_pipe_or_a_device_holds_nothing_up(tmp_path, commit, git):
    commit(tmp_path / "r", {".workflows/a.yaml": "a"})
    for name in ("info/exclude", "info/attributes", "shallow"):
        path = tmp_path / "r/.git" / name
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)
    git(tmp_path / "r", "config", "--file", str(tmp_path / "r/.git/config"), "core.excludesFile", "/dev/tty")
    git(tmp_path / "r", "config", "--file", str(tmp_path / "r/.git/config"), "include.path", "../shallow")
    assert not FolderWorkspace(str(tmp_path / "r")).resolve().dirty
    (tmp_path / "r/.git/config").unlink()
    os.mkfifo(tmp_path / "r/.git/config")
    with pytest.raises(WorkspaceError, match="it is not a file"):
        FolderWorkspace(str(tmp_path / "r")).resolve()


def test_no_private_folder_is_left(hostile, tmp_path):
    read_folder(hostile.folder, str(tmp_path / "state"))
    left = [name for name in os.listdir("/dev/shm") if name.startswith("gitflow-git-")]
    mine = [name for name in left if os.path.realpath(f"/dev/shm/{name}/refs").startswith(str(tmp_path))]
    assert mine == []


def test_every_planted_setting_of_a_fixed_name_is_also_switched_off_on_the_command_line():
    """Two nets: should a configuration be read after all, these count for nothing."""
    named = {
        name for name in PLANTED if name.startswith(("core.", "gpg.", "sequence.", "log.")) and "{}" in PLANTED[name]
    }
    by_variables = {"core.sshCommand", "core.askPass"}  # $GIT_SSH_COMMAND and $GIT_ASKPASS
    assert named - by_variables <= set(SETTINGS)
