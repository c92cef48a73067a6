"""Every field of the language arrives in its definition; ``whole.yaml`` uses all of them."""

from __future__ import annotations

import pathlib

import pytest

from gitflow.core.durations import parse_duration
from gitflow.core.language.definition import AllOf, AnyOf, Concurrency, Field, Retry, StepNeed
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.language.sources import SourceFile
from gitflow.core.problems import Place
from gitflow.core.status import ENDED_STEP, StepStatus
from gitflow.definitions.loader import load
from gitflow.definitions.parser import parse_action, parse_task, parse_trigger

WHOLE = pathlib.Path(__file__).parent / "whole.yaml"
LINES = WHOLE.read_text().splitlines()


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    loaded = load([SourceFile("w.yaml", WHOLE.read_bytes())], workspace="w", revision="r", has_file=lambda path: True)
    assert [problem for problem in loaded.problems if problem.is_error] == []
    assert loaded.snapshot is not None
    return loaded.snapshot


def test_an_action_has_what_all_actions_have(snapshot: Snapshot):
    greet = snapshot.actions["greet"]
    assert (greet.type, greet.name, greet.title, greet.description) == (
        "shell",
        "greet",
        "Greet somebody",
        "Says hello.",
    )
    assert (greet.timeout_s, greet.grace_s, greet.tags) == (5400.0, 2.0, ("linux",))
    assert greet.env == {"PORT": "8080", "DEBUG": "true", "TOKEN": "{{ secret.token }}"}
    assert greet.retry == Retry(3, 0.5, "exponential", 60.0, True, (75,))
    assert greet.where == Place("w.yaml", 4, 3)


def test_what_only_its_type_knows_is_kept_as_written(snapshot: Snapshot):
    greet = snapshot.actions["greet"]
    assert greet.fields == {
        "shell": "bash",
        "errexit": False,
        "workdir": "sub",
        "cmd": 'echo "Hello {{ input.name }}"\n',
    }
    assert snapshot.actions["fetch"].fields["json"] == {"a": [1]}


def test_a_field_has_its_defaults_and_its_place(snapshot: Snapshot):
    fields = snapshot.actions["greet"].input
    assert list(fields) == ["name", "times", "mood"]
    where = fields["name"].where
    assert fields["name"] == Field("name", "string", default="World", has_default=True, order=1, where=where)
    assert where == Place("w.yaml", 10, 7)
    assert (fields["times"].required, fields["times"].minimum, fields["times"].maximum) == (True, 1, 9)
    assert (fields["mood"].options, fields["mood"].allow_custom, fields["mood"].multiple) == (
        ("good", "bad"),
        True,
        True,
    )


def test_no_declared_output_is_not_an_empty_one(snapshot: Snapshot):
    assert snapshot.actions["list"].output is None
    assert list(snapshot.actions["greet"].output or ()) == ["greeting"]
    assert parse_action("a", {"type": "shell", "cmd": "x", "output": {}}).output == {}


def test_a_text_cmd_is_made_safe_and_a_list_or_a_script_is_not(snapshot: Snapshot):
    script = snapshot.actions["greet"].script
    assert script is not None
    assert "{{" not in script.text
    assert [expression for _, expression in script.values] == ["input.name"]
    assert snapshot.actions["list"].script is None
    assert snapshot.actions["file"].script is None
    inline = snapshot.tasks["everything"].flow["shout"].inline
    assert inline is not None
    assert inline.script is not None


def test_a_process_has_ten_seconds_to_end_unless_said_otherwise():
    assert parse_action("a", {"type": "shell", "cmd": "true"}).grace_s == 10
    assert parse_action("a", {"type": "shell", "cmd": "true", "grace": "3s"}).grace_s == 3


def test_an_event_is_awaited_a_day_unless_said_otherwise(snapshot: Snapshot):
    assert snapshot.actions["hold"].timeout_s == 86400.0
    step = snapshot.tasks["everything"].flow["await"]
    assert step.timeout_s == 3600.0


def test_a_task_has_all_its_settings(snapshot: Snapshot):
    task = snapshot.tasks["everything"]
    assert (task.title, task.description, task.folder) == ("Everything", "Uses the whole language.", "a/b")
    assert (task.mode, task.checkout, task.priority, task.max_parallel_steps) == ("local", "job", 3, 2)
    assert (task.timeout_s, task.retry, task.labels) == (7200.0, Retry(2), {"team": "data", "level": "3"})
    assert task.concurrency == Concurrency("g-{{ input.who }}", 2, "cancel_running")
    assert (task.has_output, task.output) == (True, {"said": "{{ say.output.greeting }}"})
    assert task.input["who"].required
    assert LINES[task.where.line - 1] == "  everything:"


