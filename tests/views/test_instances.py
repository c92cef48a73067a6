"""Instances of loops are told apart by their items, whatever these hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.language.definition import Hooks, Task
from gitflow.core.language.graph import Graph
from gitflow.views.instances import label, shown_item

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def a_job(*secrets):
    plan = Plan(Task("t", {}), {}, Graph((), {}, {}), Hooks())
    return Job("j", "w", "r", plan, {}, Steps({}), secrets=secrets)


def instance(item):
    return StepRun("deploy[1]", loop_of="deploy", loop_index=1, loop_total=3, item=item)


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ("web2", "deploy[1] web2"),
        (7, "deploy[1] 7"),
        (None, "deploy[1] null"),
        ("", "deploy[1]"),
        ({"host": "h", "name": "web2", "id": 4}, "deploy[1] web2"),
        ({"id": 4}, "deploy[1] 4"),
        ({"host": "h"}, 'deploy[1] {"host":"h"}'),
        (["a", 1], 'deploy[1] ["a",1]'),
        ("two\nlines", "deploy[1] two lines"),
        ("\x1b[31mred\u202e", "deploy[1] \\u001b[31mred\\u202e"),
        ("x" * 100, f"deploy[1] {'x' * 59}…"),
    ],
)
def test_an_instance_is_told_by_its_item(item, shown):
    assert label(a_job(), instance(item)) == shown


def test_a_secret_in_an_item_is_masked():
    step = instance({"name": "a-s3cret", "token": "s3cret"})
    assert label(a_job("s3cret"), step) == "deploy[1] a-••••••"
    assert shown_item(a_job("s3cret"), step) == {"name": "a-••••••", "token": "••••••"}


def test_another_step_has_neither():
    loop = StepRun("deploy", loop_total=3)
    assert (label(a_job(), loop), shown_item(a_job(), loop)) == (None, None)


@given(JSON)
def test_whatever_an_item_is_its_label_is_one_printable_line(item):
    text = label(a_job(), instance(item))
    assert text.isprintable()
    assert text.startswith("deploy[1]")
    assert len(text) <= len("deploy[1] ") + 60
