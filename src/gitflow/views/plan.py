"""A plan as JSON, and its schema: what ``gitflow plan --format json`` prints and the API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import ADDED, CHANGED, KINDS, REMOVED, RENAMED
from gitflow.views.noun import ABSENT, JsonField, Noun, components, is_absent, writer
from gitflow.views.schema import ANY, FLAG, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref
from gitflow.views.workspaces import PROBLEM, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.changes.records import Changes
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.plans import ChangePlan

#: Counts up when a field changes its meaning or goes; a new field does not count.
VERSION = 1

PLAN_COMMIT = Noun(
    "PlanCommit",
    "The commit of a revision, or the commit on which its files are based.",
    (
        JsonField("sha", TEXT),
        JsonField("subject", TEXT, lambda it: it.message.partition("\n")[0]),
        JsonField("author", TEXT),
        JsonField("at", TIME),
    ),
)

PLAN_REVISION = Noun(
    "PlanRevision",
    "One of the two revisions.",
    (
        JsonField(
            "revision",
            TEXT,
            "name",
            about="The revision as it was requested or chosen: a commit, WORKTREE, INDEX or EMPTY.",
        ),
        JsonField(
            "commit",
            or_null(ref("PlanCommit")),
            lambda it: _commit(it.revision.commit) if it.revision.commit else None,
        ),
    ),
)

PLAN_CALLER = Noun(
    "PlanCaller",
    "Something that calls or uses a definition.",
    (
        JsonField("kind", one_of("task", "action", "trigger", "connection", "secret", "hook", "outside")),
        JsonField("name", TEXT),
        JsonField("file", or_null(TEXT), lambda it: it.where.file or None),
        JsonField("line", or_null(WHOLE), lambda it: it.where.line if it.where.file else None),
    ),
)

PLAN_DETAIL = Noun(
    "PlanDetail",
    "One difference inside a definition, or a consequence of one.",
    (
        JsonField(
            "path", TEXT, about="Path of the value in the definition: `flow.build.cmd`, `input.version.required`."
        ),
        JsonField("change", one_of(ADDED, REMOVED, CHANGED)),
        JsonField("before", ANY),
        JsonField("after", ANY),
        JsonField("breaking", FLAG, "is_breaking", about="Whether a caller no longer fits."),
        JsonField(
            "callers",
            list_of(ref("PlanCaller")),
            lambda it: [_caller(each) for each in it.callers],
            about="The callers that it breaks; for `used_by`, those that use the definition.",
        ),
    ),
)

PLAN_CHANGE = Noun(
    "PlanChange",
    "All differences in one definition or file.",
    (
        JsonField("kind", one_of(*KINDS)),
        JsonField("name", TEXT),
        JsonField("change", one_of(ADDED, REMOVED, CHANGED, RENAMED)),
        JsonField("breaking", FLAG, "is_breaking", about="Whether a known caller can no longer be shown to fit."),
        JsonField(
            "contract",
            FLAG,
            "is_contract",
            about="Whether callers can rely on less, although no known caller breaks.",
        ),
        JsonField("file", or_null(TEXT), lambda it: it.where.file or None),
        JsonField("line", or_null(WHOLE), lambda it: it.where.line if it.where.file else None),
        JsonField("summary", TEXT),
        JsonField("details", list_of(ref("PlanDetail")), lambda it: [_detail(each) for each in it.details]),
    ),
)

PLAN_SUMMARY = Noun(
    "PlanSummary",
    "How many changes there are.",
    (
        JsonField("added", WHOLE, lambda it: it.count(ADDED)),
        JsonField("removed", WHOLE, lambda it: it.count(REMOVED)),
        JsonField(
            "changed",
            WHOLE,
            lambda it: it.count(CHANGED) + it.count(RENAMED),
            about="Number of changed definitions, including renamed ones.",
        ),
        JsonField("breaking", WHOLE),
    ),
)

PLAN_JOB = Noun(
    "PlanJob",
    "A job that has not ended: it keeps its revision.",
    (
        JsonField("job_id", TEXT),
        JsonField("task", TEXT),
        JsonField("status", TEXT),
        JsonField("revision", TEXT),
        JsonField("retry_of_job_id", or_null(TEXT), about="The failed job; only for a retry."),
    ),
)

PLAN_SCHEDULE = Noun(
    "PlanSchedule",
    "A schedule that fires within the next hour.",
    (JsonField("trigger", TEXT), JsonField("task", TEXT), JsonField("at", TIME)),
)

PLAN_SERVER = Noun(
    "PlanServer",
    "What is happening on the server that serves the base.",
    (
        JsonField("workspace", TEXT),
        JsonField("open_jobs", list_of(ref("PlanJob")), lambda it: [_job(each) for each in it.open_jobs]),
        JsonField("schedules", list_of(ref("PlanSchedule")), lambda it: [_schedule(each) for each in it.schedules]),
    ),
)

PLAN = Noun(
    "ChangePlan",
    "How two revisions of a workspace differ in meaning, and what that breaks.",
    (
        JsonField("base", ref("PlanRevision"), lambda it: _revision(it.base)),
        JsonField("head", ref("PlanRevision"), lambda it: _revision(it.head)),
        JsonField("changes", list_of(ref("PlanChange")), lambda it: [_change(each) for each in it.changes.changes]),
        JsonField("problems", list_of(ref("Problem")), lambda it: [problem(each) for each in it.problems]),
        JsonField("summary", ref("PlanSummary"), lambda it: plan_summary(it.changes)),
        JsonField(
            "server",
            ref("PlanServer"),
            lambda it: ABSENT if it.server is None else _server(it.server),
            about="What is happening on the server; only where the base is the active revision there.",
            omit=is_absent,
        ),
    ),
)

NOUNS = (
    PLAN,
    PLAN_REVISION,
    PLAN_COMMIT,
    PLAN_CHANGE,
    PLAN_DETAIL,
    PLAN_CALLER,
    PLAN_SUMMARY,
    PLAN_SERVER,
    PLAN_JOB,
    PLAN_SCHEDULE,
)

plan: Callable[[ChangePlan], JsonObject] = writer(PLAN)
_commit = writer(PLAN_COMMIT)
_revision = writer(PLAN_REVISION)
_caller = writer(PLAN_CALLER)
_detail = writer(PLAN_DETAIL)
_change = writer(PLAN_CHANGE)
plan_summary: Callable[[Changes], JsonObject] = writer(PLAN_SUMMARY)
_server = writer(PLAN_SERVER)
_job = writer(PLAN_JOB)
_schedule = writer(PLAN_SCHEDULE)


def schema() -> JsonObject:
    """The schema as a document of its own: ``schemas/plan.json``."""
    parts = components([*NOUNS, PROBLEM])
    whole = parts.pop(PLAN.name)
    defined: JsonObject = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gitflow:plan:{VERSION}",
        "title": "gitflow plan",
        **whole,
        "$defs": parts,
    }
    return _with_own_references(defined)


def _with_own_references(value: object) -> JsonObject:
    """``#/components/schemas/`` is where the API's document has them."""
    if isinstance(value, dict):
        return {key: _with_own_references(member) for key, member in value.items()}  # type: ignore[misc]
    if isinstance(value, list):
        return [_with_own_references(member) for member in value]  # type: ignore[return-value]
    if isinstance(value, str):
        return value.replace("#/components/schemas/", "#/$defs/")  # type: ignore[return-value]
    return value  # type: ignore[return-value]
