"""Repositories elsewhere: what urls are allowed, and a bare mirror of each in the state directory.

A mirror is made beside its place and renamed into it, so one that exists is whole. Clone and fetch go through
GitPython and hold a file lock, which git's own process shares: it is free only when nobody writes any more.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import record
from gitflow.workspaces import plumbing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from subprocess import Popen
    from typing import Any

    Process = Popen[bytes]

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/@]*)@)?(?P<rest>[^@]*)\Z", re.DOTALL)
_SCP = re.compile(r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^:-][^:]*)\Z")
_SCHEMES = ("https", "ssh", "file")
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_KEPT = "refs/gitflow/keep/"
_ASK_S = 60.0  #: how long a remote may take to say where its refs stand
_SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=30 -o ServerAliveInterval=30"

#: Certificates are checked and a server that says nothing for a minute is given up, whatever the configuration says.
_SETTINGS = (
    *("-c", "http.sslVerify=true"),
    *("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"),
    *("-c", "fetch.recurseSubmodules=false", "-c", "submodule.recurse=false"),
    *("-c", "credential.interactive=false"),
)


def is_path(source: str) -> bool:
    """Whether a repository is given by its path on this machine."""
    return not source.startswith("-") and "::" not in source and not _URL.match(source) and not _SCP.match(source)


def _parts(source: str) -> tuple[str, str]:
    """(url without credentials, ``user:password`` that stood in it). Raises WorkspaceError."""
    scp = _SCP.match(source)
    if scp:
        return source, ""
    found = _URL.match(source)
    if not found or found["scheme"].lower() not in _SCHEMES or re.search(r"[\x00-\x20\x7f]", source):
        raise WorkspaceError(f"{_without_user(source)!r} is not a url of git's: https, ssh, file, or a path")
    scheme, user, rest = found["scheme"].lower(), found["user"] or "", found["rest"]
    if (not rest or rest.startswith(("-", "/"))) and scheme != "file":
        raise WorkspaceError(f"{_without_user(source)!r} names no host")
    if scheme == "ssh" and user:
        name = user.partition(":")[0]
        if not re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]*", name):
            raise WorkspaceError(f"{_without_user(source)!r} names no proper user")
        return f"ssh://{name}@{rest}", ""
    return f"{scheme}://{rest}", user


def _without_user(source: str) -> str:
    return re.sub(r"//[^/]*@", "//", source)


@record
class Tip:
    """Where a ref stands at the remote."""

    sha: str  #: of the commit, also for a tag with a message
    head: str | None = None  #: the default branch, where ``HEAD`` is what was asked for


class Mirror:
    """``auth``: ``{type: token, token, username?}`` for https, ``{type: ssh_key, key_file, known_hosts?}`` for ssh."""

    def __init__(self, url: str, state_dir: str | None, auth: Mapping[str, str] | None = None) -> None:
        import hashlib
        from threading import Lock

        self.url, user = _parts(url)
        if state_dir is None:
            raise WorkspaceError(f"{self.url!r} needs a state directory to be mirrored in")
        name = hashlib.blake2b(self.url.encode(), digest_size=16).hexdigest()
        self.folder = os.path.join(os.path.realpath(state_dir), "git")
        self.path = os.path.join(self.folder, name)
        self._settings = _environment(self.url, user, auth or {})
        self._guard = Lock()
        self._running: set[Process] = set()
        self._is_closed = False
        self._secrets = [secret for secret in (user, user.partition(":")[2], (auth or {}).get("token", "")) if secret]

    @property
    def identity(self) -> str:
        last = re.sub(r"[^A-Za-z0-9._-]", "-", self.url.rstrip("/").rpartition("/")[2].removesuffix(".git"))
        return f"{last or 'git'}@{os.path.basename(self.path)[:8]}"

    @property
    def exists(self) -> bool:
        return os.path.isdir(self.path)

    def locked(self) -> AbstractContextManager[int]:
        """Holds the lock that every writer of the mirror takes; gives its handle, for git to share."""
        from gitflow.workspaces.locks import locked

        return locked(f"{self.path}.lock")

    def tip(self, ref: str) -> Tip:
        """Where a branch or tag (or ``HEAD``) stands now; fetches nothing. Raises WorkspaceError."""
        wanted = ["HEAD"] if ref == "HEAD" else [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}"]
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        said = self._git(
            self.folder, None, "ls-remote", "--quiet", "--symref", "--", self.url, "HEAD", *wanted, most_s=_ASK_S
        )
        lines = [line.split("\t") for line in said.splitlines() if "\t" in line]
        shas = {name: sha for sha, name in lines if not sha.startswith("ref: ")}
        default = next((sha[16:] for sha, name in lines if name == "HEAD" and sha.startswith("ref: refs/heads/")), None)
        found = next((shas[name] for name in wanted if name in shas), None)
        if found is None:
            hint = f"; its default branch is {default!r}" if default else ""
            raise WorkspaceError(f"there is no branch or tag {ref!r} in {self.url!r}{hint}")
        return Tip(found, default if ref == "HEAD" else None)

    def fetch(self, head: str | None = None) -> None:
        """Brings branches and tags up to date, those that are gone too; ``head`` is what ``HEAD`` shall mean.
        Raises WorkspaceError."""
        with self.locked() as lock:
            if self.exists:
                _remove_leftovers(self.path)
                self._git(self.path, lock, "fetch", *_FETCH, "--", self.url, *_REFSPECS)
            else:
                self._clone(lock)
            if head is not None:
                self._git(self.path, lock, "symbolic-ref", "HEAD", f"refs/heads/{head}")

    def is_whole(self) -> bool:
        """Whether everything that its refs need is there and can be read; takes its time."""
        with self.locked() as lock:
            try:
                self._git(self.path, lock, "fsck", "--no-dangling", "--no-progress")
            except WorkspaceError:
                return False
        return True

    def rebuild(self) -> None:
        """Makes it anew; what was kept for jobs is taken over as far as it can be read. Raises WorkspaceError."""
        from gitflow.workspaces.copying import remove_tree

        with self.locked() as lock:
            damaged = f"{self.path}.damaged"
            remove_tree(damaged)
            os.rename(self.path, damaged)
            try:
                self._clone(lock)
            except BaseException:
                os.rename(damaged, self.path)  # better than nothing: what is whole in it can be served
                raise
            self._take_over(damaged, lock)
            remove_tree(damaged)

    def _take_over(self, damaged: str, lock: int) -> None:
        for name in _names_below(os.path.join(damaged, _KEPT)):
            try:
                self._git(
                    self.path, lock, "fetch", *_FETCH[:1], "--no-tags", "--", damaged, f"{_KEPT}{name}:{_KEPT}{name}"
                )
            except WorkspaceError:
                continue

    def _clone(self, lock: int) -> None:
        from gitflow.workspaces.copying import remove_tree, sync_tree

        partial = f"{self.path}.partial"
        remove_tree(partial)  # what a clone that was cut off has left
        try:
            os.mkdir(partial)
            self._git(partial, lock, "init", "--quiet", "--bare", "--template=", ".")
            self._git(partial, lock, "fetch", *_FETCH, "--", self.url, *_REFSPECS)
            sync_tree(partial)
            os.rename(partial, self.path)
        finally:
            remove_tree(partial)

    def close(self) -> None:
        """Kills what talks to the remote now, and lets nothing start any more."""
        with self._guard:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    def _git(self, folder: str, lock: int | None, *command: str, most_s: float | None = None) -> str:
        """What it printed. Raises WorkspaceError."""
        from subprocess import TimeoutExpired

        process = self._started(folder, lock, command)
        try:
            out, err = process.communicate(timeout=most_s)
        except TimeoutExpired:
            raise self._unfetched(f"no answer within {most_s:g} s") from None
        finally:
            _kill(process)
            with self._guard:
                self._running.discard(process)
        if process.returncode:
            raise self._unfetched(plumbing.first_words(err.decode(errors="replace")))
        return out.decode(errors="surrogateescape")

    def _started(self, folder: str, lock: int | None, command: Sequence[str]) -> Process:
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        import git  # 70 ms, which only those pay who go to the network anyway

        with self._guard:
            if self._is_closed:
                raise self._unfetched("gitflow is stopping")
            try:
                process: Any = git.Git(folder).execute(
                    ["git", *plumbing.HARMLESS, *plumbing.ANYBODYS, *_SETTINGS, *command],
                    env=self._settings | _pinned(folder),
                    as_process=True,
                    pass_fds=() if lock is None else (lock,),
                    process_group=0,  # so that its helpers end with it
                )
            except git.GitCommandNotFound:
                raise WorkspaceError("git is not installed") from None
            proc: Process = process.proc
            process.proc = None  # it would end the process with its own life
            self._running.add(proc)
            return proc

    def _unfetched(self, why: str) -> WorkspaceError:
        return WorkspaceError(f"the repository {self.url!r} cannot be fetched: {self._masked(why)}")

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "••••••")
        return _without_user(text)


_FETCH = ("--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")


def _pinned(folder: str) -> dict[str, str]:
    """GitPython adds to the caller's environment and cannot take away: what would mislead git is set right."""
    right = {"GIT_DIR": folder, "GIT_COMMON_DIR": folder, "GIT_OBJECT_DIRECTORY": os.path.join(folder, "objects")}
    right["GIT_CEILING_DIRECTORIES"] = os.path.dirname(folder)
    misleading = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": "", "GIT_NAMESPACE": "", "GIT_CONFIG_PARAMETERS": ""}
    return {**misleading, **right}


