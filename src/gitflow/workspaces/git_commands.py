"""Runs git to read a repository on this machine, without the configuration of that repository.

It uses git's plumbing commands, whose output is made for programs; docs/decisions has the measurements.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.snapshot import Commit
from gitflow.workspaces import git_process
from gitflow.workspaces.isolation import Repository, isolated, repository_at

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from gitflow.workspaces.git_process import Process

_MAX_OUTPUT_BYTES = 256 << 20  #: bytes; a tree of some two million files
_CHUNK = 1 << 18
_WINDOW = 200  #: names sent at once; they fit into a pipe's buffer, so that neither side blocks the other


class GitFailed(WorkspaceError):
    """Git failed; the message is the first line of its error."""


def run(
    *command: str,
    repository: Repository | str | None = None,
    cwd: str = "/",
    own: Mapping[str, str] | None = None,
    source: bytes = b"",
) -> bytes:
    """The output of a git command. ``repository``: the repository or its git folder; without it git reads only the
    user's configuration. ``own``: see ``isolated``. Raises GitFailed."""
    return gather([command], repository, cwd, own, source)[0]


def gather(
    commands: Sequence[Sequence[str]],
    repository: Repository | str | None,
    cwd: str = "/",
    own: Mapping[str, str] | None = None,
    source: bytes = b"",
    without_repository: Sequence[Sequence[str]] = (),
) -> list[bytes]:
    """The outputs of commands that run at the same time, those without the repository last. Raises GitFailed for the
    first that failed."""
    with _opened(repository, own) as variables, _Started(cwd) as started:
        for command in commands:
            started.add(command, variables)
        for command in without_repository:
            started.add(command, git_process.NO_REPOSITORY)
        return [_finish(process, source) for process in started.processes]


@contextmanager
def _opened(repository: Repository | str | None, own: Mapping[str, str] | None = None) -> Generator[Mapping[str, str]]:
    if isinstance(repository, str):
        found = repository_at(repository)
        if found is None:
            raise GitFailed(f"not a git repository: {repository!r}")
        repository = found
    with isolated(repository, own) as variables:
        yield variables


class _Started:
    """Processes that are ended when the block is left, even by an exception."""

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self.processes: list[Process] = []

    def __enter__(self) -> _Started:
        return self

    def add(self, command: Sequence[str], variables: Mapping[str, str]) -> Process:
        self.processes.append(git_process.start(command, self._cwd, variables))
        return self.processes[-1]

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            end(process)


def end(process: Process) -> None:
    """Kills a process that still runs, closes its pipes and reaps it."""
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # unsent input is not needed any more
    process.wait()


def _finish(process: Process, source: bytes) -> bytes:
    out, err = process.communicate(source)
    if process.returncode:
        raise GitFailed(first_words(err.decode(errors="replace")))
    if len(out) > _MAX_OUTPUT_BYTES:
        raise WorkspaceError("the repository has more files than gitflow reads")
    return out


def first_words(stderr: str) -> str:
    """The line of git's error output with the cause."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "git failed")
    return said.removeprefix("fatal: ").removeprefix("error: ")[:500]


class Blob:
    """An object from git's output: read it before the next one is requested."""

    __slots__ = ("_left", "_pipe", "kind", "name", "size")

    def __init__(self, pipe: IO[bytes], name: str, kind: str, size: int) -> None:
        self._pipe, self._left = pipe, size
        self.name, self.kind, self.size = name, kind, size

    @property
    def found(self) -> bool:
        return self.kind not in ("missing", "ambiguous")

    def chunks(self) -> Iterator[bytes]:
        """Raises WorkspaceError if the object is missing or git ends in between."""
        if not self.found:
            raise WorkspaceError(f"object {self.name} is missing from the repository")
        while self._left:
            chunk = self._pipe.read(min(_CHUNK, self._left))
            if not chunk:
                raise WorkspaceError(f"object {self.name} cannot be read from the repository")
            self._left -= len(chunk)
            yield chunk

    def head(self, most: int) -> bytes:
        """At most the first ``most`` bytes."""
        kept = bytearray()
        for chunk in self.chunks():
            if len(kept) < most:
                kept += chunk
        return bytes(kept[:most])


def objects(git_dir: str, names: Iterable[str]) -> Generator[Blob]:
    """The named objects, in order; each can be read until the next is requested."""
    wanted = list(names)
    if not wanted:
        return
    with _opened(git_dir) as variables, _Started("/") as started:
        process = started.add(("cat-file", "--batch"), variables)
        requests, answers = process.stdin, process.stdout
        assert requests
        assert answers
        for first in range(0, len(wanted), _WINDOW):
            window = wanted[first : first + _WINDOW]
            requests.write(os.fsencode("\n".join(window) + "\n"))
            requests.flush()
            for _ in window:
                blob = _header(process, answers)
                yield blob
                if blob.found:
                    blob.head(0)  # whatever was not read
                    answers.read(1)  # the newline that git adds


def _header(process: Process, answers: IO[bytes]) -> Blob:
    line = answers.readline()
    if not line:
        assert process.stderr
        raise GitFailed(first_words(process.stderr.read().decode(errors="replace")))
    name, _, rest = os.fsdecode(line.rstrip(b"\n")).rpartition(" ")
    if rest in ("missing", "ambiguous"):
        return Blob(answers, name, rest, 0)
    sha, _, kind = name.rpartition(" ")
    return Blob(answers, sha, kind, int(rest))


def parse_commit(sha: str, data: bytes) -> Commit:
    """The author, message and time of a commit object; malformed parts are left empty."""
    head, _, message = data.partition(b"\n\n")
    lines = [line.partition(b" ") for line in reversed(head.split(b"\n")) if not line.startswith(b" ")]
    fields = {name: value for name, _, value in lines}
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author = fields.get(b"author", b"").rpartition(b">")[0]
    when = fields.get(b"committer", b"").rpartition(b">")[2].split()
    return Commit(
        sha=sha,
        author=_text(author + b">" if author else b"", encoding),
        message=_text(message, encoding).strip(),
        at=float(when[0]) if when and when[0].isdigit() else 0.0,
    )


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")
