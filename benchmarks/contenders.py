"""How each program runs a flow: a function writes its files into a folder and returns the command."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import containers
from benchmarks.measure import Command, Failed
from benchmarks.peers import CACHE, Program, clean_environment
from benchmarks.rows import Flow

#: The state and the cache of the measured gitflow: never the user's.
GITFLOW_HOME = CACHE / "gitflow-home"

TASK_FILES = 1000
CHANGED_FILES = 5
WORKFLOW_TESTS = 200


def _names(flow: Flow) -> list[str]:
    return [f"s{number}" for number in range(flow.steps)]


def _earlier(flow: Flow, number: int) -> list[str]:
    return [f"s{number - 1}"] if flow.in_sequence and number else []


def sh(program: Program, flow: Flow, folder: Path) -> Command:
    """The baseline: one script that starts a shell for each step, as every other program does."""
    step = f"sh -c '{flow.command}' >> log"
    if flow.in_sequence:
        lines = [step] * flow.steps
    elif flow.at_most:
        lines = [f"seq {flow.steps} | xargs -P {flow.at_most} -I NUMBER {step}"]
    else:
        lines = [f"{step} &"] * flow.steps + ["wait"]
    (folder / "flow.sh").write_text("\n".join(["set -e", ": > log", *lines]) + "\n")
    return Command([str(program.path), "flow.sh"], folder, clean_environment())


def just(program: Program, flow: Flow, folder: Path) -> Command | None:
    if flow.at_most:
        return None  # it has no such limit
    names = _names(flow)
    wanted = "all: " + (names[-1] if flow.in_sequence else " ".join(names))
    recipes = [
        f"@s{n}:{''.join(' ' + e for e in _earlier(flow, n))}\n    {flow.command} >> log" for n in range(flow.steps)
    ]
    parallel = [] if flow.in_sequence else ["[parallel]"]
    (folder / "justfile").write_text("\n".join([*parallel, wanted, *recipes]) + "\n")
    return Command([str(program.path), "all"], folder, clean_environment())


def task(program: Program, flow: Flow, folder: Path) -> Command:
    names = _names(flow)
    lines = ["version: '3'", "silent: true", "tasks:"]
    lines.append(f"  all: {{deps: [{names[-1] if flow.in_sequence else ', '.join(names)}]}}")
    for number, name in enumerate(names):
        lines += [f"  {name}:", f"    deps: {_earlier(flow, number)}", f"    cmds: [\"sh -c '{flow.command}' >> log\"]"]
    (folder / "Taskfile.yml").write_text("\n".join(lines) + "\n")
    limit = ["--concurrency", str(flow.at_most)] if flow.at_most else []
    return Command([str(program.path), *limit, "all"], folder, clean_environment(TASK_TEMP_DIR=str(folder)))


def _must_be(lines: int, reader: list[str]) -> None:
    """Checks the number of printed lines. ``wc`` counts them, because this process must stay small (measure.Sample)."""
    with subprocess.Popen(reader, env=_gitflow_environment(), stdout=subprocess.PIPE) as printing:
        stored = int(subprocess.check_output(["wc", "-l"], stdin=printing.stdout))
    if stored != lines:
        raise Failed(f"{stored} of {lines} lines were stored")


def _dagu_log(lines: int) -> None:
    logs = (CACHE / "dagu-home" / "logs" / "flow").rglob("*.out")
    _must_be(lines, ["cat", str(max(logs, key=lambda path: path.stat().st_mtime))])


def dagu(program: Program, flow: Flow, folder: Path) -> Command:
    lines = ["type: graph"]
    if flow.at_most:
        lines.append(f"maxActiveSteps: {flow.at_most}")
    lines.append("steps:")
    for number, name in enumerate(_names(flow)):
        lines += [f"  - name: {name}", f'    command: sh -c "{flow.command}"']
        lines += [f"    depends: {_earlier(flow, number)}"] if _earlier(flow, number) else []
    (folder / "flow.yaml").write_text("\n".join(lines) + "\n")
    env = clean_environment(DAGU_HOME=str(CACHE / "dagu-home"))
    check = partial(_dagu_log, flow.lines) if flow.lines else None
    return Command([str(program.path), "start", "-q", "flow.yaml"], folder, env, check=check)


def _gitflow_environment() -> dict[str, str]:
    return clean_environment(GITFLOW_STATE=str(GITFLOW_HOME / "state"), XDG_CACHE_HOME=str(GITFLOW_HOME / "cache"))


def _commit(folder: Path) -> None:
    """Makes the measured workspace a git repository, as workspaces usually are."""
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Flow"]):
        subprocess.run([*git, *words], cwd=folder, check=True, env=clean_environment())


def _gitflow_log(program: Program, lines: int) -> None:
    listed = subprocess.check_output([program.path, "jobs", "--limit", "1", "-o", "json"], env=_gitflow_environment())
    [newest] = json.loads(listed)
    _must_be(lines, [str(program.path), "logs", newest["job_id"], "--format", "text"])


def gitflow(program: Program, flow: Flow, folder: Path) -> Command:
    lines = ["tasks:", "  bench:"]
    if flow.at_most:
        lines.append(f"    max_parallel_steps: {flow.at_most}")
    lines.append("    flow:")
    for number, name in enumerate(_names(flow)):
        lines += [f"      {name}:", "        type: shell", f"        cmd: {json.dumps(flow.command)}"]
        lines += [f"        depends_on: {_earlier(flow, number)}"] if _earlier(flow, number) else []
    (folder / ".workflows").mkdir()
    (folder / ".workflows" / "bench.yaml").write_text("\n".join(lines) + "\n")
    _commit(folder)
    check = partial(_gitflow_log, program, flow.lines) if flow.lines else None
    return Command([str(program.path), "run", "bench"], folder, _gitflow_environment(), check=check)


#: Each writes the flow in its program's words; None where the program cannot do it.
FLOWS: Mapping[str, Callable[[Program, Flow, Path], Command | None]] = {
    "sh": sh,
    "just": just,
    "task": task,
    "dagu": dagu,
    "gitflow": gitflow,
}


def task_file(number: int) -> str:
    return f"""tasks:
  task-{number}:
    description: One of many
    input:
      name: {{type: string, default: World}}
    flow:
      greet:
        type: shell
        cmd: printf '%s\\n' "Hello {{{{ input.name }}}}"
      after:
        type: shell
        depends_on: [greet]
        when: "{{{{ input.name != 'nobody' }}}}"
        cmd: echo {number}
