"""Steps that are meant to be real run as they do in a job; the clock follows them."""

from __future__ import annotations

import os

from workshop import told


def test_a_real_step_runs_with_the_files_of_the_workspace(workshop):
    (workshop.folder / "data.txt").write_text("3 rows\n")
    workshop.define("""
tasks:
  t:
    flow:
      count: {type: shell, cmd: "cat data.txt; printf %s $(wc -l < data.txt) > $GITFLOW_OUTPUTS/lines"}
      after: {type: shell, cmd: never, depends_on: [count]}
""")
    result = workshop.run_one("""
task: t
real: [count]
mocks: {after: {}}
expect:
  steps: {count: {output: {lines: "1"}}, after: completed}
  logs: [{step: count, contains: 3 rows}, {step: count, matches: "^[0-9]+ rows$"}]
""")
    assert told(result) == []
    assert list((workshop.state / "run").glob("*")) == []


def test_the_clock_follows_a_real_step_and_leaps_after_it(workshop):
    """Nobody ever writes to the gate, so the time limit ends the step, in real time."""
    gate = workshop.folder.parent / "gate"
    os.mkfifo(gate)
    workshop.define(f"""
tasks:
  t:
    flow:
      real: {{type: shell, cmd: "read line < {gate}", timeout: 100ms}}
      rest: {{type: sleep, duration: 1h, depends_on: [{{step: real, accept: any}}]}}
""")
    result = workshop.run_one("task: t\nreal: [real]\nexpect: {status: failed, steps: {real: failed, rest: completed}}")
    assert told(result) == []
    assert result.virtual_s >= 3600.1


def test_a_mock_ends_in_real_time_while_a_real_step_runs(workshop):
    """The real step goes on until the mocked one has ended, whose delay is therefore waited for."""
    gate = workshop.folder.parent / "gate"
    os.mkfifo(gate)
    workshop.define(f"""
tasks:
  t:
    flow:
      mocked: {{type: shell, cmd: x}}
      opener: {{type: shell, cmd: "echo go > {gate}", depends_on: [mocked]}}
      reader: {{type: shell, cmd: "read line < {gate}; echo $line"}}
""")
    result = workshop.run_one("""
task: t
real: [reader, opener]
mocks: {mocked: {delay: 50ms}}
expect: {logs: [{step: reader, contains: go}], order: [mocked before opener]}
""")
    assert told(result) == []


def test_a_step_may_be_real_by_the_name_of_its_action(workshop):
    workshop.define("""
actions: {say: {type: shell, cmd: "echo said"}}
tasks: {t: {flow: {a: {action: say}, b: {action: say}}}}
""")
    result = workshop.run_one("task: t\nreal: [say]\nexpect: {logs: [{step: b, contains: said}]}")
    assert told(result) == []


def test_artifacts_pass_between_real_steps(workshop):
    workshop.define("""
tasks:
  t:
    flow:
      make: {type: shell, cmd: "echo x > $GITFLOW_ARTIFACTS/f"}
      use: {type: shell, cmd: "cat $GITFLOW_NEEDS/make/f", depends_on: [make]}
""")
    result = workshop.run_one("task: t\nreal: [make, use]\nexpect: {logs: [{step: use, contains: x}]}")
    assert told(result) == []


def test_a_real_step_that_is_cancelled_is_ended(workshop):
    workshop.define("tasks: {t: {timeout: 1s, flow: {a: {type: shell, cmd: 'exec sleep 600'}}}}")
    result = workshop.run_one("task: t\nreal: [a]\nexpect: {status: timed_out, steps: {a: cancelled}}")
    assert told(result) == []


def test_what_a_line_lacks_is_told_with_the_last_lines(workshop):
    workshop.define("tasks: {t: {flow: {a: {type: shell, cmd: 'seq 1 9'}, b: {type: shell, cmd: 'true'}}}}")
    result = workshop.run_one("""
task: t
real: [a, b]
expect: {logs: [{step: a, contains: ten}, {step: b, matches: "[a-z]"}]}
""")
    assert told(result) == [
        (5, 'the log of step "a"', "a line that contains 'ten'", "… 4 lines before\n5\n6\n7\n8\n9"),
        (5, 'the log of step "b"', "a line that matches '[a-z]'", "it printed nothing"),
    ]