def test_a_task_without_settings_has_the_defaults():
    task = parse_task("t", {"flow": {"a": {"action": "b"}}})
    assert (task.mode, task.checkout, task.priority, task.has_output, task.retry) == (
        "distributed",
        "step",
        0,
        False,
        None,
    )


def test_a_step_names_its_action_or_holds_it(snapshot: Snapshot):
    flow = snapshot.tasks["everything"].flow
    assert (flow["say"].action, flow["say"].inline) == ("greet", None)
    assert flow["say"].input == {"name": "{{ input.who }}", "times": 2}
    inline = flow["shout"].inline
    assert flow["shout"].action is None
    assert inline is not None
    assert (inline.name, inline.type, inline.env) == ("", "shell", {"A": "1"})
    assert inline.fields == {"cmd": "echo '{{ say.output.greeting }}'"}


def test_what_is_the_steps_is_not_its_inline_actions(snapshot: Snapshot):
    step = snapshot.tasks["everything"].flow["shout"]
    assert step.inline is not None
    assert (step.title, step.timeout_s, step.retry, step.input) == ("Shout", 45.0, Retry(2), {"loud": True})
    assert (step.inline.title, step.inline.timeout_s, step.inline.retry, step.inline.input) == ("", None, None, {})


def test_an_approval_declares_in_input_what_the_approver_fills_in(snapshot: Snapshot):
    step = snapshot.tasks["everything"].flow["decide"]
    assert step.inline is not None
    assert step.input == {}
    reason = step.inline.input["reason"]
    assert reason.required
    assert LINES[reason.where.line - 1][reason.where.column - 1 :].startswith("reason:")


def test_dependencies_nest(snapshot: Snapshot):
    both = frozenset({StepStatus.COMPLETED, StepStatus.FAILED})
    assert snapshot.tasks["everything"].flow["shout"].needs == (
        StepNeed("say"),
        StepNeed("fan", both, plain=False),
        AnyOf((AllOf((StepNeed("say"), StepNeed("fan"))), StepNeed("fan", ENDED_STEP, plain=False))),
    )


def test_loops_and_conditions_are_kept_as_written(snapshot: Snapshot):
    flow = snapshot.tasks["everything"].flow
    assert (flow["fan"].for_each, flow["fan"].max_parallel, flow["fan"].when) == ([1, 2], 2, "true")
    assert (flow["one_by_one"].for_each, flow["one_by_one"].sequential) == ("{{ input.items | default([]) }}", True)
    assert flow["shout"].when == "{{ input.who != '' }}"
    assert flow["shout"].continue_on_failure


def test_hooks_of_a_task_and_of_the_workspace(snapshot: Snapshot):
    hooks = snapshot.tasks["everything"].hooks
    assert [(hook.action, hook.input) for hook in hooks.on_success] == [("greet", {"times": 1})]
    assert [LINES[hook.where.line - 1].strip() for hook in hooks.on_error] == ["- action: list"]
    assert [hook.action for hook in snapshot.hooks.on_cancel] == ["list"]
    assert [hook.where.file for hook in snapshot.hooks.on_suspended] == ["w.yaml"]
    assert snapshot.hooks.on_error == ()


def test_triggers_keep_what_only_their_type_knows(snapshot: Snapshot):
    nightly = snapshot.triggers["nightly"]
    assert (nightly.type, nightly.task, nightly.input, nightly.enabled) == ("scheduler", "other", {"n": 2}, True)
    assert (nightly.fields["cron"], nightly.fields["timezone"]) == ("0 2 * * *", "Europe/Berlin")
    assert not snapshot.triggers["hook"].enabled
    assert snapshot.triggers["hook"].fields["name"] == "gh"
    assert parse_trigger("t", {"type": "push", "task": "a", "x-b": 1}).fields == {}


def test_connections_and_secrets(snapshot: Snapshot):
    assert list(snapshot.connection_types["postgres"].fields) == ["host", "port", "password"]
    db = snapshot.connections["db"]
    assert (db.type, db.values["host"], set(db.values)) == ("postgres", "db.example.com", {"host", "password"})
    assert snapshot.secrets["token"] == "{{ env.TOKEN }}"


@pytest.mark.parametrize(
    ("written", "seconds"), [(90, 90), ("45s", 45), ("1h30m", 5400), ("500ms", 0.5), ("2d", 172800), (0, 0), (1.5, 1.5)]
)
def test_durations_are_seconds(written: object, seconds: float):
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", ["", "h", "1x", "-1s", -1, True, None, [], "1.5h", "s1"])
def test_what_is_no_duration_is_refused(written: object):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)