def _environment(url: str, user: str, auth: Mapping[str, str]) -> dict[str, str]:
    """Credentials travel in the environment, never in arguments, which every process on the machine can read."""
    from shlex import quote

    ssh = _SSH
    if auth.get("type") == "ssh_key":
        ssh += f" -o IdentitiesOnly=yes -i {quote(auth['key_file'])}"
        if auth.get("known_hosts"):
            ssh += f" -o {quote('UserKnownHostsFile=' + auth['known_hosts'])}"
    settings = {**plumbing.QUIET, "GIT_ALLOW_PROTOCOL": ":".join(_SCHEMES), "GIT_SSH_COMMAND": ssh, "GIT_ASKPASS": ""}
    if auth.get("type") == "token":
        user = f"{auth.get('username') or 'x-access-token'}:{auth['token']}"
    return settings | (_basic(url, user) if user and url.startswith("https://") else {})


def _basic(url: str, user: str) -> dict[str, str]:
    """A header that is sent to this url's host alone, not to one it redirects to."""
    from base64 import b64encode
    from urllib.parse import unquote

    secret = b64encode((unquote(user) if "%" in user else user).encode()).decode()
    host = "/".join(url.split("/")[:3])
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{host}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
    }


def _kill(process: Process) -> None:
    """With the helpers it has started; nothing happens to one that has ended."""
    import signal

    with suppress(ProcessLookupError, PermissionError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _remove_leftovers(path: str) -> None:
    """Of a git that was killed: half of a pack, and lock files. Nobody else writes here while we hold the lock."""
    for name in _names_below(os.path.join(path, "objects/pack")):
        if name.startswith("tmp_"):
            os.unlink(os.path.join(path, "objects/pack", name))
    for folder in _lockable_folders(path):
        with os.scandir(folder) as members:
            for member in members:
                if member.name.endswith(".lock") and member.is_file(follow_symlinks=False):
                    os.unlink(member.path)


def _names_below(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _lockable_folders(path: str) -> Iterator[str]:
    yield path
    for folder, _, _ in os.walk(os.path.join(path, "refs")):
        yield folder
