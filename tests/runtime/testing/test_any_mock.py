"""Whatever the mocks, approvals and events of a test are, it ends, the same way each time, and says what is wrong."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workshop import told

FLOW = """
on_error: [{action: tell}]
on_suspended: [{action: tell}]
secrets: {TOKEN: "{{ env.NOWHERE }}"}
actions:
  tell: {type: shell, cmd: t}
  flaky: {type: shell, cmd: f, output: {n: {type: integer}}, retry: {max_attempts: 3, delay: 10s, backoff: linear}}
tasks:
  t:
    retry: {max_attempts: 2, delay: 1m}
    timeout: 30d
    flow:
      a: {action: flaky, timeout: 1h}
      b: {type: shell, cmd: "b {{ secret.TOKEN }}", depends_on: [a], continue_on_failure: true}
      roll: {action: flaky, for_each: [1, 2, 3], max_parallel: 2, depends_on: [a]}
      ask: {type: approval, message: go?, timeout: 3d, depends_on: [{step: roll, accept: any}]}
      paid: {type: wait, event: paid, depends_on: [{any: [ask, b]}]}
      child: {type: task, task: u, timeout: 2h, when: "{{ paid.output.go | default(true) }}", depends_on: [paid]}
  u: {flow: {x: {action: flaky}, y: {type: approval, message: "y?"}}}
"""

PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "output": st.none()
        | st.integers(0, 3)
        | st.fixed_dictionaries({}, optional={"n": st.integers(0, 3) | st.sampled_from(["2", "x"])}),
        "exit_code": st.sampled_from([0, 1, 75]),
        "error": st.sampled_from(["no", "down"]),
        "delay": st.sampled_from([0, 1, "30m", "2h", "40d"]),
    },
)
MOCK = st.recursive(
    PLAIN,
    lambda inner: st.builds(lambda many: {"sequence": many}, st.lists(inner, min_size=1, max_size=3)),
    max_leaves=4,
)
NAMES = st.sampled_from(["a", "b", "roll", "roll[1]", "flaky", "tell", "x", "child", "ask", "paid", "y"])
DECISION = st.fixed_dictionaries(
    {"approved": st.booleans()}, optional={"after": st.sampled_from([0, "1h", "4d"]), "reason": st.just("r")}
)
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["paid", "other"])},
    optional={
        "payload": st.sampled_from([None, {"go": False}, {"go": True}]),
        "after": st.sampled_from(["a", "b", "roll", "roll[0]", "ask"]),
        "id": st.just("one"),
    },
)
TESTS = st.fixed_dictionaries(
    {"task": st.just("t"), "mocks": st.dictionaries(NAMES, MOCK, max_size=8)},
    optional={
        "approvals": st.dictionaries(st.sampled_from(["ask", "y"]), DECISION, max_size=2),
        "events": st.lists(EVENT, max_size=3),
        "secrets": st.just({"TOKEN": "t"}),
    },
)


@given(TESTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_it_ends_in_the_same_way_each_time(workshop, test):
    workshop.define(FLOW)
    text = json.dumps({"tests": {"it": test}})
    first, again = (workshop.run(text, checked=False)["it"] for _ in range(2))
    assert told(first) == told(again)
    assert (first.virtual_s, first.reached) == (again.virtual_s, again.reached)
    assert first.virtual_s <= (30 + 30 + 40) * 86400 + 60  # two jobs of 30 days at most, a minute between, and a hook
    assert all(failure.what and failure.where.line >= 1 for failure in first.failures)
