"""``gitflow diff``: what two jobs do not have in common, without ever telling secrets apart."""

import json
import subprocess

import pytest

FLOW = """
tasks:
  deploy:
    input: {{who: {{type: string, default: World}}, key: {{type: string, secret: true, default: none}}}}
    flow:
      build: {{type: shell, cmd: 'sh scripts/build.sh'}}
      say: {{action: say, input: {{who: '{{{{ input.who }}}}', key: '{{{{ input.key }}}}'}}, depends_on: [build]}}
  other: {{flow: {{one: {{type: shell, cmd: 'true'}}}}}}
actions:
  say:
    type: shell
    input: {{who: {{type: string}}, key: {{type: string}}}}
    env: {{{env}}}
    cmd: |
      echo first
      echo "for $NAME $KEY"
      {last}
"""
ENV = "NAME: '{{ input.who }}', KEY: '{{ input.key }}'"


@pytest.fixture
def write(gitflow):
    def now(env: str = ENV, last: str = "true", build: str = "echo build") -> None:
        gitflow.write(".workflows/a.yaml", FLOW.format(env=env, last=last))
        gitflow.write("scripts/build.sh", build)

    now()
    return now


def compared(gitflow, *words: str) -> dict:
    done = gitflow("diff", *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def steps(found: dict) -> dict[str, dict]:
    return {step["step_name"]: step for step in found["steps"]}


def test_two_runs_of_the_same_differ_in_nothing(gitflow, write):
    first, second = gitflow.job("deploy"), gitflow.job("deploy")
    found = compared(gitflow, second["job_id"])
    assert (found["before"]["job_id"], found["after"]["job_id"]) == (first["job_id"], second["job_id"])
    assert (found["definition"], found["input"], found["output"], found["has_files"]) == ([], [], [], True)
    assert [step["differs"] for step in found["steps"]] == [False, False]
    text = gitflow("diff", second["job_id"]).stdout
    assert "definition: the same\ninput: the same\noutput: the same\nsteps:\n" in text


def test_everything_that_differs_is_told(gitflow, write):
    first = gitflow.job("deploy")
    write(ENV + ", MORE: x", "exit 3", "echo built; echo '{\"size\": 1}' > $GITFLOW_OUTPUT || true")
    second = gitflow.job("deploy", "-i", "who=Ada", status=1)
    found = compared(gitflow, second["job_id"])
    changes = {(change["kind"], change["name"]) for change in found["definition"]}
    assert changes == {("action", "say"), ("file", "scripts/build.sh")}
    assert found["input"] == [{"name": "who", "before": "World", "after": "Ada"}]
    assert (found["before"]["status"], found["after"]["status"]) == ("completed", "failed")
    say = steps(found)["say"]
    assert (say["before"]["status"], say["after"]["status"], say["after"]["exit_code"]) == ("completed", "failed", 3)
    assert isinstance(say["after"]["duration_secs"], float)
    assert (say["environment_removed"], say["environment_added"]) == ([], ["MORE"])
    assert say["log"] == {"stream": "stdout", "line": 2, "before": "for World ••••••", "after": "for Ada ••••••"}
    assert steps(found)["build"]["log"]["line"] == 1
    assert compared(gitflow, first["job_id"], second["job_id"]) == found
    lines = gitflow("diff", second["job_id"]).stdout.splitlines()
    assert '  ~ who: "World" → "Ada"' in lines
    assert "      environment: now MORE" in lines
    assert "        - for World ••••••" in lines


def test_secrets_are_masked_and_not_told_apart(gitflow, write):
    gitflow.job("deploy", "-i", "key=open-sesame-1")
    second = gitflow.job("deploy", "-i", "key=open-sesame-2")
    done = gitflow("diff", second["job_id"], "--format", "json")
    assert "open-sesame" not in done.stdout
    found = json.loads(done.stdout)
    assert (found["input"], [step["differs"] for step in found["steps"]]) == ([], [False, False])


def test_the_default_is_the_last_completed_job_of_the_task_before_it(gitflow, write):
    good = gitflow.job("deploy")
    gitflow.job("other")
    write(last="exit 1")
    gitflow.job("deploy", status=1)
    last = gitflow.job("deploy", status=1)
    write()
    gitflow.job("deploy")
    assert compared(gitflow, last["job_id"])["before"]["job_id"] == good["job_id"]


def test_a_step_that_only_one_has_is_told(gitflow, write):
    first, second = gitflow.job("deploy"), gitflow.job("other")
    found = compared(gitflow, first["job_id"], second["job_id"])
    assert {name: (step["before"] is None, step["after"] is None) for name, step in steps(found).items()} == {
        "build": (False, True),
        "say": (False, True),
        "one": (True, False),
    }
    assert {(change["change"], change["name"]) for change in found["definition"]} >= {
        ("removed", "deploy"),
        ("added", "other"),
    }


def test_the_last_attempts_are_compared(gitflow):
    flow = "tasks: {t: {flow: {a: {type: shell, cmd: 'echo $GITFLOW_ATTEMPT; exit %s', retry: {max_attempts: %d}}}}}"
    gitflow.write(".workflows/a.yaml", flow % (0, 1))
    gitflow.job("t")
    gitflow.write(".workflows/a.yaml", flow % (1, 3))
    found = compared(gitflow, gitflow.job("t", status=1)["job_id"])
    [step] = found["steps"]
    assert (step["before"]["attempt"], step["after"]["attempt"], step["differs"]) == (1, 3, True)


def test_a_revision_whose_files_are_gone_is_compared_without_them(gitflow, write):
    first = gitflow.job("deploy")
    write(build="echo built")
    second = gitflow.job("deploy")
    [folder] = (gitflow.state / "checkouts").glob(f"*/{first['revision']}")
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    folder.rename(gitflow.state / "gone")
    found = compared(gitflow, second["job_id"])
    assert (found["has_files"], found["definition"]) == (False, [])
    assert "files were not compared" in gitflow("diff", second["job_id"]).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("00000000-0000",), "there is no job"),
        (("abc",), "too short for the id of a job"),
        (("{first}",), "no job of task 'deploy' completed before it; name a job to compare with"),
        (("{first}", "{first}"), "is compared with itself; name another one"),
        (("{first}", "00000000-0000"), "there is no job"),
    ],
)
def test_bad_input_is_refused(gitflow, write, words, message):
    first = gitflow.job("deploy")["job_id"]
    done = gitflow("diff", *(word.format(first=first) for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_text_of_a_job_reaches_no_terminal_as_a_command(gitflow, write):
    gitflow.job("deploy")
    found = gitflow.job("deploy", "-i", "who=\x1b[31mred")
    shown = gitflow("diff", found["job_id"]).stdout
    assert "\x1b" not in shown
