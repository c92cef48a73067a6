"""Definitions are shown in the words of the language: what is shown could be committed."""

import json
from datetime import datetime

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.cron import next_fire
from gitflow.core.language.definition import Trigger
from gitflow.core.language.sources import SourceFile
from gitflow.definitions.loader import load
from gitflow.views.definitions import action_detail, task_detail, task_row
from gitflow.views.triggers import trigger, trigger_detail

TASK = {
    "folder": "a/b",
    "description": "says",
    "input": {
        "name": {"type": "string", "default": "World"},
        "times": {"type": "integer", "required": True, "minimum": 0, "maximum": 9},
    },
    "flow": {
        "first": {"action": "greet", "input": {"name": "{{ input.name }}"}},
        "second": {
            "type": "shell",
            "cmd": "echo {{ each.item }}",
            "env": {"A": "b"},
            "depends_on": ["first"],
            "for_each": ["x", "y"],
            "sequential": True,
            "timeout": 90,
            "retry": {"max_attempts": 3, "delay": "500ms", "backoff": "linear"},
        },
        "third": {
            "type": "sleep",
            "duration": "1s",
            "depends_on": [{"step": "first", "accept": "any"}, {"any": ["second", {"all": ["first"]}]}],
            "when": "input.times > 1",
            "continue_on_failure": True,
        },
    },
    "retry": {"max_attempts": 2},
    "timeout": 3600,
    "concurrency": {"group": "g", "limit": 1, "on_limit": "queue"},
    "on_error": [{"action": "greet", "input": {"name": "x"}}],
}
ACTION = {
    "type": "shell",
    "description": "greets",
    "cmd": "echo {{ input.name }}",
    "input": {"name": {"type": "string", "required": True}},
    "output": {"greeting": {"type": "string"}},
    "tags": ["gpu"],
    "grace": "1500ms",
}
TRIGGERS = {
    "nightly": {"type": "scheduler", "cron": "0 0 2 * * *", "task": "hello", "input": {"times": 1}},
    "berlin": {
        "type": "scheduler", "cron": "0 2 * * *", "timezone": "Europe/Berlin", "task": "hello", "input": {"times": 1},
    },
    "off": {"type": "scheduler", "cron": "@daily", "task": "hello", "enabled": False, "input": {"times": 1}},
    "hook": {"type": "webhook", "name": "hh", "secret": "s3cret", "task": "hello", "input": {"times": 1}},
}  # fmt: skip
NOW = 1771372800.0  # 2026-02-18T00:00:00Z


def snapshot():
    text = json.dumps({"actions": {"greet": ACTION}, "tasks": {"hello": TASK}, "triggers": TRIGGERS})
    loaded = load([SourceFile("a.yaml", text.encode())], workspace="default", revision="rev", has_file=lambda _: True)
    assert loaded.snapshot is not None, loaded.problems
    return loaded.snapshot


def test_a_task_is_shown_as_it_was_written():
    found = snapshot()
    detail = task_detail(found, found.tasks["hello"], NOW)
    assert list(detail)[:4] == ["name", "workspace", "revision", "mode"]
    assert detail.pop("name") == "hello"
    assert detail.pop("workspace") == "default"
    assert detail.pop("revision") == "rev"
    assert detail.pop("mode") == "distributed"
    assert [each["name"] for each in detail.pop("triggers")] == list(TRIGGERS)
    assert (detail.pop("file"), detail.pop("line")) == ("a.yaml", 1)
    for step in detail["flow"].values():
        assert (step.pop("file"), step.pop("line")) == ("a.yaml", 1)
    assert detail == TASK


def test_an_action_is_shown_as_it_was_written():
    place = {"file": "a.yaml", "line": 1}
    assert action_detail(snapshot().actions["greet"]) == {"name": "greet", **place, **ACTION}


def test_what_is_shown_is_accepted_again():
    found = snapshot()
    detail = task_detail(found, found.tasks["hello"], NOW)
    for extra in ("name", "workspace", "revision", "triggers", "file", "line"):
        del detail[extra]
    for step in detail["flow"].values():
        del step["file"], step["line"]
    text = yaml.safe_dump({"actions": {"greet": ACTION}, "tasks": {"hello": detail}})
    again = load([SourceFile("a.yaml", text.encode())], workspace="default", revision="rev", has_file=lambda _: True)
    assert again.snapshot is not None, again.problems


def test_an_item_of_a_list_of_tasks():
    found = snapshot()
    row = task_row(found, found.tasks["hello"])
    assert set(row) == {"name", "workspace", "mode", "folder", "description", "has_triggers"}
    assert row["has_triggers"] is True


def test_a_schedule_tells_its_next_five_runs():
    shown = trigger(snapshot().triggers["nightly"], NOW)
    assert list(shown) == ["name", "type", "cron", "task", "enabled", "input", "next_runs", "file", "line"]
    assert shown["next_runs"] == [f"2026-02-{day}T02:00:00+00:00" for day in range(18, 23)]


def test_the_runs_of_a_schedule_carry_the_offset_of_its_zone():
    shown = trigger(snapshot().triggers["berlin"], NOW)
    assert shown["timezone"] == "Europe/Berlin"
    assert shown["next_runs"][0] == "2026-02-18T02:00:00+01:00"


def test_what_is_switched_off_or_no_schedule_has_no_next_runs():
    triggers = snapshot().triggers
    assert trigger(triggers["off"], NOW)["next_runs"] == []
    assert trigger(triggers["hook"], NOW)["next_runs"] == []
    assert trigger(triggers["hook"], NOW)["cron"] is None


def test_a_secret_of_a_trigger_is_not_shown():
    shown = trigger_detail(snapshot().triggers["hook"], NOW)
    assert "s3cret" not in json.dumps(shown)
    assert shown["path"] == "/hooks/hh"
    assert shown["name"] == "hook"


SCHEDULES = st.sampled_from(["0 0 2 * * *", "*/5 * * * *", "30 2 * * *", "0 0 31 12 *", "@hourly"])


@given(SCHEDULES, st.lists(st.floats(1.7e9, 1.8e9), min_size=1, max_size=6))
def test_next_runs_are_the_next_ones_whenever_they_are_asked_for(cron, moments):
    nightly = Trigger("n", "scheduler", "t", fields={"cron": cron, "timezone": "Europe/Berlin"})
    for now in [each for moment in moments for each in (moment, moment + 1, moment + 4000)]:
        wanted, at = [], now
        for _ in range(5):
            at = next_fire(cron, "Europe/Berlin", at)
            wanted.append(at)
        runs = trigger(nightly, now)["next_runs"]
        assert [datetime.fromisoformat(run).timestamp() for run in runs] == wanted
