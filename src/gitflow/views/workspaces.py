"""Workspaces, what was loaded of them, and what is wrong with their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record, replace
from gitflow.core.signatures import Verdict
from gitflow.runtime.workspaces.drift import REASONS, STATUSES, reason_of, status_of
from gitflow.views.noun import Field, Noun, writer
from gitflow.views.schema import FLAG, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.language.snapshot import Commit
    from gitflow.core.problems import Problem
    from gitflow.core.signatures import Signature
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.revisions import LoadedRevision, SyncPause


@record
class SeenWorkspace:
    """A workspace as one caller sees it: what the caller may not see is not counted."""

    found: ServedWorkspace
    tasks_count: int
    actions_count: int
    triggers_count: int
    with_problems: bool


@record
class SeenRevision:
    loaded: LoadedRevision
    with_problems: bool


PROBLEM = Noun(
    "Problem",
    "Something that is wrong with definitions.",
    (
        Field("severity", one_of("error", "warning"), "severity.value"),
        Field("rule", TEXT),
        Field("file", or_null(TEXT), lambda it: it.file or None),
        Field("line", or_null(WHOLE), lambda it: it.line or None),
        Field("column", or_null(WHOLE), lambda it: it.column or None),
        Field("message", TEXT),
        Field("hint", or_null(TEXT), lambda it: it.hint or None),
    ),
)

WORKSPACE = Noun(
    "Workspace",
    "A workspace, and what is served of it.",
    (
        Field("name", TEXT, "found.name"),
        Field("tasks_count", WHOLE),
        Field("actions_count", WHOLE),
        Field("triggers_count", WHOLE),
        Field(
            "revision",
            or_null(TEXT),
            lambda it: it.found.snapshot.revision if it.found.snapshot else None,
            about="What is in force; null while nothing was ever good.",
        ),
        Field(
            "candidate",
            or_null(ref("Candidate")),
            lambda it: _candidate(it) if it.found.candidate else None,
            about="A newer revision that was refused.",
        ),
        Field("error", or_null(TEXT), "found.error", about="Why nothing newer can be seen."),
        Field("branch", or_null(TEXT), "found.branch"),
        Field("commit", or_null(ref("Commit")), lambda it: commit(it.found.commit) if it.found.commit else None),
        Field(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.found.signature),
            about="Of what is in force; null where signatures are not looked at.",
        ),
        Field("drift", ref("Drift"), lambda it: drift(it.found), about="How it stands to the remote branch."),
    ),
    list_name="WorkspaceList",
)

DRIFT = Noun(
    "Drift",
    "How what is served of a workspace stands to its remote branch.",
    (
        Field("status", one_of(*STATUSES), status_of, about="`unserved`: nothing is in force."),
        Field(
            "behind",
            or_null(WHOLE),
            lambda it: it.distance and it.distance.behind,
            about="Commits that only the branch has.",
        ),
        Field(
            "ahead",
            or_null(WHOLE),
            lambda it: it.distance and it.distance.ahead,
            about="Commits that the branch lacks.",
        ),
        Field("revision", or_null(TEXT), lambda it: it.revision.id if it.revision else None),
        Field(
            "remote",
            or_null(TEXT),
            lambda it: it.remote.id if it.remote else None,
            about="Where the branch was last seen.",
        ),
        Field("unreachable_since", or_null(TIME)),
        Field("reason", or_null(one_of(*REASONS)), lambda it: reason_of(it)[0]),
        Field("message", or_null(TEXT), lambda it: reason_of(it)[1], about="The reason in words."),
        Field("pause", or_null(ref("SyncPause")), lambda it: sync_pause(it.pause) if it.pause else None),
    ),
)

SYNC_PAUSE = Noun(
    "SyncPause",
    "Somebody has stopped a workspace from following its remote branch.",
    (Field("at", TIME), Field("by", TEXT, "actor"), Field("reason", TEXT)),
)

CANDIDATE = Noun(
    "Candidate",
    "A revision that was refused.",
    (
        Field("revision", TEXT, "found.candidate.revision.id"),
        Field("problems", list_of(ref("Problem")), lambda it: _problems(it, it.found.candidate.problems)),
        Field(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.found.candidate.signature),
            about="That it was refused for; null where it was refused for something else.",
        ),
    ),
)

SIGNATURE = Noun(
    "Signature",
    "Who signed a revision, by the files that the server's configuration names.",
    (
        Field("verdict", one_of(*(verdict.value for verdict in Verdict)), "verdict.value"),
        Field("signed", one_of("commit", "tag"), about="What is signed: the commit, or a tag that names it."),
        Field("object", TEXT, about="The SHA of the commit or tag."),
        Field("signer", or_null(TEXT), lambda it: it.signer or None),
        Field("key", or_null(TEXT), lambda it: it.key or None, about="The fingerprint of the key."),
        Field("seen_at", or_null(TIME), about="When this server first saw it: the key must have counted then."),
        Field("reason", or_null(TEXT), lambda it: it.reason or None, about="Why it is not valid."),
    ),
)

_COMMIT = (Field("author", TEXT), Field("message", TEXT), Field("at", TIME))

COMMIT = Noun("Commit", "A commit.", _COMMIT)

VERSION = Noun(
    "Version",
    "A commit that changed the files that define a task.",
    (Field("revision", TEXT, "sha"), *_COMMIT),
    list_name="Versions",
)

LOADED_REVISION = Noun(
    "LoadedRevision",
    "A revision that was loaded: it came in force, or was refused.",
    (
        Field("id", WHOLE, "loaded.id"),
        Field("revision", TEXT, "loaded.revision.id"),
        Field("loaded_at", TIME, "loaded.loaded_at"),
        Field("accepted", FLAG, "loaded.is_accepted"),
        Field("dirty", FLAG, "loaded.revision.dirty", about="There were changes that were not committed."),
        Field("branch", or_null(TEXT), "loaded.branch"),
        Field(
            "commit",
            or_null(ref("Commit")),
            lambda it: commit(it.loaded.revision.commit) if it.loaded.revision.commit else None,
        ),
        Field(
            "problems",
            list_of(ref("Problem")),
            lambda it: _problems(it, it.loaded.problems),
            about="Why it was refused, or warnings.",
        ),
        Field(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.loaded.signature),
            about="What was found of its signature; null where nobody looked, or it was refused for something else.",
        ),
    ),
    list_name="Revisions",
)

NOUNS = (PROBLEM, WORKSPACE, CANDIDATE, SIGNATURE, DRIFT, SYNC_PAUSE, COMMIT, LOADED_REVISION, VERSION)

problem: Callable[[Problem], JsonObject] = writer(PROBLEM)
workspace: Callable[[SeenWorkspace], JsonObject] = writer(WORKSPACE)
commit: Callable[[Commit], JsonObject] = writer(COMMIT)
version: Callable[[Commit], JsonObject] = writer(VERSION)
loaded_revision: Callable[[SeenRevision], JsonObject] = writer(LOADED_REVISION)
signature: Callable[[Signature], JsonObject] = writer(SIGNATURE)
drift: Callable[[ServedWorkspace], JsonObject] = writer(DRIFT)
sync_pause: Callable[[SyncPause], JsonObject] = writer(SYNC_PAUSE)
_candidate = writer(CANDIDATE)


def _problems(seen: SeenWorkspace | SeenRevision, problems: tuple[Problem, ...]) -> list[JsonObject]:
    return [problem(each) for each in problems] if seen.with_problems else []


def _signature(seen: SeenWorkspace | SeenRevision, found: Signature | None) -> JsonObject | None:
    """The reason may name files of the server."""
    if found is None:
        return None
    return signature(found if seen.with_problems else replace(found, reason=""))