"""


def _forget() -> None:
    shutil.rmtree(GITFLOW_HOME / "cache", ignore_errors=True)


def _write_definitions(folder: Path) -> None:
    definitions = folder / ".workflows"
    definitions.mkdir(exist_ok=True)
    for number in range(TASK_FILES):
        (definitions / f"task-{number}.yaml").write_text(task_file(number))
    _commit(folder)


def _plan(program: Program, folder: Path, *, cold: bool) -> Command:
    """Each time other files are changed in another way, so that only the base can be cached."""
    _write_definitions(folder)
    changes = count(1)

    def change() -> None:
        if cold:
            _forget()
        else:
            prime = [str(program.path), "plan", "HEAD", "HEAD"]
            subprocess.run(prime, cwd=folder, check=True, env=_gitflow_environment(), stdout=subprocess.DEVNULL)
        words = f"Hello again ({next(changes)})"
        for number in range(CHANGED_FILES):
            path = folder / ".workflows" / f"task-{number}.yaml"
            path.write_text(task_file(number).replace("Hello", words))

    return Command([str(program.path), "plan"], folder, _gitflow_environment(), before=change)


#: One rule of each kind; those that find nothing have looked at everything.
POLICY = """rules:
  a: {require_approval: {approvers: [managers], before: {types: [docker]}}}
  b: {forbid_actions: {types: [docker], images: ["**"]}}
  c: {max_timeout: 2h}
  d: {match: {actions: ["*"]}, require_timeout: true}
  e: {max_retries: 3}
  f: {min_interval: 5m}
  g: {forbid_raw: true}
  h: {forbid_secrets: ["PROD_*"]}
  i: {match: {triggers: ["**"]}, require_fields: [description]}
  j: {match: {tasks: ["prod/**"]}, owners: [managers]}
  k: {pin_images: true}
  l: {allow_breaking: trailer}
