"""A workflow as a file: its definition at the active revision, without secrets and history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.activeworkflow.agents import is_disabled, step_type, trigger_type
from gitflow.api.dialects.activeworkflow.views import moment
from gitflow.api.dialects.versions import uid
from gitflow.core.jobs.planning import plan_task
from gitflow.views import definitions
from gitflow.views.triggers import trigger_detail

if TYPE_CHECKING:
    from gitflow.core.language.definition import Action, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject

SCHEMA_VERSION = 1

#: Fields of a trigger that are not options: the agent has them itself, or they change with time.
_NOT_OPTIONS = ("name", "type", "enabled", "next_runs", "file", "line")


def export(snapshot: Snapshot, task: Task, now: float, retention_s: float) -> JsonObject:
    """``retention_s``: how long messages are kept. The agents are sorted by guid."""
    triggers = [trigger for trigger in snapshot.triggers.values() if trigger.task == task.name]
    plan = plan_task(snapshot, task.name)
    agents = [_trigger(snapshot, trigger, now, retention_s) for trigger in triggers]
    agents += [_step(snapshot, task, step, plan.actions[name], retention_s) for name, step in task.flow.items()]
    agents.sort(key=lambda agent: agent["guid"])
    place = {agent["guid"]: index for index, agent in enumerate(agents)}
    started_by = [_trigger_guid(snapshot, trigger.name) for trigger in triggers]
    links = [
        {"source": place[source], "receiver": place[_step_guid(snapshot, task, name)]}
        for name in task.flow
        for source in [_step_guid(snapshot, task, need) for need in plan.graph.needs[name]] or started_by
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "name": task.title or task.name,
        "description": task.description,
        "guid": uid("workflow", snapshot.workspace, task.name),
        "exported_at": moment(now),
        "agents": agents,
        "links": sorted(links, key=lambda link: (link["source"], link["receiver"])),
        "control_links": [],
    }


def _trigger(snapshot: Snapshot, trigger: Trigger, now: float, retention_s: float) -> JsonObject:
    shown = trigger_detail(trigger, now)
    agent: JsonObject = {
        "type": trigger_type(trigger),
        "name": trigger.name,
        "disabled": not trigger.enabled,
        "guid": _trigger_guid(snapshot, trigger.name),
        "options": {key: value for key, value in shown.items() if key not in _NOT_OPTIONS},
        "keep_messages_for": round(retention_s),
    }
    return {**agent, "schedule": shown["cron"]} if shown["cron"] else agent


def _step(snapshot: Snapshot, task: Task, step: Step, action: Action, retention_s: float) -> JsonObject:
    options = _without_place(definitions.flow_step(step))
    if step.inline is None:
        options["action"] = _without_place(definitions.action_detail(action))
    return {
        "type": step_type(action),
        "name": step.name,
        "disabled": is_disabled(step),
        "guid": _step_guid(snapshot, task, step.name),
        "options": options,
        "keep_messages_for": round(retention_s),
    }


def _trigger_guid(snapshot: Snapshot, name: str) -> str:
    return uid(snapshot.workspace, "trigger", name)


def _step_guid(snapshot: Snapshot, task: Task, step: str) -> str:
    return uid(snapshot.workspace, task.name, "agent", step)


def _without_place(definition: JsonObject) -> JsonObject:
    """The exported object without the places of its definitions in files."""
    return {key: value for key, value in definition.items() if key not in ("file", "line")}
