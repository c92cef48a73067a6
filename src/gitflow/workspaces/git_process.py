"""Starts every git process: the only place that builds its arguments and environment.

A repository is data that somebody else wrote, and git runs programs that a repository's configuration names. So git
reads a repository with a configuration that gitflow wrote (isolation.py), without the user's own, and without network.
Only what fetches from a remote or pushes to it (fetch.py) sees the user's own configuration: its credential helpers,
``insteadOf`` and proxies are how the remote is reached. docs/decisions/0060-git-runs-nothing-of-a-repository.md has
the reasons.
"""

from __future__ import annotations

import os
from shlex import join
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Process = Popen[bytes]


class Limits(Record):
    """What git may use, itself and each program that it starts."""

    file_bytes: int  #: for each file that it writes
    memory_bytes: int


_NOTHING = "/dev/null"
_NO_PROGRAM = "false"

#: Settings that name a program, or that make git look for one, and what they are for every git process. They outweigh
#: every configuration file; names that nobody can list (``filter.*``, ``diff.*``) are kept out by isolation.py.
SETTINGS: Mapping[str, str] = {
    "safe.bareRepository": "explicit",  # a folder that looks like a bare repository is not used as one
    "core.hooksPath": _NOTHING,
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.editor": _NO_PROGRAM,
    "sequence.editor": _NO_PROGRAM,
    "core.alternateRefsCommand": _NO_PROGRAM,
    "core.gitProxy": "",
    "diff.external": "",
    "diff.trustExitCode": "false",
    "gpg.program": _NO_PROGRAM,
    "gpg.openpgp.program": _NO_PROGRAM,
    "gpg.x509.program": _NO_PROGRAM,
    "gpg.ssh.program": _NO_PROGRAM,
    "gpg.ssh.defaultKeyCommand": "",
    "log.showSignature": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "transfer.bundleURI": "false",
    "gc.autoDetach": "false",  # a process that outlives the command
    "core.logAllRefUpdates": "false",  # a log of a ref would keep what was pushed away
}
_ARGUMENTS = tuple(word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}"))

#: No prompts, no protocol, no program to show or edit text, texts in English, SHAs that mean what they say.
QUIET: Mapping[str, str] = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": _NO_PROGRAM,
    "GIT_SEQUENCE_EDITOR": _NO_PROGRAM,
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
#: The user's own configuration is not read.
_NO_CONFIGURATION = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": _NOTHING,
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
#: The user's own configuration is read, and that of no repository.
NO_REPOSITORY = {"GIT_DIR": _NOTHING}

