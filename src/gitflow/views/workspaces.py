"""The JSON of workspaces, of their loaded revisions, and of problems in their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.language.snapshot import Commit
    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.revisions import LoadedRevision


@record
class VisibleWorkspace:
    """A workspace as one caller sees it: the counts include only what the caller may see."""

    found: ServedWorkspace
    tasks_count: int
    actions_count: int
    triggers_count: int
    with_problems: bool


@record
class PushResult:
    workspace: str
    reason: str | None = None  #: why the push was ignored; None: it was not


@record
class RefreshResult:
    workspace: str
    revision: str | None
    is_refreshed: bool


@record
class VisibleRevision:
    loaded: LoadedRevision
    with_problems: bool


PROBLEM = Noun(
    "Problem",
    "Something that is wrong with definitions.",
    (
        JsonField("severity", one_of("error", "warning"), "severity.value"),
        JsonField("rule", TEXT),
        JsonField("file", or_null(TEXT), lambda it: it.file or None),
        JsonField("line", or_null(WHOLE), lambda it: it.line or None),
        JsonField("column", or_null(WHOLE), lambda it: it.column or None),
        JsonField("message", TEXT),
        JsonField("hint", or_null(TEXT), lambda it: it.hint or None),
    ),
)

WORKSPACE = Noun(
    "Workspace",
    "A workspace, and what is served of it.",
    (
        JsonField("name", TEXT, "found.name"),
        JsonField("tasks_count", WHOLE),
        JsonField("actions_count", WHOLE),
        JsonField("triggers_count", WHOLE),
        JsonField(
            "revision",
            or_null(TEXT),
            lambda it: it.found.snapshot.revision if it.found.snapshot else None,
            about="What is in force; null while nothing was ever good.",
        ),
        JsonField(
            "candidate",
            or_null(ref("Candidate")),
            lambda it: _candidate(it) if it.found.candidate else None,
            about="A newer revision that was refused.",
        ),
        JsonField("error", or_null(TEXT), "found.error", about="Why nothing newer can be seen."),
        JsonField("branch", or_null(TEXT), "found.branch"),
        JsonField("commit", or_null(ref("Commit")), lambda it: commit(it.found.commit) if it.found.commit else None),
    ),
    list_name="WorkspaceList",
)

CANDIDATE = Noun(
    "Candidate",
    "A revision that was refused.",
    (
        JsonField("revision", TEXT, "found.candidate.revision.id"),
        JsonField("problems", list_of(ref("Problem")), lambda it: _problems(it, it.found.candidate.problems)),
    ),
)

_COMMIT = (JsonField("author", TEXT), JsonField("message", TEXT), JsonField("at", TIME))

COMMIT = Noun("Commit", "A commit.", _COMMIT)

VERSION = Noun(
    "Version",
    "A commit that changed the files that define a task.",
    (JsonField("revision", TEXT, "sha"), *_COMMIT),
    list_name="Versions",
)

LOADED_REVISION = Noun(
    "LoadedRevision",
    "A revision that was loaded: it came in force, or was refused.",
    (
        JsonField("id", WHOLE, "loaded.id"),
        JsonField("revision", TEXT, "loaded.revision.id"),
        JsonField("loaded_at", TIME, "loaded.loaded_at"),
        JsonField("accepted", FLAG, "loaded.is_accepted"),
        JsonField("dirty", FLAG, "loaded.revision.dirty", about="There were changes that were not committed."),
        JsonField("branch", or_null(TEXT), "loaded.branch"),
        JsonField(
            "commit",
            or_null(ref("Commit")),
            lambda it: commit(it.loaded.revision.commit) if it.loaded.revision.commit else None,
        ),
        JsonField(
            "problems",
            list_of(ref("Problem")),
            lambda it: _problems(it, it.loaded.problems),
            about="Why it was refused, or warnings.",
        ),
    ),
    list_name="Revisions",
)

PUSHED = Noun(
    "Pushed",
    "What became of the news of a push.",
    (
        JsonField("workspace", TEXT),
        JsonField("accepted", FLAG, lambda it: it.reason is None, about="Whether the workspace is looked at now."),
        JsonField("reason", or_null(TEXT), about="Why not."),
    ),
)

REFRESHED = Noun(
    "Refreshed",
    "What a look at a workspace found.",
    (
        JsonField("workspace", TEXT),
        JsonField("revision", or_null(TEXT)),
        JsonField("refreshed", FLAG, "is_refreshed", about="Whether this call moved the workspace."),
    ),
)

NOUNS = (PROBLEM, WORKSPACE, CANDIDATE, COMMIT, LOADED_REVISION, VERSION, PUSHED, REFRESHED)

problem: Callable[[Problem], JsonObject] = writer(PROBLEM)
workspace: Callable[[VisibleWorkspace], JsonObject] = writer(WORKSPACE)
commit: Callable[[Commit], JsonObject] = writer(COMMIT)
version: Callable[[Commit], JsonObject] = writer(VERSION)
loaded_revision: Callable[[VisibleRevision], JsonObject] = writer(LOADED_REVISION)
push_result: Callable[[PushResult], JsonObject] = writer(PUSHED)
refresh_result: Callable[[RefreshResult], JsonObject] = writer(REFRESHED)
_candidate = writer(CANDIDATE)


def _problems(seen: VisibleWorkspace | VisibleRevision, problems: tuple[Problem, ...]) -> list[JsonObject]:
    return [problem(each) for each in problems] if seen.with_problems else []
