"""Approvals and events of a test: who decides, when, and what comes of a decision that does not fit."""

from __future__ import annotations

from workshop import told

APPROVAL = """
actions: {tell: {type: shell, cmd: tell}}
tasks:
  t:
    flow:
      ask:
        type: approval
        message: deploy?
        approvers: [ops, "group:release"]
        approvers_exclude_requester: true
        input: {ticket: {required: true}}
        timeout: 2d
      deploy: {type: shell, cmd: d, depends_on: [ask]}
"""


def test_an_approval_is_given_by_the_first_of_its_approvers(workshop):
    workshop.define(APPROVAL)
    result = workshop.run_one("""
task: t
mocks: {deploy: {}}
approvals: {ask: {approved: true, input: {ticket: OPS-7}, after: 1h}}
expect:
  steps:
    ask:
      output: {approved: true, approved_by: ops, approved_at: "2026-01-01T01:00:00Z", input: {ticket: OPS-7}}
    deploy: completed
""")
    assert (told(result), result.virtual_s) == ([], 3600)


def test_an_approval_is_rejected_with_a_reason(workshop):
    workshop.define(APPROVAL)
    result = workshop.run_one("""
task: t
approvals: {ask: {approved: false, reason: out of hours}}
expect: {status: failed, steps: {ask: failed, deploy: {status: skipped, skip_reason: '"ask", which failed'}}}
""")
    assert told(result) == []
    assert told(workshop.run_one("task: t\napprovals: {ask: {approved: false, reason: out of hours}}"))[0][3] == (
        'failed (step "ask" failed: rejected by ops: out of hours)'
    )


def test_a_decision_that_comes_after_the_deadline_decides_nothing(workshop):
    workshop.define(APPROVAL)
    result = workshop.run_one("""
task: t
approvals: {ask: {approved: true, input: {ticket: OPS-7}, after: 3d}}
expect: {status: failed, steps: {ask: failed}}
""")
    assert (told(result), result.virtual_s) == ([], 2 * 86400)


def test_an_approval_without_a_deadline_that_nobody_decides_fails_the_test(workshop):
    workshop.define("tasks: {t: {flow: {ask: {type: approval, message: go?}}}}")
    [failure] = workshop.run_one("task: t").failures
    assert failure.what.startswith('step "ask" of task "t" waits for ever: it waits for somebody to approve')
    assert "approvals: {ask: {approved: true}}" in failure.hint


def test_a_decision_that_does_not_fit_is_a_fault_of_the_test(workshop):
    workshop.define(APPROVAL)
    result = workshop.run_one("task: t\napprovals: {ask: {approved: true}}\nexpect: {status: failed}", checked=False)
    assert [one.what.partition(" was refused: ")[0] for one in result.failures] == ['the decision of approval "ask"']


def test_an_approval_of_a_child_task_is_decided_too(workshop):
    workshop.define("""
tasks:
  t: {flow: {child: {type: task, task: other}}}
  other: {flow: {ask: {type: approval, message: go?}}}
""")
    assert told(workshop.run_one("task: t\napprovals: {ask: {approved: true}}")) == []


def test_each_instance_of_a_loop_of_approvals_may_be_decided_for_itself(workshop):
    workshop.define("""
tasks: {t: {flow: {ask: {type: approval, message: "{{ each.item }}?", for_each: [a, b]}}}}
""")
    result = workshop.run_one("""
task: t
approvals: {ask: {approved: true}, "ask[1]": {approved: false}}
expect: {status: failed, steps: {"ask[0]": completed, "ask[1]": failed}}
""")
    assert told(result) == []


EVENT = """
tasks:
  t:
    flow:
      order: {type: shell, cmd: o}
      paid: {type: wait, event: "paid-{{ order.output.id }}", depends_on: [order]}
"""


def test_an_event_of_the_start_is_kept_until_a_step_waits_for_it(workshop):
    workshop.define(EVENT)
    result = workshop.run_one("""
task: t
mocks: {order: {output: {id: 7}, delay: 1h}}
events: [{type: paid-7, payload: {amount: 3}}]
expect: {steps: {paid: {output: {amount: 3}}}}
""")
    assert told(result) == []


def test_an_event_may_wait_for_the_end_of_a_step(workshop):
    workshop.define(EVENT)
    result = workshop.run_one("""
task: t
mocks: {order: {output: {id: 7}, delay: 1h}}
events: [{type: paid-7, payload: {amount: 4}, after: order}]
expect: {steps: {paid: {output: {amount: 4}}}, order: [order before paid]}
""")
    assert (told(result), result.virtual_s) == ([], 3600)


def test_an_event_is_not_sent_when_another_step_ends(workshop):
    workshop.define("""
tasks: {t: {flow: {
  first: {type: shell, cmd: f},
  paid: {type: wait, event: paid, timeout: 1h, depends_on: [first]},
  late: {type: shell, cmd: l, depends_on: [{step: paid, accept: any}]}}}}
""")
    result = workshop.run_one("""
task: t
mocks: {first: {}, late: {delay: 5m}}
events: [{type: paid, after: paid}]
expect: {status: failed, steps: {paid: failed, late: completed}}
""")
    assert told(result) == []


def test_the_same_id_twice_is_one_event(workshop):
    workshop.define("""
tasks: {t: {flow: {
  a: {type: wait, event: e, timeout: 1h},
  b: {type: wait, event: e, timeout: 1h, depends_on: [a]}}}}
""")
    once = "task: t\nevents: [{type: e, id: x}, {type: e, id: x}]\nexpect: {status: failed, steps: {b: failed}}"
    assert told(workshop.run_one(once)) == []
    assert told(workshop.run_one("task: t\nevents: [{type: e, id: x}, {type: e, id: y}]")) == []


def test_an_event_for_a_job_that_has_ended_is_a_fault_of_the_test(workshop):
    workshop.define("tasks: {t: {flow: {a: {type: shell, cmd: a}}}}")
    [failure] = workshop.run_one("task: t\nmocks: {a: {}}\nevents: [{type: e, after: a}]").failures
    assert failure.what.startswith('the event "e" was refused')


def test_a_wait_without_a_deadline_that_nobody_ends_names_what_it_waits_for(workshop):
    """A wait has a deadline, a day; one of a child task that is stuck in an approval has none."""
    workshop.define("""
tasks:
  t: {flow: {child: {type: task, task: other}}}
  other: {flow: {ask: {type: approval, message: go?}}}
""")
    [failure] = workshop.run_one("task: t").failures
    assert 'step "ask" of task "other" waits for ever' in failure.what