#: Variables that say where git itself is, or that report what it does. All others named ``GIT_…`` may point it at
#: another repository, change what objects say, loosen its checks or name a program; a git hook sets several of them.
_KEPT = ("GIT_EXEC_PATH", "GIT_TRACE")
#: Where the user's own configuration is.
_CONFIGURATION = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT")
_KEPT_FOR_CONFIGURATION = (*_KEPT, *_CONFIGURATION, "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
#: How the user's network is reached.
_KEPT_FOR_NETWORK = (*_KEPT_FOR_CONFIGURATION, "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CURL_", "GIT_REDACT_")
#: What a repository on this machine sees of the server when it is pushed to.
_KEPT_FOR_HOOKS = ("PATH", "HOME", "TMPDIR")
_NEVER_KEPT = ("GIT_SSL_NO_VERIFY",)


def start(command: Sequence[str], cwd: str, repository: Mapping[str, str]) -> Process:
    """Git on this machine; ``repository``: variables from `isolation.isolated`, or ``NO_REPOSITORY``.
    Raises WorkspaceError when there is no git, or no such folder."""
    line, environment = _invocation(command, repository)
    try:
        return Popen(line, cwd=cwd, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except FileNotFoundError:
        missing = "git is not installed" if os.path.isdir(cwd) else f"there is no folder {cwd!r}"
        raise WorkspaceError(missing) from None
    except OSError as error:
        raise WorkspaceError(f"git cannot be started in {cwd!r}: {error.strerror}") from error


def start_for_network(
    command: Sequence[str],
    cwd: str,
    access: Mapping[str, str],
    repository: Mapping[str, str],
    lock: int | None,
    limits: Limits | None = None,
) -> Process:
    """Git in a process group of its own, with the user's configuration; ``access``: variables that say how the remote
    is reached. ``lock`` is a handle that git shares while it lives. Raises WorkspaceError when there is no git."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git  # takes 70 ms, which only a network call pays

    environment = {**QUIET, **access, **repository}
    try:
        started: Any = git.Git(cwd).execute(
            [*_clearing(_KEPT_FOR_NETWORK, environment), *_limiting(limits), "git", *_ARGUMENTS, *command],
            env=environment,
            as_process=True,
            pass_fds=() if lock is None else (lock,),
            process_group=0,
        )
    except git.GitCommandNotFound:
        raise WorkspaceError("git is not installed") from None
    process: Process = started.proc
    started.proc = None  # GitPython would kill the process when this object is freed
    return process


def _limiting(limits: Limits | None) -> tuple[str, ...]:
    """The shell sets them and becomes git: nothing runs between a fork and its program in a process with threads."""
    if limits is None:
        return ()
    script = 'ulimit -f "$1" && ulimit -v "$2" && shift 2 && exec "$@"'
    return ("sh", "-c", script, "sh", str(limits.file_bytes // 512), str(limits.memory_bytes // 1024))


def upload_pack(source: Mapping[str, str], command: str) -> tuple[str, ...]:
    """Options for a command that fetches from a repository on this machine; ``source``: its variables from `isolated`.
    Git takes the variables that say where a repository is from its own children, so that they stand in the option."""
    if not source or command not in ("fetch", "ls-remote"):
        return ()
    variables = {**QUIET, **_NO_CONFIGURATION, "GIT_COMMON_DIR": source["GIT_COMMON_DIR"]}
    words = (f"{name}={value}" for name, value in variables.items())
    line = join(["env", *words, "git", *_ARGUMENTS, "-c", "safe.directory=*", "upload-pack"])
    return (f"--upload-pack={line}",)


def receive_pack(source: Mapping[str, str], command: str) -> tuple[str, ...]:
    """Options for a command that pushes to a repository on this machine. Its hooks and its configuration count, as for
    everybody who pushes there: they may be what protects a branch. They get none of the server's variables, and the
    user's own configuration puts no others in their place."""
    if not source or command != "push":
        return ()
    kept = (f"{name}={os.environ[name]}" for name in _KEPT_FOR_HOOKS if name in os.environ)
    words = ["env", "-i", "LC_ALL=C", f"GIT_CONFIG_GLOBAL={_NOTHING}", *kept, "git", "receive-pack"]
    return (f"--receive-pack={join(words)}",)


def _invocation(command: Sequence[str], repository: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    is_reading = repository is not NO_REPOSITORY
    kept = _KEPT if is_reading else _KEPT_FOR_CONFIGURATION
    clean = {name: value for name, value in os.environ.items() if not _is_dropped(name, kept)}
    own = _NO_CONFIGURATION if is_reading else {}
    return ["git", *_ARGUMENTS, *command], {**clean, **QUIET, **own, **repository}


def _clearing(kept: tuple[str, ...], given: Mapping[str, str]) -> list[str]:
    """Unsets variables with ``env``: GitPython can only add to the caller's environment."""
    dropped = [name for name in os.environ if _is_dropped(name, kept) and name not in given]
    return ["env", *(word for name in dropped for word in ("-u", name))] if dropped else []


def _is_dropped(name: str, kept: tuple[str, ...]) -> bool:
    return name.startswith("GIT_") and (name in _NEVER_KEPT or not name.startswith(kept))
