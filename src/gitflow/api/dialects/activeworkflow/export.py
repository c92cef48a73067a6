"""A workflow as a file: its definition at the revision that is served, without secrets and without history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.activeworkflow.agents import is_off, step_type, trigger_type
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

#: What is told of a trigger beside its options, or changes with time.
_ELSEWHERE = ("name", "type", "enabled", "next_runs")


def export(snapshot: Snapshot, task: Task, now: float, kept_s: float) -> JsonObject:
    """``kept_s``: for how long messages are kept. Agents are in the order of their guids."""
    triggers = [trigger for trigger in snapshot.triggers.values() if trigger.task == task.name]
    plan = plan_task(snapshot, task.name)
    agents = [_trigger(snapshot, trigger, now, kept_s) for trigger in triggers]
    agents += [_step(snapshot, task, step, plan.actions[name], kept_s) for name, step in task.flow.items()]
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


def _trigger(snapshot: Snapshot, trigger: Trigger, now: float, kept_s: float) -> JsonObject:
    told = trigger_detail(trigger, now)
    agent: JsonObject = {
        "type": trigger_type(trigger),
        "name": trigger.name,
        "disabled": not trigger.enabled,
        "guid": _trigger_guid(snapshot, trigger.name),
        "options": {key: value for key, value in told.items() if key not in _ELSEWHERE},
        "keep_messages_for": round(kept_s),
    }
    return {**agent, "schedule": told["cron"]} if told["cron"] else agent


def _step(snapshot: Snapshot, task: Task, step: Step, action: Action, kept_s: float) -> JsonObject:
    options = definitions.step_written(step)
    if step.inline is None:
        options["action"] = definitions.action_detail(action)
    return {
        "type": step_type(action),
        "name": step.name,
        "disabled": is_off(step),
        "guid": _step_guid(snapshot, task, step.name),
        "options": options,
        "keep_messages_for": round(kept_s),
    }


def _trigger_guid(snapshot: Snapshot, name: str) -> str:
    return uid(snapshot.workspace, "trigger", name)


def _step_guid(snapshot: Snapshot, task: Task, step: str) -> str:
    return uid(snapshot.workspace, task.name, "agent", step)
