"""Every type of trigger says what the runtime asks of it."""

import json

import pytest

from gitflow.core.language.definition import Trigger
from gitflow.definitions.checks.scopes import PUSH_MEMBERS, SCHEDULE_MEMBERS
from gitflow.triggers import push, schedule
from gitflow.triggers.base import Reason, input_of
from gitflow.triggers.registry import TRIGGERS


@pytest.mark.parametrize("name", TRIGGERS)
def test_every_type_answers_for_the_examples_of_its_schema(root, name):
    schema = json.loads((root / "schemas" / "triggers" / f"{name}.json").read_text())
    kind = TRIGGERS[name]
    for example in schema["examples"]:
        fields = {key: value for key, value in example.items() if key not in ("type", "task")}
        shape = kind.shape(Trigger("t", name, example["task"], fields=fields))
        assert shape is None or shape
    assert kind.SOURCE in ("trigger", "webhook")


def test_what_arrives_lies_under_what_the_author_wrote():
    trigger = Trigger("t", "webhook", "x", input={"body": "{{ body.a }}", "n": 1})
    reason = Reason({"body": {"a": [1]}}, given={"body": {"a": [1]}, "method": "GET"})
    assert input_of(trigger, reason) == {"body": [1], "method": "GET", "n": 1}


def test_what_templates_are_checked_against_is_what_they_will_be_given():
    trigger = Trigger("nightly", "scheduler", "t")
    assert tuple(schedule.scope_of(trigger, 0.0)["event"]) == SCHEDULE_MEMBERS
    assert tuple(push.scope_of("r", None, "main", ["a"])["event"]) == PUSH_MEMBERS
