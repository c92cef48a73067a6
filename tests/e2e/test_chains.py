"""Jobs that lead to jobs: retries, hooks, children; and what is passed on to steps."""

import json

import pytest

FLAKY = """
tasks:
  flaky:
    retry: {{max_attempts: 3}}
    flow:
      once: {{type: shell, cmd: 'echo x >> {trace}; test "$(wc -l < {trace})" -ge 2'}}
  never:
    retry: {{max_attempts: 2}}
    flow:
      no: {{type: shell, cmd: exit 4}}
"""


def test_an_automatic_retry_that_completes_is_success(gitflow, tmp_path):
    gitflow.write(".workflows/a.yaml", FLAKY.format(trace=tmp_path / "trace"))
    job = gitflow.job("flaky")
    last, first = gitflow.jobs()
    assert (job["job_id"], job["status"]) == (last["job_id"], "completed")
    assert (last["retry_of_job_id"], first["status"]) == (first["job_id"], "failed")


def test_automatic_retries_end(gitflow, tmp_path):
    gitflow.write(".workflows/a.yaml", FLAKY.format(trace=tmp_path / "trace"))
    job = gitflow.job("never", status=1)
    assert [each["status"] for each in gitflow.jobs()] == ["failed", "failed"]
    assert job["job_id"] == gitflow.jobs()[0]["job_id"]


HOOKS = """
actions:
  note:
    type: shell
    input: {what: {type: string}}
    cmd: echo "noted {{ input.what }}"
tasks:
  good:
    on_success: [{action: note, input: {what: "{{ hook.task_name }} {{ hook.status }}"}}]
    flow: {a: {type: shell, cmd: echo a}}
  bad:
    on_error: [{action: note, input: {what: "{{ hook.failed_steps[0].step_name }}"}}]
    flow: {a: {type: shell, cmd: exit 1}}
"""


def test_hooks_run_as_jobs_of_their_own(gitflow):
    gitflow.write(".workflows/a.yaml", HOOKS)
    good, bad = gitflow("run", "good"), gitflow("run", "bad")
    assert (good.returncode, bad.returncode) == (0, 1)
    assert "noted good completed" in good.stdout
    assert "noted a" in bad.stdout
    jobs = gitflow.jobs()
    assert sorted(job["task_name"] for job in jobs) == ["_hook:note", "_hook:note", "bad", "good"]
    parents = {job["job_id"]: job["task_name"] for job in jobs}
    hooks = [job for job in jobs if job["source_type"] == "hook"]
    assert {parents[job["source_id"]] for job in hooks} == {"good", "bad"}


CHILDREN = """
tasks:
  parent:
    flow:
      child: {type: task, task: inner, input: {n: "4"}}
      after: {type: shell, depends_on: [child], cmd: 'echo got {{ child.output.work.n }}'}
  inner:
    input: {n: {type: integer}}
    flow:
      work: {type: shell, cmd: 'echo n={{ input.n }} >> "$GITFLOW_OUTPUT"'}
  broken:
    flow:
      child: {type: task, task: fails}
  fails:
    flow:
      no: {type: shell, cmd: exit 1}
"""


def test_a_child_gives_its_output_to_its_parent(gitflow):
    gitflow.write(".workflows/a.yaml", CHILDREN)
    done = gitflow("run", "parent")
    assert done.returncode == 0, done.stderr
    assert "after | got 4" in done.stdout
    parent, child = sorted(gitflow.jobs(), key=lambda job: job["created_at"])
    assert (child["parent_job_id"], child["source_type"]) == (parent["job_id"], "task")


def test_a_child_that_fails_fails_its_parent(gitflow):
    gitflow.write(".workflows/a.yaml", CHILDREN)
    assert gitflow.job("broken", status=1)["status"] == "failed"
    assert [job["status"] for job in gitflow.jobs()] == ["failed", "failed"]


def test_only_what_is_named_is_passed_on_to_steps(gitflow):
    gitflow.write(
        ".workflows/a.yaml",
        "tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'echo \"[${ONE-}][${TWO-}][${THREE-}]\"'}\n",
    )
    done = gitflow("run", "t", "--env", "ONE", "--env", "THREE=3", env={"ONE": "1", "TWO": "2"})
    assert "[1][][3]" in done.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TWO", "there is no variable TWO in this environment; set it, or write --env TWO=value"),
        ("", "--env takes NAME"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--json"], ["--dry-run"]])
def test_a_variable_that_is_not_set_is_refused_by_its_name(gitflow, name, told, more):
    gitflow.write(".workflows/a.yaml", "tasks: {t: {flow: {s: {type: shell, cmd: 'true'}}}}\n")
    done = gitflow("run", "t", "--env", name, *more)
    assert (done.returncode, gitflow.jobs()) == (2, [])
    assert told in done.stderr


def test_a_retry_of_a_completed_job_is_refused(gitflow):
    gitflow.write(".workflows/a.yaml", HOOKS)
    job = gitflow.job("good")
    done = gitflow("retry", job["job_id"])
    assert done.returncode == 1
    assert job["job_id"] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_retry_goes_on_where_the_job_failed(gitflow, tmp_path):
    trace, gate = tmp_path / "trace", tmp_path / "gate"
    gitflow.write(
        ".workflows/a.yaml",
        f"tasks:\n  t:\n    flow:\n      a: {{type: shell, cmd: 'echo a >> {trace}'}}\n"
        f"      b: {{type: shell, depends_on: [a], cmd: 'echo b >> {trace}; test -e {gate}'}}\n",
    )
    job = gitflow.job("t", status=1)
    gate.write_text("")
    done = gitflow("retry", job["job_id"][:18], "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["retry_of_job_id"] == job["job_id"]
    assert trace.read_text().split() == ["a", "b", "b"]
