"""Every job says of which commit it is: in lists and details, on the terminal, and to hooks."""

import json

import pytest

from committing import commit_all, git, init

FLOW = """
tasks:
  hello:
    flow:
      say: {type: shell, cmd: 'echo hello'}
      child: {type: task, task: inner}
    on_success:
      - action: notify
        input:
          sha: "{{ hook.commit.sha | default('none') }}"
          subject: "{{ hook.commit.subject | default('none') }}"
  inner:
    flow: {one: {type: shell, cmd: 'echo inner'}}
  fails:
    flow: {one: {type: shell, cmd: 'exit 1'}}
actions:
  notify:
    type: shell
    input: {sha: {type: string}, subject: {type: string}}
    cmd: 'printf "%s %s\\n" {{ input.sha }} {{ input.subject }}'
"""


@pytest.fixture
def head(gitflow) -> str:
    gitflow.write(".workflows/a.yaml", FLOW)
    init(gitflow.folder)
    return commit_all(gitflow.folder, "say hello\n\nand a body")


def said(commit) -> tuple[str, str, str]:
    assert set(commit) == {"sha", "subject", "author", "at"}
    return commit["sha"], commit["subject"], commit["author"]


def test_a_job_its_children_and_its_hooks_are_of_the_commit(gitflow, head):
    job = gitflow.job("hello", "--rev", "main")
    assert job["revision"] == head
    assert said(job["commit"]) == (head, "say hello", "Test <test@localhost>")
    assert job["commit"]["at"].endswith("Z")
    assert {(each["task_name"], each["source_type"]): said(each["commit"])[0] for each in gitflow.jobs()} == {
        ("hello", "user"): head,
        ("inner", "task"): head,
        ("_hook:notify", "hook"): head,
    }
    [hook] = [each for each in gitflow.jobs() if each["source_type"] == "hook"]
    assert json.loads(gitflow("logs", hook["job_id"]).stdout)["line"] == f"{head} say hello"


def test_a_person_sees_the_commit_of_a_job(gitflow, head):
    job = gitflow.job("inner", "--rev", "main")
    shown = gitflow("job", job["job_id"]).stdout
    assert f"commit:       {head[:12]}  say hello (Test <test@localhost>, {job['commit']['at'][:10]})\n" in shown


def test_a_run_the_list_of_jobs_and_the_server_log_name_the_commit(gitflow, head):
    told = gitflow("run", "inner", "--rev", "main").stderr
    id = gitflow.jobs()[0]["job_id"]
    assert told.endswith(f"(job {id}, commit {head[:12]})\n")
    headings, row = (line.split() for line in gitflow("jobs").stdout.splitlines())
    assert row[headings.index("COMMIT")] == head[:12]
    server_log = gitflow("logs", id, "--step", "_server", "--format", "text").stdout
    assert f'"revision": "{head}", "commit": {{"sha": "{head}"' in server_log
    assert json.loads(gitflow("history", id, "-o", "json").stdout)[0]["details"]["commit"]["subject"] == "say hello"


def test_a_run_of_no_commit_names_none(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    told = gitflow("run", "inner").stderr
    [row] = gitflow.jobs()
    assert told.endswith(f"(job {row['job_id']})\n")
    assert " None" not in gitflow("jobs").stdout


def test_a_folder_is_of_its_commit_until_it_is_changed(gitflow, head):
    clean = gitflow.job("inner")
    assert said(clean["commit"])[0] == head
    gitflow.write(".workflows/a.yaml", FLOW + "\n# a remark\n")
    assert gitflow.job("inner")["commit"] is None
    assert "commit:" not in gitflow("job", gitflow.jobs()[0]["job_id"]).stdout
    git(gitflow.folder, "commit", "-q", "-am", "a remark")
    assert said(gitflow.job("inner")["commit"])[1] == "a remark"


def test_a_folder_with_the_files_of_another_commit_is_of_that_one(gitflow, head):
    first = gitflow.job("inner")
    git(gitflow.folder, "commit", "-q", "--allow-empty", "-m", "nothing")
    second = gitflow.job("inner")
    assert first["revision"] == second["revision"]
    assert (said(first["commit"])[1], said(second["commit"])[1]) == ("say hello", "nothing")


def test_a_folder_outside_of_git_is_of_no_commit(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    job = gitflow.job("hello")
    assert job["commit"] is None
    [hook] = [each for each in gitflow.jobs() if each["source_type"] == "hook"]
    assert json.loads(gitflow("logs", hook["job_id"]).stdout)["line"] == "none none"


def test_a_retry_is_of_the_commit_of_its_job_or_of_the_latest(gitflow, head):
    failed = gitflow.job("fails", status=1)
    git(gitflow.folder, "commit", "-q", "--allow-empty", "-m", "nothing")
    gitflow("retry", failed["job_id"])
    assert said(gitflow.jobs()[0]["commit"])[1] == "say hello"
    gitflow("retry", failed["job_id"], "--latest", "-w", ".")
    assert said(gitflow.jobs()[0]["commit"])[1] == "nothing"


def test_a_long_subject_is_cut(gitflow, head):
    git(gitflow.folder, "commit", "-q", "--allow-empty", "-m", "x" * 5000)
    assert gitflow.job("inner")["commit"]["subject"] == "x" * 300


def test_a_failed_job_begins_with_what_happened_and_the_commits_since_the_last_good_run(gitflow, head):
    gitflow.job("inner", "--rev", "main")
    gitflow.write(".workflows/a.yaml", FLOW.replace("echo inner", "echo no disk >&2; exit 3"))
    commit_all(gitflow.folder, "use the new disk")
    gitflow("run", "inner", "--rev", "main")
    sentence = gitflow("job", "@inner").stdout.splitlines()[0]
    assert sentence.startswith("Failed: `one` exited 3 — no disk. Last good run: ")
    assert sentence.endswith(f" ago at {head[:7]}; 1 commit changed this task since: 'use the new disk'.")
    assert gitflow("explain", "@inner").stdout.splitlines()[0].endswith("'use the new disk'.")