"""


def _check(program: Program, folder: Path) -> Command:
    """As ``_plan`` with the base cached, and a policy in it."""
    definitions = folder / ".workflows"
    definitions.mkdir(parents=True, exist_ok=True)
    (definitions / "policy.yaml").write_text(POLICY)
    planned = _plan(program, folder, cold=False)
    return replace(planned, argv=[str(program.path), "check"])


def _validate(program: Program, folder: Path, *, cold: bool) -> Command:
    _write_definitions(folder)
    return Command([str(program.path), "validate"], folder, _gitflow_environment(), before=_forget if cold else None)


#: What the tests of workflows are about: each way of waiting, none of which takes real time.
TESTED = """tasks:
  deploy:
    input:
      environment: {type: string, required: true}
    flow:
      build: {type: shell, cmd: make, retry: {max_attempts: 3, delay: 10m}}
      confirm: {type: approval, message: go?, timeout: 2d, depends_on: [build]}
      roll: {type: shell, cmd: roll, for_each: [a, b], depends_on: [confirm]}
      cool: {type: sleep, duration: 1h, depends_on: [roll]}
      notify: {type: shell, cmd: notify, when: "{{ input.environment == 'production' }}", depends_on: [cool]}
"""


def workflow_test(number: int) -> str:
    environment = ("staging", "production")[number % 2]
    return f"""  test {number}:
    task: deploy
    input: {{environment: {environment}}}
    mocks: {{build: {{sequence: [{{exit_code: 1}}, {{delay: 5m}}]}}, roll: {{}}, notify: {{}}}}
    approvals: {{confirm: {{approved: true, after: 1h}}}}
    expect: {{steps: {{build: {{attempts: 2}}, notify: {"completed" if number % 2 else "skipped"}}}}}
"""


def _workflow_tests(program: Program, folder: Path) -> Command:
    definitions = folder / ".workflows"
    definitions.mkdir()
    (definitions / "deploy.yaml").write_text(TESTED)
    tests = "".join(map(workflow_test, range(WORKFLOW_TESTS)))
    (definitions / "deploy.test.yaml").write_text(f"tests:\n{tests}")
    _commit(folder)
    return Command([str(program.path), "test"], folder, _gitflow_environment())


def _containers(row: str, program: Program, folder: Path) -> Command | None:
    """Raises Failed where podman does not work."""
    if program.name == "sh":
        return containers.script(row, folder)
    if program.name != "gitflow":
        return None
    (folder / ".workflows").mkdir()
    (folder / ".workflows" / "bench.yaml").write_text(containers.workflow(row))
    _commit(folder)
    return Command([str(program.path), "run", "bench"], folder, {**containers.environment(), **_gitflow_environment()})


#: Row -> the command that reads; ``JOB`` stands for the id of a job.
READING: Mapping[str, tuple[str, ...]] = {
    "jobs": ("jobs",),
    "job": ("job", "JOB"),
    "logs": ("logs", "JOB"),
    "tasks": ("tasks",),
}


def _reading(row: str, program: Program, folder: Path) -> Command:
    """Of a store with a job, in a folder with a task."""
    run = gitflow(program, Flow("echo hello"), folder)
    subprocess.run(run.argv, cwd=folder, check=True, env=run.env, capture_output=True)
    listed = subprocess.check_output([program.path, "jobs", "--limit", "1", "-o", "json"], env=run.env)
    job = json.loads(listed)[0]["job_id"]
    return replace(run, argv=[str(program.path), *(job if word == "JOB" else word for word in READING[row])])


def special(row: str, program: Program, folder: Path) -> Command | None:
    """The command of a row without a flow; None if the program has no such feature. Raises Failed."""
    if row in containers.STEPS:
        return _containers(row, program, folder)
    if row == "help" and program.name != "sh":
        return Command([str(program.path), "--help"], folder, clean_environment())
    if row in READING and program.name == "gitflow":
        return _reading(row, program, folder)
    if row in ("validate-cold", "validate-again") and program.name == "gitflow":
        return _validate(program, folder, cold=row == "validate-cold")
    if row == "check" and program.name == "gitflow":
        return _check(program, folder)
    if row in ("plan", "plan-cold") and program.name == "gitflow":
        return _plan(program, folder, cold=row == "plan-cold")
    if row == "workflow-tests" and program.name == "gitflow":
        return _workflow_tests(program, folder)
    return None
