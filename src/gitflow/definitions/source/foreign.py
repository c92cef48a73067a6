"""What people write who come from cron, GitHub Actions, Airflow, Ansible, Compose, Rundeck and others.

The words of these systems, with the words of ours. A hint names the key that was meant, or says where it belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Path = tuple[str | int, ...]

#: Names that other systems use for a key -> ours, where the mapping knows it.
CALLED: Mapping[str, str] = {
    "after": "depends_on",
    "allow_failure": "continue_on_failure",
    "args": "input",
    "attempts": "max_attempts",
    "bash_command": "cmd",
    "branch": "branches",
    "chdir": "workdir",
    "choices": "options",
    "command": "cmd",
    "commands": "cmd",
    "crontab": "cron",
    "cwd": "workdir",
    "dag": "task",
    "default_value": "default",
    "dependencies": "depends_on",
    "dir": "workdir",
    "directory": "workdir",
    "entry_point": "entrypoint",
    "enum": "options",
    "environment": "env",
    "exec": "cmd",
    "execution_timeout": "timeout",
    "expression": "cron",
    "foreach": "for_each",
    "if": "when",
    "ignore_errors": "continue_on_failure",
    "inputs": "input",
    "interval": "delay",
    "job": "task",
    "loop": "for_each",
    "max": "maximum",
    "min": "minimum",
    "needs": "depends_on",
    "on_failure": "on_error",
    "on_failure_callback": "on_error",
    "on_success_callback": "on_success",
    "outputs": "output",
    "parallelism": "max_parallel",
    "parameters": "input",
    "params": "input",
    "python_callable": "code",
    "regex": "pattern",
    "requires": "depends_on",
    "retries": "retry",
    "run": "cmd",
    "schedule": "cron",
    "schedule_interval": "cron",
    "steps": "flow",
    "jobs": "tasks",
    "times": "max_attempts",
    "timeout_minutes": "timeout",
    "tz": "timezone",
    "upstream": "depends_on",
    "uri": "url",
    "uses": "action",
    "variables": "env",
    "vars": "env",
    "volumes": "mounts",
    "wait_for": "depends_on",
    "with": "input",
    "with_items": "for_each",
    "workflow": "task",
    "workflows": "tasks",
    "working_dir": "workdir",
    "working_directory": "workdir",
    "continue_on_error": "continue_on_failure",
    "max_retries": "max_attempts",
    "retry_count": "max_attempts",
    "zone": "timezone",
}

_TRIGGER = 'what starts a task is a trigger of its own: `triggers: {NAME: {type: scheduler, cron: "0 2 * * *", task: '
_STEPS = "what runs belongs to a step: `flow: {NAME: {type: shell, cmd: …}}`"
_ENV = "variables belong to an action or a step, as `env`"
_WORKER = "where an action runs is chosen by its `tags`"
_NO_NAME = "leave it out: a file needs no name, and every task has its own"

#: Kind of the mapping -> key -> where what it says belongs here. ``…`` stands for the name of the mapping.
ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "file": {
        **dict.fromkeys(("on", "schedule", "schedules", "cron", "schedule_interval"), f"{_TRIGGER}NAME}}}}`"),
        **dict.fromkeys(("env", "environment", "variables", "vars", "x-env"), _ENV),
        **dict.fromkeys(("steps", "flow", "script"), "steps belong to a task: `tasks: {NAME: {flow: …}}`"),
        **dict.fromkeys(("services", "containers"), "a container is run by a step: `type: docker` with its `image`"),
        **dict.fromkeys(("name", "dag", "dag_id"), _NO_NAME),
        **dict.fromkeys(("version", "apiVersion"), "leave it out: the language has no version in the file"),
        **dict.fromkeys(("hosts", "inventory"), "leave it out: steps run where a worker is; a script can use ssh"),
        **dict.fromkeys(
            ("include", "includes", "import"), "leave it out: all files below .workflows are one workspace"
        ),
        **dict.fromkeys(("stages", "order"), "leave it out: the steps of a task say what they wait for: `depends_on`"),
        **dict.fromkeys(("default_args", "defaults"), "write it in each task or step, or in an action that they share"),
        **dict.fromkeys(("image", "runs-on"), "it belongs to a step or an action of `type: docker`"),
        **dict.fromkeys(("inputs", "input", "params"), "inputs belong to a task: `tasks: {NAME: {input: …}}`"),
    },
    "task": {
        **dict.fromkeys(
            ("on", "schedule", "cron", "trigger", "triggers", "schedule_interval", "every", "at"), f"{_TRIGGER}…}}}}`"
        ),
        **dict.fromkeys(("run", "cmd", "command", "commands", "script", "type", "action", "sequence", "exec"), _STEPS),
        **dict.fromkeys(("env", "environment", "variables", "vars"), _ENV),
        **dict.fromkeys(("runs-on", "runs_on", "agent", "pool", "queue", "executor", "nodefilters", "tags"), _WORKER),
        **dict.fromkeys(("needs", "depends_on"), "tasks do not wait; a step of `type: task` runs another task"),
        **dict.fromkeys(("strategy", "matrix", "loop", "for_each"), "a step runs for each item of a list: `for_each`"),
        **dict.fromkeys(("if", "when"), "a condition belongs to a step, as `when`"),
        **dict.fromkeys(("image", "container"), "a container is run by a step: `type: docker` with its `image`"),
        **dict.fromkeys(("max_active_runs", "multipleExecutions", "concurrency_limit"), 'did you mean "concurrency"?'),
        **dict.fromkeys(("catchup", "timezone"), "it belongs to the trigger that starts the task"),
        **dict.fromkeys(
            ("start_date", "end_date"), "leave it out: `gitflow backfill` starts the jobs of past times of a schedule"
        ),
        **dict.fromkeys(("options",), 'did you mean "input"?'),
        **dict.fromkeys(("hosts", "become", "user"), "leave it out: steps run where a worker is, as its user"),
        **dict.fromkeys(("email_on_failure", "notify", "notification", "notifications"), 'did you mean "on_error"?'),
        **dict.fromkeys(("secrets",), "secrets are declared once, beside the tasks: `secrets: {NAME: …}`"),
    },
    "step": {
        **dict.fromkeys(("register", "id"), "leave it out: others read its output by its name, as {{ ….output }}"),
        **dict.fromkeys(("become", "sudo"), "leave it out, or write sudo into the command"),
        **dict.fromkeys(("trigger_rule",), "write `depends_on: [{step: NAME, accept: any}]`"),
        **dict.fromkeys(("retry_delay", "delay", "max_attempts"), "write `retry: {max_attempts: 3, delay: 10s}`"),
        **dict.fromkeys(("schedule", "cron", "on"), "what starts a task is a trigger: see `triggers`"),
        **dict.fromkeys(("steps", "flow"), "a step has no steps; `type: task` runs a task with its own"),
        **dict.fromkeys(("stage",), "leave it out: a step says what it waits for: `depends_on`"),
        **dict.fromkeys(("ports", "restart", "links"), "leave it out: a container of a step ends with the step"),
        **dict.fromkeys(("runs-on", "runs_on", "hosts", "delegate_to", "agent"), _WORKER),
        **dict.fromkeys(("secrets",), "write {{ secret.NAME }} where its value is needed, such as in `env`"),
        **dict.fromkeys(("artifacts", "cache"), 'files are kept by copying them to "$GITFLOW_ARTIFACTS"'),
    },
    "trigger": {
        **dict.fromkeys(
            ("flow", "steps", "cmd", "run"), "steps belong to the task that the trigger starts: `task: NAME`"
        ),
        **dict.fromkeys(("path", "url"), "leave it out: the address of a webhook follows from its name"),
        **dict.fromkeys(("every", "interval", "at"), 'write `cron: "0 2 * * *"`'),
    },
    "field": {
        **dict.fromkeys(("optional",), "leave it out: a field is optional unless it has `required: true`"),
        **dict.fromkeys(("help", "label", "prompt", "title"), 'did you mean "description"?'),
        **dict.fromkeys(("name",), "leave it out: the name of a field is its key"),
        **dict.fromkeys(("values",), 'did you mean "options"?'),
        **dict.fromkeys(("items",), "leave it out: the items of an array may be anything"),
    },
}


def kind_of(path: Path) -> str:
    """What the mapping at a path is; empty for another kind."""
    match path:
        case ():
            return "file"
        case ("tasks", _):
            return "task"
        case ("tasks", _, "flow", _) | ("actions", _):
            return "step"
        case ("triggers", _):
            return "trigger"
        case (*_, "input", _) if path[0] in ("tasks", "actions") and len(path) in (4, 6):
            return "field"
        case _:
            return ""


def elsewhere(path: Path, key: str) -> str:
    """Where what the key says belongs; empty if that is not known."""
    hint = ELSEWHERE.get(kind_of(path), {}).get(key, "")
    name = str(path[-1]) if path else ""
    return hint.replace("{{ ….output", f"{{{{ {name.replace('-', '_')}.output").replace("task: …}", f"task: {name}}}")
