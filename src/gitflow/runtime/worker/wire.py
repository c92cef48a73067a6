"""Assignments, reports and stops as JSON, for an agent in another process.

An assignment holds secrets in clear: send it over a connection, but never write it to a file or a log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitflow.core.language.definition import Action, Field, Retry, Script
from gitflow.core.plain import plain
from gitflow.core.problems import Place
from gitflow.runners.base import Assignment, Outcome
from gitflow.runtime.worker.agent import Report, Stop
from gitflow.stores.protocols.artifacts import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping


def dump_assignment(assignment: Assignment) -> str:
    return json.dumps(plain(assignment))


def load_assignment(text: str) -> Assignment:
    return read_assignment(json.loads(text))


def read_assignment(given: dict[str, Any]) -> Assignment:
    """Raises KeyError, TypeError and ValueError if it is not an assignment."""
    given = dict(given)
    given.update(masks=tuple(given["masks"]), needs=tuple(given["needs"]), action=read_action(given["action"]))
    return Assignment(**given)


def dump_report(report: Report) -> str:
    return json.dumps(plain(report))


def load_report(text: str) -> Report:
    given: dict[str, Any] = json.loads(text)
    artifacts = [(Artifact(**artifact), path) for artifact, path in given["artifacts"]]
    return Report(_key(given["key"]), Outcome(**given["outcome"]), artifacts, given["mistake"])


def dump_outcome(outcome: Outcome, mistake: str | None) -> str:
    """A report, without the parts that its frame has in clear."""
    return json.dumps([plain(outcome), mistake])


def load_outcome(text: str) -> tuple[Outcome, str | None]:
    """Raises ValueError and TypeError if it is not an outcome."""
    outcome, mistake = json.loads(text)
    return Outcome(**outcome), mistake


def dump_stop(stop: Stop) -> str:
    return json.dumps(plain(stop))


def load_stop(text: str) -> Stop:
    given: dict[str, Any] = json.loads(text)
    return Stop(_key(given["key"]), given["grace_s"])


def _key(given: list[Any]) -> tuple[str, str, int]:
    job_id, step, attempt = given
    return job_id, step, attempt


def read_action(given: Mapping[str, Any]) -> Action:
    """Raises KeyError, TypeError and ValueError if it is not an action."""
    output, script = given["output"], given["script"]
    members: dict[str, Any] = {
        **given,
        "input": _fields(given["input"]),
        "output": None if output is None else _fields(output),
        "tags": tuple(given["tags"]),
        "retry": _retry(given["retry"]),
        "script": None if script is None else Script(script["text"], _pairs(script["values"]), script["raw"]),
        "where": Place(**given["where"]),
    }
    return Action(**members)


def _retry(given: Mapping[str, Any] | None) -> Retry | None:
    if given is None:
        return None
    members: dict[str, Any] = {**given, "on_exit_codes": tuple(given["on_exit_codes"])}
    return Retry(**members)


def _pairs(given: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, expression) for name, expression in given)


def _fields(given: Mapping[str, Any]) -> Mapping[str, Field]:
    return {name: _field(field) for name, field in given.items()}


def _field(given: Mapping[str, Any]) -> Field:
    members: dict[str, Any] = {**given, "options": tuple(given["options"]), "where": Place(**given["where"])}
    return Field(**members)
