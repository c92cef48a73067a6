"""The JSON of workspaces, of their loaded revisions, and of problems in their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, replace
from gitflow.core.signatures import Verdict
from gitflow.runtime.workspaces.drift import REASONS, STATUSES, reason_of, status_of
from gitflow.views.commits import COMMIT as SUMMARY
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.language.snapshot import Commit
    from gitflow.core.problems import Problem
    from gitflow.core.signatures import Signature
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.revisions import Acceptance, LoadedRevision, SyncPause


#: What may come of a revision that is loaded.
VERDICTS = ("accepted", "errors", "policy", "signature")


class VisibleWorkspace(Record):
    """A workspace as one caller sees it: the counts include only what the caller may see."""

    found: ServedWorkspace
    tasks_count: int
    actions_count: int
    triggers_count: int
    with_problems: bool
    web_url: str | None = None
    acceptance: Acceptance | None = None  #: of the active revision
    writable: bool | str = False  #: as in the configuration


class PushResult(Record):
    workspace: str
    reason: str | None = None  #: why the push was ignored; None: it was not


class RefreshResult(Record):
    workspace: str
    revision: str | None
    is_refreshed: bool


class VisibleRevision(Record):
    loaded: LoadedRevision
    with_problems: bool


PROBLEM = Noun(
    "Problem",
    "An error or a warning about definitions.",
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
    "A workspace and its active revision.",
    (
        JsonField("name", TEXT, "found.name"),
        JsonField("tasks_count", WHOLE),
        JsonField("actions_count", WHOLE),
        JsonField("triggers_count", WHOLE),
        JsonField(
            "revision",
            or_null(TEXT),
            lambda it: it.found.snapshot.revision if it.found.snapshot else None,
            about="The active revision; null if there has been none without errors.",
        ),
        JsonField(
            "candidate",
            or_null(ref("Candidate")),
            lambda it: _candidate(it) if it.found.candidate else None,
            about="A newer revision that was refused.",
        ),
        JsonField("error", or_null(TEXT), "found.error", about="Why newer revisions cannot be fetched or read."),
        JsonField("branch", or_null(TEXT), "found.branch"),
        JsonField("commit", or_null(ref("Commit")), lambda it: commit(it.found.commit) if it.found.commit else None),
        JsonField(
            "web_url",
            or_null(TEXT),
            about="A link to a file at the code host, in which the client replaces `{revision}`, `{path}`, `{line}`.",
        ),
        JsonField(
            "remote",
            or_null(TEXT),
            lambda it: _remote(it) if it.with_problems else None,
            about="The repository that it follows, without credentials; null for a folder, and for callers who may not "
            "see the whole workspace.",
        ),
        JsonField(
            "writable",
            {"enum": [False, True, "direct"]},
            about="Whether the API may change its files: `true` on branches of their own, `direct` on the served one.",
        ),
        JsonField(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.found.signature),
            about="Signature of the active revision; null if signatures are not checked.",
        ),
        JsonField(
            "acceptance",
            or_null(ref("Acceptance")),
            lambda it: acceptance(it.acceptance) if it.acceptance else None,
            about="Who decided to serve the active revision although it broke the policy.",
        ),
        JsonField(
            "drift",
            ref("Drift"),
            lambda it: drift(it.found),
            about="The active revision, compared with the remote branch.",
        ),
    ),
    list_name="WorkspaceList",
)

DRIFT = Noun(
    "Drift",
    "The active revision of a workspace, compared with its remote branch.",
    (
        JsonField(
            "status",
            one_of(*STATUSES),
            status_of,
            about="Result of the comparison; `unserved`: there is no active revision.",
        ),
        JsonField(
            "behind",
            or_null(WHOLE),
            lambda it: it.distance and it.distance.behind,
            about="Number of commits that only the remote branch has.",
        ),
        JsonField(
            "ahead",
            or_null(WHOLE),
            lambda it: it.distance and it.distance.ahead,
            about="Number of commits that the remote branch does not have.",
        ),
        JsonField("revision", or_null(TEXT), lambda it: it.revision.id if it.revision else None),
        JsonField(
            "remote",
            or_null(TEXT),
            lambda it: it.remote.id if it.remote else None,
            about="Commit of the remote branch when it was last fetched.",
        ),
        JsonField("unreachable_since", or_null(TIME)),
        JsonField("reason", or_null(one_of(*REASONS)), lambda it: reason_of(it)[0]),
        JsonField("message", or_null(TEXT), lambda it: reason_of(it)[1], about="The reason in words."),
        JsonField("pause", or_null(ref("SyncPause")), lambda it: sync_pause(it.pause) if it.pause else None),
    ),
)

SYNC_PAUSE = Noun(
    "SyncPause",
    "Who stopped a workspace from following its remote branch, when and why.",
    (JsonField("at", TIME), JsonField("by", TEXT, "actor"), JsonField("reason", TEXT)),
)

CANDIDATE = Noun(
    "Candidate",
    "A revision that was refused.",
    (
        JsonField("revision", TEXT, "found.candidate.revision.id"),
        JsonField("problems", list_of(ref("Problem")), lambda it: _problems(it, it.found.candidate.problems)),
        JsonField(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.found.candidate.signature),
            about="The check of its signature, if that is why it was refused; otherwise null.",
        ),
        JsonField(
            "acceptable",
            FLAG,
            "found.candidate.breaks_policy",
            about="Whether it was refused because of the policy alone, so that an administrator may accept it.",
        ),
    ),
)

SIGNATURE = Noun(
    "Signature",
    "Who signed a revision, according to the files that the server's configuration names.",
    (
        JsonField("verdict", one_of(*(verdict.value for verdict in Verdict)), "verdict.value"),
        JsonField("signed", one_of("commit", "tag"), about="What is signed: the commit, or a tag that names it."),
        JsonField("object", TEXT, about="The SHA of the commit or tag."),
        JsonField("signer", or_null(TEXT), lambda it: it.signer or None),
        JsonField("key", or_null(TEXT), lambda it: it.key or None, about="The fingerprint of the key."),
        JsonField("seen_at", or_null(TIME), about="When this server first saw it: the key must have been valid then."),
        JsonField("reason", or_null(TEXT), lambda it: it.reason or None, about="Why it is not valid."),
    ),
)

COMMIT = Noun(
    "Commit",
    "A commit of git.",
    (*SUMMARY.fields, JsonField("message", TEXT, about="The whole message, with its first line.")),
)

LOADED_REVISION = Noun(
    "LoadedRevision",
    "A revision that was loaded: it became active, or was refused.",
    (
        JsonField("id", WHOLE, "loaded.id"),
        JsonField("revision", TEXT, "loaded.revision.id"),
        JsonField("loaded_at", TIME, "loaded.loaded_at"),
        JsonField("accepted", FLAG, "loaded.is_accepted"),
        JsonField(
            "verdict",
            one_of(*VERDICTS),
            lambda it: _verdict(it.loaded),
            about="What came of it: it became active (`accepted`), or was refused because of errors, the policy or its "
            "signature.",
        ),
        JsonField("dirty", FLAG, "loaded.revision.dirty", about="Whether there were uncommitted changes."),
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
            about="Errors for which it was refused, or warnings.",
        ),
        JsonField(
            "signature",
            or_null(ref("Signature")),
            lambda it: _signature(it, it.loaded.signature),
            about="Result of the signature check; null if signatures are not checked, or it was refused for another "
            "reason.",
        ),
        JsonField(
            "acceptance",
            or_null(ref("Acceptance")),
            lambda it: acceptance(it.loaded.acceptance) if it.loaded.acceptance else None,
            about="Who decided to serve it although it breaks the policy.",
        ),
    ),
    list_name="Revisions",
)

ACCEPTANCE = Noun(
    "Acceptance",
    "An administrator's decision to serve a revision although it breaks the policy.",
    (
        JsonField("at", TIME),
        JsonField("by", TEXT, "actor"),
        JsonField("reason", TEXT),
        JsonField("expires_at", or_null(TIME), about="When it ends at the latest."),
        JsonField(
            "ended_at",
            or_null(TIME),
            about="When it was withdrawn, or another revision became active. The revision stays active if it is; to "
            "become active again it must be accepted again.",
        ),
        JsonField("ended_by", or_null(TEXT), about="Who withdrew it; `engine` if another revision became active."),
        JsonField("ended_reason", or_null(TEXT), about="Why it was withdrawn."),
    ),
)

PUSHED = Noun(
    "Pushed",
    "Result of a message about a push.",
    (
        JsonField("workspace", TEXT),
        JsonField("accepted", FLAG, lambda it: it.reason is None, about="Whether the workspace will be refreshed."),
        JsonField("reason", or_null(TEXT), about="Why it will not be refreshed."),
    ),
)

REFRESHED = Noun(
    "Refreshed",
    "Result of a refresh of a workspace.",
    (
        JsonField("workspace", TEXT),
        JsonField("revision", or_null(TEXT)),
        JsonField("refreshed", FLAG, "is_refreshed", about="Whether this call changed the active revision."),
    ),
)

NOUNS = (
    PROBLEM,
    WORKSPACE,
    CANDIDATE,
    SIGNATURE,
    DRIFT,
    SYNC_PAUSE,
    COMMIT,
    LOADED_REVISION,
    ACCEPTANCE,
    PUSHED,
    REFRESHED,
)

problem: Callable[[Problem], JsonObject] = writer(PROBLEM)
workspace: Callable[[VisibleWorkspace], JsonObject] = writer(WORKSPACE)
commit: Callable[[Commit], JsonObject] = writer(COMMIT)
loaded_revision: Callable[[VisibleRevision], JsonObject] = writer(LOADED_REVISION)
push_result: Callable[[PushResult], JsonObject] = writer(PUSHED)
refresh_result: Callable[[RefreshResult], JsonObject] = writer(REFRESHED)
signature: Callable[[Signature], JsonObject] = writer(SIGNATURE)
drift: Callable[[ServedWorkspace], JsonObject] = writer(DRIFT)
sync_pause: Callable[[SyncPause], JsonObject] = writer(SYNC_PAUSE)
acceptance: Callable[[Acceptance], JsonObject] = writer(ACCEPTANCE)
_candidate = writer(CANDIDATE)


def _remote(it: VisibleWorkspace) -> str | None:
    workspace = it.found.workspace
    return workspace.source if isinstance(workspace, GitWorkspace) else None


def _verdict(loaded: LoadedRevision) -> str:
    if loaded.is_accepted:
        return "accepted"
    if loaded.breaks_policy:
        return "policy"
    return "errors" if loaded.signature is None or loaded.signature.is_valid else "signature"


def _problems(seen: VisibleWorkspace | VisibleRevision, problems: tuple[Problem, ...]) -> list[JsonObject]:
    return [problem(each) for each in problems] if seen.with_problems else []


def _signature(seen: VisibleWorkspace | VisibleRevision, found: Signature | None) -> JsonObject | None:
    """The reason may name files of the server."""
    if found is None:
        return None
    return signature(found if seen.with_problems else replace(found, reason=""))
