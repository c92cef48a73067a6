"""The versions of a task: the commits that changed what a run of it does.

Only commits that touch a file which the task uses are looked at. What it uses is read from the definitions, which an
older commit may have in other files; so the walk is repeated with those, until it finds no more files. Snapshots come
from the compiled cache where they were made before.
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from gitflow.core.changes.compare import SECTIONS, compare
from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, Change, Changes, Side
from gitflow.core.changes.uses import restricted, uses_of
from gitflow.core.errors import NotFound, WorkspaceError
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.language.sources import DEFINITIONS_FOLDER, Revision
from gitflow.core.names import closest
from gitflow.core.problems import Place, Problem
from gitflow.core.record import Record, replace
from gitflow.workspaces import lineage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitflow.core.language.snapshot import Commit
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.git import GitWorkspace
    from gitflow.workspaces.lineage import Parents


class TaskState(Record):
    """A task at one commit, as far as it could be read."""

    side: Side  #: what the task uses, alone; nothing where there is no such task
    places: frozenset[str] = frozenset()  #: the files that decide what the task is
    is_here: bool = True  #: the task is defined, in text that could be read
    problems: tuple[Problem, ...] = ()  #: errors of the workspace: at this commit nothing runs
    whole: Snapshot | None = None  #: where the task is not defined: the definitions that are


class Version(Record):
    """A commit that changed the task, and how."""

    commit: Commit
    parents: tuple[str, ...]  #: the commits before it that touched one of the task's files
    changes: Changes  #: against its first parent
    problems: tuple[Problem, ...] = ()
    is_here: bool = True  #: the task can be read at this commit

    @property
    def loads(self) -> bool:
        return self.is_here and not self.problems


class Lineage(Record):
    """The history of a task, newest first."""

    task: str
    tip: Revision
    versions: tuple[Version, ...]
    parents: Parents  #: of each commit that touched one of the task's files, newest first
    is_shallow: bool = False  #: older commits are not in this clone


class Page(Record):
    """A part of the history of a task, newest first."""

    versions: tuple[Version, ...]
    rest: tuple[str, ...]  #: the commits from which older ones are found; empty at the end


#: How often a page is walked anew because an older commit has the task in other files.
MAX_WALKS = 20

_NOWHERE = TaskState(Side(Snapshot("", "")), is_here=False)


class Tracer:
    """Reads the states of one task in one repository. ``extra``: further paths whose change counts."""

    def __init__(self, snapshots: Snapshots, source: GitWorkspace, task: str, extra: Sequence[str] = ()) -> None:
        self._snapshots = snapshots
        self._source = source
        self._task = task
        self._extra = tuple(extra)
        self._states: dict[str, TaskState] = {}
        self._last: Revision | None = None

    def trace(self, tip: Revision, without: str | None = None, also: Iterable[str] = ()) -> Lineage:
        """All versions up to ``tip``; ``without``: not those up to this commit. ``also``: commits at which the task
        may use other files. Raises NotFound where there is no such task at the tip, and WorkspaceError."""
        self._require(tip)
        walked, real = self._walk([tip.id], without, also)
        return Lineage(self._task, tip, self._versions(walked, real), walked, lineage.is_shallow(self._source.git_dir))

    def page(self, heads: Sequence[str], most: int) -> Page:
        """The versions among the first ``most`` commits from ``heads`` backwards that touched one of the task's files.
        Raises WorkspaceError."""
        walked, real = self._walk(heads, None, (), most)
        own = dict(islice(walked.items(), most))
        rest = {sha: parents for sha, parents in walked.items() if sha not in own}
        return Page(self._versions(own, real), lineage.heads(rest))

    def _walk(
        self, tips: Sequence[str], without: str | None, also: Iterable[str], most: int | None = None
    ) -> tuple[Parents, Parents]:
        """The commits that touched one of the task's files, with the nearest of them before each; and the parents that
        the first ``most`` of them have."""
        git_dir = self._source.git_dir
        wanted = set(self._extra_paths())
        looked_at: list[str] = [*tips, *also]
        walked: Parents = {}
        real: Parents = {}
        for _ in count() if most is None else range(MAX_WALKS):
            found = {self._in_repository(path) for sha in looked_at for path in self.state(sha).places}
            if found <= wanted and walked:
                break
            wanted |= found
            walked = lineage.walk(git_dir, tips, without, wanted)
            real = lineage.parents(git_dir, tuple(islice(walked, most)))
            if not walked:
                break
            looked_at = list(dict.fromkeys(each for sha in reversed(real) for each in (*real[sha], sha)))
        return walked, real

    def _versions(self, walked: Parents, real: Parents) -> tuple[Version, ...]:
        commits = lineage.commits(self._source.git_dir, tuple(walked))
        made = (self._version(commits[sha], walked[sha], walked, real) for sha in walked)
        return tuple(version for version in made if version is not None)

    def state(self, sha: str) -> TaskState:
        found = self._states.get(sha)
        if found is None:
            found = self._states[sha] = self._read(Revision(sha))
        return found

    def _require(self, tip: Revision) -> None:
        state = self.state(tip.id)
        if state.is_here:
            return
        examined = self._snapshots.examine(self._source, tip)
        if ("tasks", self._task) in examined.broken or examined.unreadable:
            first = next(problem for problem in examined.problems if problem.is_error)
            raise WorkspaceError(
                f"task {self._task!r} cannot be read at {tip.id[:12]}: {first.file}:{first.line}: {first.message}"
            )
        raise NotFound("task", self._task, closest(self._task, examined.snapshot.tasks))

    def _read(self, revision: Revision) -> TaskState:
        try:
            before, self._last = self._last or revision, revision
            _, examined = self._snapshots.examine_both((self._source, before), (self._source, revision))
        except WorkspaceError:  # no such folder yet
            return TaskState(Side(Snapshot(self._source.identity, revision.id)), is_here=False)
        errors = tuple(problem for problem in examined.problems if problem.is_error)
        if self._task not in examined.snapshot.tasks:
            empty = Side(restricted(examined.snapshot, ()), {}, examined.broken, examined.unreadable)
            places = {f"{DEFINITIONS_FOLDER}"} if errors else set[str]()
            return TaskState(empty, frozenset(places), is_here=False, problems=errors, whole=examined.snapshot)
        uses = uses_of(examined.snapshot, self._task)
        named = {*uses.files, *(word for word in uses.words if self._source.has_file(revision, word))}
        files = {**self._source.digests(revision, sorted(named)), **self._extra_ids(revision.id)}
        side = Side(restricted(examined.snapshot, uses.members), files, examined.broken, examined.unreadable)
        return TaskState(side, uses.places | uses.files | named, True, errors)

    def _version(self, commit: Commit, nearest: tuple[str, ...], walked: Parents, real: Parents) -> Version | None:
        """None where the commit left the task as one of its parents had it."""
        after = self.state(commit.sha)
        befores = [self._readable(parent, walked, real) for parent in real[commit.sha]] or [_NOWHERE]
        if not after.is_here and after.problems:
            is_news = any(before.is_here for before in befores)
            return Version(commit, nearest, Changes(), after.problems, is_here=False) if is_news else None
        found = [changes_between(before, after) for before in befores]
        if not all(changes.changes for changes in found):
            return None
        return Version(commit, nearest, found[0], after.problems, after.is_here)

    def _readable(self, sha: str, walked: Parents, real: Parents) -> TaskState:
        """The commit's state, or where the task cannot be read there, that of the last one before where it can."""
        while True:
            state = self.state(sha)
            before = walked.get(sha) or real.get(sha)
            if state.is_here or not state.problems or not before:
                return state
            sha = before[0]

    def _in_repository(self, path: str) -> str:
        return f"{self._source.subpath}/{path}" if self._source.subpath else path

    def _extra_paths(self) -> list[str]:
        return [self._in_repository(path) for path in self._extra]

    def _extra_ids(self, sha: str) -> dict[str, str]:
        names = [f"{sha}:{path}" for path in self._extra_paths()]
        found = lineage.ids(self._source.git_dir, names)
        return {path: id for path, id in zip(self._extra, found, strict=True) if id is not None}


