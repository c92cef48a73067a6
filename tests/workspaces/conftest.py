"""Real folders and real git repositories, apart from the configuration of whoever runs the tests."""

import os
import subprocess
import time

import pytest

from committing import GIT_CONFIG, head
from gitflow.workspaces import stat_cache

NOBODY = 65534


@pytest.fixture(autouse=True)
def _own_git_configuration(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    own = "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
    (home / ".gitconfig").write_text(GIT_CONFIG + own)
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def home():
    from pathlib import Path

    return Path(os.environ["HOME"])


@pytest.fixture
def git():
    """``git(folder, "commit", …)``: runs git, gives what it printed."""

    def run(folder, *command, source=None):
        done = subprocess.run(["git", *command], cwd=folder, input=source, capture_output=True)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="surrogateescape").strip()

    return run


@pytest.fixture
def write():
    """``write(folder, {"a/b": "text"})``: text or bytes as a file, None for a removal."""

    def files(folder, contents):
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    return files


@pytest.fixture
def commit(git, write):
    """``commit(folder, {…}, message)``: writes and commits; gives the SHA. Makes the repository when there is none."""

    def now(folder, contents, message="change"):
        folder.mkdir(exist_ok=True)
        if not (folder / ".git").exists():
            git(folder, "init", "-q")
        write(folder, contents)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", message)
        return head(folder)

    return now


@pytest.fixture
def commit_tree(git):
    """``commit_tree(repository, [(mode, name bytes, sha)])``: a commit of a raw tree, whatever git would say of it."""

    def made(repository, entries):
        raw = b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(sha)) for mode, name, sha in entries)
        tree = git(repository, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", source=raw)
        return git(repository, "commit-tree", tree, "-m", "raw")

    return made


@pytest.fixture
def blob(git):
    return lambda repository, data: git(repository, "hash-object", "-w", "--stdin", source=data)


@pytest.fixture
def settle(monkeypatch, tmp_path_factory):
    """Returns once what was changed so far is old enough for its stat to be trusted."""
    monkeypatch.setattr(stat_cache, "_TICK_NS", 12_000_000)
    probe = tmp_path_factory.mktemp("clock") / "probe"

    def until_trusted():
        probe.write_bytes(b"")
        changed = probe.stat().st_ctime_ns
        while time.time_ns() - changed <= 13_000_000:
            os.sched_yield()

    return until_trusted


@pytest.fixture
def contents():
    """Everything below a folder: ``{path: bytes | ("link", where) | None for an empty folder}``."""

    def read(folder):
        found = {}
        for where, folders, names in os.walk(os.fsencode(folder)):
            for name in [*names, *(name for name in folders if os.path.islink(os.path.join(where, name)))]:
                path = os.path.join(where, name)
                key = os.fsdecode(os.path.relpath(path, os.fsencode(folder)))
                found[key] = ("link", os.fsdecode(os.readlink(path))) if os.path.islink(path) else open_bytes(path)
            if not folders and not names and where != os.fsencode(folder):
                found[os.fsdecode(os.path.relpath(where, os.fsencode(folder)))] = None
        return found

    def open_bytes(path):
        with open(path, "rb") as file:
            return file.read()

    return read


@pytest.fixture
def exported(tmp_path, contents):
    """What a workspace writes for a revision."""

    def files(workspace, revision):
        target = tmp_path / f"export-{len(list(tmp_path.iterdir()))}"
        target.mkdir()
        workspace.export(revision, str(target))
        return contents(target)

    return files


@pytest.fixture
def public_path():
    """A folder that every user of the machine can reach."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        yield path


@pytest.fixture
def as_nobody():
    """Calls something as a user without privileges; gives the result, or the error, as text."""

    def call(act):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                if os.getuid() == 0:
                    os.setgroups([])
                    os.setgid(NOBODY)
                    os.setuid(NOBODY)
                said = str(act())
            except BaseException as error:
                said = f"{type(error).__name__}: {error}"
            os.write(writer, said.encode(errors="replace"))
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as answer:
            said = answer.read().decode()
        os.waitpid(child, 0)
        return said

    return call