def changes_between(before: TaskState, after: TaskState) -> Changes:
    """What happened to the task and to what it uses, in the words of a plan."""
    found = compare(_beside(before, after), _beside(after, before), 0.0).changes
    if not (before.is_here and after.is_here):
        other = ADDED if before.is_here else REMOVED
        return Changes(tuple(change for change in found if change.kind != "file" and change.change != other))
    named = {change.name for change in found if change.kind == "file"}
    old, new = before.side.files, after.side.files
    differing = (path for path in sorted({*old, *new} - named) if old.get(path) != new.get(path))
    return Changes((*found, *(_of_file(path, old, new) for path in differing)))


def _beside(state: TaskState, other: TaskState) -> Side:
    """The state as it is compared with the other. Where the task is not defined, that is with what the other uses and
    was there all the same, and with tasks that may be the same one under another name."""
    if state.whole is None or not other.is_here:
        return state.side
    used = {(kind, name) for kind, section in SECTIONS.items() for name in getattr(other.side.snapshot, section)}
    others = {("task", name) for name in state.whole.tasks}
    there = {(kind, name) for kind, name in used | others if name in getattr(state.whole, SECTIONS[kind])}
    return replace(state.side, snapshot=restricted(state.whole, there))


def _of_file(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> Change:
    change = ADDED if path not in old else REMOVED if path not in new else CHANGED
    return Change("file", path, change, Place(path), summary=f"content {change}")
